import type { FitMessages, ModelMessage, ToolDefinition } from '@openclaw/models';
import { shareOut } from '@openclaw/words';
import { boundTokens, countTokens } from './count-tokens.js';
import { cutText } from './cut-text.js';
import { boundMessage, Measure, PART_TOKENS_MIN } from './measure.js';

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

/** The messages of a context, uncut: what {@link fitContext} cuts down for each window. */
export function toMessages(context: RunContext): ModelMessage[] {
  const background: ModelMessage[] = context.background === null ? [] : [{ role: 'system', text: context.background }];
  return [{ role: 'system', text: context.system }, ...background, ...context.thread];
}

/**
 * {system, background, tool definitions} ─► question ─► results of this run, shortened ─► recent turns, newest first ─► what fits
 *
 * Makes the messages of a run fit any window, for each model anew: whole recent turns first, tool results shortened before a turn
 * is dropped, the newest exchange of this run never, and never more than the window less the reply's share. What fits as it is stays as
 * it is. How long it takes is bounded, whatever the messages are made of.
 * @param context what the messages given to the returned function begin with, as {@link toMessages} made them
 */
export function fitContext(context: RunContext, tools: readonly ToolDefinition[], shares: ContextShares): FitMessages {
  const lead = toMessages(context).length;
  const definitions = tools.length === 0 ? '' : JSON.stringify(tools);
  let toolTokens: number | undefined;
  return (messages, contextTokens) => {
    const forAll = Math.floor(contextTokens * (1 - shares.reply));
    if (boundTokens(definitions) + messages.reduce((total, message) => total + boundMessage(message), 0) <= forAll) return messages;
    toolTokens ??= definitions === '' ? 0 : countTokens(definitions);
    const room = forAll - toolTokens;
    const measure = new Measure(messages.length);
    if (measure.fits(messages, room)) return messages;
    return cut(context, messages.slice(lead), { room, contextTokens, toolTokens, shares, measure });
  };
}

interface Window {
  /** Tokens for everything but tool definitions and reply. */
  readonly room: number;
  readonly contextTokens: number;
  readonly toolTokens: number;
  readonly shares: ContextShares;
  readonly measure: Measure;
}

function cut(context: RunContext, ownTurns: readonly ModelMessage[], { room, contextTokens, toolTokens, shares, measure }: Window): ModelMessage[] {
  const system: ModelMessage = { role: 'system', text: cutText(context.system, contextTokens * shares.system, 'end') };
  const background: ModelMessage[] =
    context.background === null ? [] : [{ role: 'system', text: cutText(context.background, contextTokens * shares.memory, 'end') }];
  const head = [system, ...background];
  let left = room - measure.all(head);

  const forResults = Math.max(contextTokens * shares.tools - toolTokens, contextTokens * 0.05);
  const own = shorten(ownTurns, Math.min(forResults, left / 2), measure);
  left -= measure.all(own);

  const question = context.thread.at(-1);
  const asked = question ? [measure.cut(question, Math.max(left, PART_TOKENS_MIN))] : [];
  left -= measure.all(asked);
  return [...head, ...recentTurns(context.thread.slice(0, -1), left, measure), ...asked, ...own];
}

/** The newest turns that fit, beginning with a question. */
function recentTurns(thread: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  let left = tokens;
  let first = thread.length;
  while (first > 0) {
    const message = thread[first - 1];
    const size = message ? measure.of(message) : 0;
    if (size > left) break;
    left -= size;
    first -= 1;
  }
  const kept = thread.slice(first);
  const begin = kept.findIndex((message) => message.role === 'user');
  return begin === -1 ? [] : kept.slice(begin);
}

/** Shortens the longest texts of this run until all of it fits; calls and results stay paired. */
function shorten(messages: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  const share = shareOut(messages.map((message) => measure.of(message)), tokens);
  if (share === Infinity) return [...messages];
  const kept = messages.map((message) => measure.cut(message, Math.max(PART_TOKENS_MIN, share)));
  if (measure.all(kept) <= tokens) return kept;
  const newest = newestPairs(kept, tokens, measure);
  return newest.map((message) => measure.cut(message, Math.max(PART_TOKENS_MIN / 2, tokens / newest.length)));
}

/** Where even short results are too many, the oldest turns of this run go, each with its results; the newest stays, or it would be asked for again. */
function newestPairs(messages: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  const starts = messages.flatMap((message, index) => (message.role === 'assistant' ? [index] : []));
  return messages.slice(starts.find((index) => measure.all(messages.slice(index)) <= tokens) ?? starts.at(-1) ?? 0);
}
