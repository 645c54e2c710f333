import { cutJson } from '@openclaw/words';
import type { ModelMessage, ToolCall, UserPart } from '@openclaw/language-model';
import { boundTokens, countTokens } from './count-tokens.js';
import { cutText } from './cut-text.js';

/** What providers charge for an image at most, roughly; a file is measured by its bytes. */
const IMAGE_TOKENS = 2000;
const BYTES_PER_TOKEN = 4;
/** Less is no part of a message that means anything. */
export const PART_TOKENS_MIN = 32;
/** Characters that are looked at in one fit; each message has its share of them. */
const SAMPLE_CHARACTERS = 8192;
const SAMPLE_CHARACTERS_MIN = 64;

/**
 * The size of messages in tokens, and messages cut to a size. One for each fit: what it looks at is bounded for all of them together,
 * so that a long thread holds nobody up.
 */
export class Measure {
  readonly #sample: number;
  readonly #known = new WeakMap<ModelMessage, number>();

  /** @param messages how many there are to look at */
  constructor(messages: number) {
    this.#sample = Math.max(SAMPLE_CHARACTERS_MIN, Math.floor(SAMPLE_CHARACTERS / Math.max(1, messages)));
  }

  /** An upper estimate. */
  of(message: ModelMessage): number {
    const known = this.#known.get(message);
    if (known !== undefined) return known;
    const tokens =
      message.role === 'user'
        ? this.parts(message.parts) + sum(notesOf(message), (text) => countTokens(text, this.#sample))
        : countTokens(textOf(message), this.#sample);
    this.#known.set(message, tokens);
    return tokens;
  }

  all(messages: readonly ModelMessage[]): number {
    return sum(messages, (message) => this.of(message));
  }

  /** Whether all are within `tokens`; from the newest on, and no further than it takes to know. */
  fits(messages: readonly ModelMessage[], tokens: number): boolean {
    let left = tokens;
    return messages.every((_, index) => {
      const message = messages[messages.length - 1 - index];
      left -= message ? this.of(message) : 0;
      return left >= 0;
    });
  }

  /**
   * The message in at most `tokens`: its text and the arguments of its calls are cut, which stay JSON. A question stays: see fitQuestion.
   */
  cut(message: ModelMessage, tokens: number): ModelMessage {
    if (this.of(message) <= tokens) return message;
    if (message.role === 'assistant') return this.#cutCalls(message, tokens);
    return message.role === 'user' ? message : { ...message, text: cutText(message.text, tokens, 'middle') };
  }

  #cutCalls(message: Extract<ModelMessage, { role: 'assistant' }>, tokens: number): ModelMessage {
    const each = tokens / (message.calls.length + 1);
    const calls = message.calls.map((call) => cutArguments(call, each));
    const forText = tokens - sum(calls, (call) => countTokens(call.argumentsJson, this.#sample));
    return { ...message, text: message.text === '' ? '' : cutText(message.text, Math.max(forText, each), 'middle'), calls };
  }

  /** Parts of a question. */
  parts(parts: readonly UserPart[]): number {
    return sum(parts, (part) => this.#ofPart(part));
  }

  #ofPart(part: UserPart): number {
    if ('text' in part) return countTokens(part.text, this.#sample);
    return part.type === 'image' ? IMAGE_TOKENS : Math.ceil(part.data.length / BYTES_PER_TOKEN);
  }
}

/** An upper bound for which nothing is counted. */
export function boundMessage(message: ModelMessage): number {
  if (message.role !== 'user') return boundTokens(textOf(message));
  const parts = sum(message.parts, (part) =>
    'text' in part ? boundTokens(part.text) : part.type === 'image' ? IMAGE_TOKENS : Math.ceil(part.data.length / BYTES_PER_TOKEN),
  );
  return parts + sum(notesOf(message), boundTokens);
}

function notesOf({ note, finds }: Extract<ModelMessage, { role: 'user' }>): string[] {
  return [note, finds].filter((text) => text !== undefined);
}

function cutArguments(call: ToolCall, tokens: number): ToolCall {
  const count = countTokens(call.argumentsJson);
  if (count <= tokens) return call;
  const characters = Math.floor((call.argumentsJson.length * tokens * 0.8) / count);
  const argumentsJson = JSON.stringify(cutJson(parse(call.argumentsJson), characters));
  return { ...call, argumentsJson: countTokens(argumentsJson) <= tokens ? argumentsJson : '{}' };
}

/** Arguments that are no JSON were refused as such; nobody reads them again. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function textOf(message: Exclude<ModelMessage, { role: 'user' }>): string {
  return message.role === 'assistant'
    ? `${message.text}${message.calls.map((call) => `${call.name}${call.argumentsJson}`).join('')}`
    : message.text;
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}
