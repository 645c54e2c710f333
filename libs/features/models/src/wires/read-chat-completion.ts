import type { FinishReason } from '@openclaw/language-model';
import { CallDrafts } from './call-drafts.js';
import { findError } from './find-error.js';
import type { Frame } from './frame-reader.js';
import { at, count, field, items, text, textIn } from './read-json.js';
import { BrokenReply, ReplyError, type ReplyTurn } from './reply-turn.js';

const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  complete: 'stop',
  tool_calls: 'stop',
  tool_call: 'stop',
  tool_use: 'stop',
  function_call: 'stop',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  content_filter: 'content_filter',
  safety: 'content_filter',
  refusal: 'content_filter',
  sensitive: 'content_filter',
};
/** Under which name a server gives thoughts; the first that has any counts, since some write them twice. */
const THOUGHTS = ['reasoning_content', 'reasoning', 'thinking', 'thoughts', 'thought', 'reasoning_text'] as const;

/** Reads Chat Completions, streamed or whole, of whoever claims to speak it. Of several choices the first is kept. */
export function readChatCompletion(turn: ReplyTurn): (frame: Frame) => void {
  return new ChatReader(turn).read;
}

class ChatReader {
  readonly #turn: ReplyTurn;
  readonly #calls: CallDrafts;
  #streamed = false;

  constructor(turn: ReplyTurn) {
    this.#turn = turn;
    this.#calls = new CallDrafts(turn);
  }

  readonly read = ({ value, event }: Frame): void => {
    if (value === undefined) {
      this.#turn.over();
      return;
    }
    const choices = items(field(value, 'choices'));
    if (choices.length === 0 || field(value, 'error') !== undefined) this.#fail(value, event);
    const choice = choices.find(isFirst);
    if (choice !== undefined) this.#choice(choice, text(field(value, 'object')) === 'chat.completion.chunk');
    this.#usage(field(value, 'usage') ?? at(value, 'x_groq', 'usage'), choices.length === 0);
  };

  #fail(value: unknown, event: string): void {
    const error = this.#turn.reason === null ? findError(value, event) : null;
    if (error !== null) throw new ReplyError(error);
  }

  #choice(choice: unknown, isChunk: boolean): void {
    const delta = field(choice, 'delta');
    const message = field(choice, 'message');
    if (typeof delta === 'object' && delta !== null) this.#delta(delta);
    else if (typeof message === 'object' && message !== null && !this.#streamed) this.#whole(message, isChunk);
    else if (typeof field(choice, 'text') === 'string') this.#turn.say(text(field(choice, 'text')));
    this.#finish(field(choice, 'finish_reason') ?? field(choice, 'finishReason'));
  }

  #delta(delta: object): void {
    this.#streamed = true;
    this.#message(delta);
  }

  /** A whole message needs no word of its end. */
  #whole(message: object, isChunk: boolean): void {
    this.#message(message);
    if (!isChunk) this.#turn.reason ??= 'stop';
  }

  #message(message: object): void {
    const content = field(message, 'content');
    if (Object.keys(message).length > (content === undefined ? 0 : 1)) this.#beside(message, content);
    if (typeof content === 'string') this.#turn.say(content);
    else if (Array.isArray(content)) for (const part of content) if (!isThought(part)) this.#turn.say(textIn(part));
  }

  /** What a message has beside its text. Thoughts come before the text of the same frame. */
  #beside(message: unknown, content: unknown): void {
    this.#think(message, content);
    const refusal = text(field(message, 'refusal'));
    if (refusal !== '') {
      this.#turn.say(refusal);
      this.#turn.refused = true;
    }
    for (const [position, call] of items(field(message, 'tool_calls')).entries()) this.#calls.add(call, position);
    const legacy = field(message, 'function_call');
    if (typeof legacy === 'object' && legacy !== null) this.#calls.add({ index: 0, function: legacy }, 0);
  }

  #think(message: unknown, content: unknown): void {
    for (const name of THOUGHTS) {
      if (field(message, name) === undefined) continue;
      const thought = textIn(field(message, name));
      if (thought === '') continue;
      this.#turn.think(thought);
      if (name !== 'reasoning_content') this.#turn.note('thought', 'chat', { field: name });
      return;
    }
    const listed = [...items(field(message, 'reasoning_details')), ...items(content).filter(isThought)];
    for (const thought of listed) this.#turn.think(textIn(field(thought, 'thinking') ?? thought));
  }

  #finish(reason: unknown): void {
    if (typeof reason !== 'string' || reason === '') return;
    const word = reason.toLowerCase();
    if (word === 'error' || word === 'network_error') throw new BrokenReply();
    this.#turn.finish(REASONS[word] ?? 'other');
  }

  /** Usage without a choice is the last frame that says anything. */
  #usage(usage: unknown, isAlone: boolean): void {
    if (typeof usage !== 'object' || usage === null) return;
    this.#turn.count({
      input: count(field(usage, 'prompt_tokens') ?? field(usage, 'input_tokens')),
      output: count(field(usage, 'completion_tokens') ?? field(usage, 'output_tokens')),
      cachedInput: count(at(usage, 'prompt_tokens_details', 'cached_tokens') ?? field(usage, 'prompt_cache_hit_tokens')),
      reasoning: count(at(usage, 'completion_tokens_details', 'reasoning_tokens')),
    });
    if (isAlone && this.#turn.reason !== null) this.#turn.over();
  }
}

function isFirst(choice: unknown): boolean {
  const index = field(choice, 'index');
  return index === 0 || Number(index ?? 0) === 0;
}

/** Mistral's way: thoughts among the parts of the content. */
function isThought(part: unknown): boolean {
  return ['thinking', 'reasoning'].includes(text(field(part, 'type')));
}
