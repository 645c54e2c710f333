import type { FitMessages, ModelMessage, ToolDefinition } from '@openclaw/models';
import { boundTokens, countTokens } from './count-tokens.js';
import { cutText } from './cut-text.js';

/** Parts of a model's window; what one part leaves free goes to the recent turns. */
export interface ContextShares {
  readonly system: number;
  readonly recent: number;
  readonly memory: number;
  readonly tools: number;
  readonly reply: number;
}

/** What a run begins with, part by part. */
export interface RunContext {
  /** Character, time and channel. */
  readonly system: string;
  /** Summary and excerpts of what came before the thread; null for none. */
  readonly background: string | null;
  /** Oldest first; the last one is the question. */
  readonly thread: readonly ModelMessage[];
}

const RESULT_TOKENS_MIN = 32;

/** The messages of a context, uncut: what {@link fitContext} cuts down for each window. */
export function toMessages(context: RunContext): ModelMessage[] {
  const background: ModelMessage[] = context.background === null ? [] : [{ role: 'system', text: context.background }];
  return [{ role: 'system', text: context.system }, ...background, ...context.thread];
}

/**
 * {system, background, tool definitions} ─► question ─► results of this run, shortened ─► recent turns, newest first ─► what fits
 *
 * Makes the messages of a run fit any window, for each model anew: whole recent turns first, tool results shortened before a turn
 * is dropped, and never more than the window less the reply's share. What fits as it is stays as it is.
 * @param context what the messages given to the returned function begin with, as {@link toMessages} made them
 */
export function fitContext(context: RunContext, tools: readonly ToolDefinition[], shares: ContextShares): FitMessages {
  const lead = toMessages(context).length;
  const definitions = tools.length === 0 ? '' : JSON.stringify(tools);
  let toolTokens: number | undefined;
  return (messages, contextTokens) => {
    const forAll = Math.floor(contextTokens * (1 - shares.reply));
    if (boundTokens(definitions) + sum(messages, boundMessage) <= forAll) return messages;
    toolTokens ??= definitions === '' ? 0 : countTokens(definitions);
    const room = forAll - toolTokens;
    if (sum(messages, measure) <= room) return messages;
    const window = { room, contextTokens, toolTokens, shares };
    return cut(context, messages.slice(lead), window);
  };
}

interface Window {
  /** Tokens for everything but tool definitions and reply. */
  readonly room: number;
  readonly contextTokens: number;
  readonly toolTokens: number;
  readonly shares: ContextShares;
}

function cut(context: RunContext, ownTurns: readonly ModelMessage[], { room, contextTokens, toolTokens, shares }: Window): ModelMessage[] {
  const system: ModelMessage = { role: 'system', text: cutText(context.system, contextTokens * shares.system, 'end') };
  const background: ModelMessage[] =
    context.background === null ? [] : [{ role: 'system', text: cutText(context.background, contextTokens * shares.memory, 'end') }];
  const head = [system, ...background];
  let left = room - sum(head, measure);

  const forResults = Math.max(contextTokens * shares.tools - toolTokens, contextTokens * 0.05);
  const own = shorten(ownTurns, Math.min(forResults, left / 2));
  left -= sum(own, measure);

  const question = context.thread.at(-1);
  const asked = question ? [shortenOne(question, Math.max(left, RESULT_TOKENS_MIN))] : [];
  left -= sum(asked, measure);
  return [...head, ...recentTurns(context.thread.slice(0, -1), left), ...asked, ...own];
}

/** The newest turns that fit, beginning with a question. */
function recentTurns(thread: readonly ModelMessage[], tokens: number): ModelMessage[] {
  let left = tokens;
  let first = thread.length;
  while (first > 0) {
    const message = thread[first - 1];
    const size = message ? measure(message) : 0;
    if (size > left) break;
    left -= size;
    first -= 1;
  }
  const kept = thread.slice(first);
  const begin = kept.findIndex((message) => message.role === 'user');
  return begin === -1 ? [] : kept.slice(begin);
}

/** Shortens the longest texts of this run until all of it fits; calls and results stay paired. */
function shorten(messages: readonly ModelMessage[], tokens: number): ModelMessage[] {
  let each = Math.max(RESULT_TOKENS_MIN, tokens);
  let kept = [...messages];
  while (sum(kept, measure) > tokens && each > RESULT_TOKENS_MIN) {
    each = Math.max(RESULT_TOKENS_MIN, each / 2);
    kept = kept.map((message) => shortenOne(message, each));
  }
  return sum(kept, measure) > tokens ? newestPairs(kept, tokens) : kept;
}

/** Where even short results are too many, the oldest turns of this run go, each with its results. */
function newestPairs(messages: readonly ModelMessage[], tokens: number): ModelMessage[] {
  const starts = messages.flatMap((message, index) => (message.role === 'assistant' ? [index] : []));
  const start = starts.find((index) => sum(messages.slice(index), measure) <= tokens);
  return start === undefined ? [] : messages.slice(start);
}

function shortenOne(message: ModelMessage, tokens: number): ModelMessage {
  if (measure(message) <= tokens) return message;
  if (message.role !== 'user') return { ...message, text: cutText(message.text, tokens, 'middle') };
  const files = message.parts.filter((part) => !('text' in part));
  const text = message.parts.map((part) => ('text' in part ? part.text : '')).join('\n');
  const forText = tokens - sum(files, measurePart);
  // A file that does not fit beside a word of text is left out, and the text says so.
  if (forText < RESULT_TOKENS_MIN) return { role: 'user', parts: [{ type: 'text', text: cutText(`${text}\n[attachments left out: too large for this model]`, tokens, 'middle') }] };
  return { role: 'user', parts: [{ type: 'text', text: cutText(text, forText, 'middle') }, ...files] };
}

/** What providers charge for an image at most, roughly; a file is measured by its bytes. */
const IMAGE_TOKENS = 2000;
const BYTES_PER_TOKEN = 4;
type Part = Extract<ModelMessage, { role: 'user' }>['parts'][number];

function measurePart(part: Part): number {
  if ('text' in part) return countTokens(part.text);
  return part.type === 'image' ? IMAGE_TOKENS : Math.ceil(part.data.length / BYTES_PER_TOKEN);
}

const measured = new WeakMap<ModelMessage, number>();

function measure(message: ModelMessage): number {
  const known = measured.get(message);
  if (known !== undefined) return known;
  const tokens = message.role === 'user' ? sum(message.parts, measurePart) : countTokens(textOf(message));
  measured.set(message, tokens);
  return tokens;
}

function boundMessage(message: ModelMessage): number {
  if (message.role === 'user') return sum(message.parts, (part) => ('text' in part ? boundTokens(part.text) : measurePart(part)));
  return boundTokens(textOf(message));
}

function textOf(message: Exclude<ModelMessage, { role: 'user' }>): string {
  return message.role === 'assistant' ? `${message.text}${message.calls.map((call) => `${call.name}${call.argumentsJson}`).join('')}` : message.text;
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}
