import type { FinishReason } from '@openclaw/language-model';
import { findError } from './find-error.js';
import type { Frame } from './frame-reader.js';
import { count, field, items, json, place, text } from './read-json.js';
import { ReplyError, type ReplyTurn } from './reply-turn.js';

const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
};

/** https://docs.anthropic.com/en/api/messages-streaming, and a whole message. */
export function readAnthropicMessage(turn: ReplyTurn): (frame: Frame) => void {
  return new AnthropicReader(turn).read;
}

class AnthropicReader {
  readonly #turn: ReplyTurn;
  /** What a call's block began with; used where no deltas follow. */
  readonly #inputs = new Map<string, string>();

  constructor(turn: ReplyTurn) {
    this.#turn = turn;
  }

  readonly read = ({ value, event }: Frame): void => {
    const type = text(field(value, 'type')) || event;
    if (type === 'content_block_delta') this.#delta(field(value, 'delta'), keyOf(value));
    else if (value === undefined || type === 'message_stop') this.#stop();
    else this.#rest(type, value, event);
  };

  #rest(type: string, value: unknown, event: string): void {
    switch (type) {
      case 'message_start':
        this.#usage(field(field(value, 'message'), 'usage'));
        break;
      case 'content_block_start':
        this.#block(field(value, 'content_block'), keyOf(value));
        break;
      case 'message_delta':
        this.#usage(field(value, 'usage'));
        this.#finish(field(field(value, 'delta'), 'stop_reason'));
        break;
      case 'message':
        this.#whole(value);
        break;
      default: {
        const error = this.#turn.reason === null ? findError(value, event) : null;
        if (error !== null) throw new ReplyError(error);
      }
    }
  }

  #whole(message: unknown): void {
    for (const [index, block] of items(field(message, 'content')).entries()) this.#block(block, String(index));
    this.#usage(field(message, 'usage'));
    this.#finish(field(message, 'stop_reason'));
    this.#stop();
  }

  #block(block: unknown, key: string): void {
    switch (field(block, 'type')) {
      case 'text':
        this.#turn.say(text(field(block, 'text')), key);
        break;
      case 'thinking':
        this.#turn.think(text(field(block, 'thinking')), key);
        this.#sign(field(block, 'signature'), key);
        break;
      case 'redacted_thinking':
        this.#turn.think('', key);
        this.#turn.note(key, 'anthropic', { redactedData: text(field(block, 'data')) });
        break;
      case 'tool_use': {
        const draft = this.#turn.call(key);
        draft.id = text(field(block, 'id'));
        draft.name = text(field(block, 'name'));
        this.#inputs.set(key, json(field(block, 'input')));
        break;
      }
    }
  }

  #delta(delta: unknown, key: string): void {
    switch (field(delta, 'type')) {
      case 'text_delta':
        this.#turn.say(text(field(delta, 'text')), key);
        break;
      case 'input_json_delta':
        this.#turn.call(key).arguments += json(field(delta, 'partial_json'));
        break;
      case 'thinking_delta':
        this.#turn.think(text(field(delta, 'thinking')), key);
        break;
      case 'signature_delta':
        this.#sign(field(delta, 'signature'), key);
        break;
    }
  }

  #sign(signature: unknown, key: string): void {
    if (text(signature) !== '') this.#turn.note(key, 'anthropic', { signature: text(signature) });
  }

  #finish(reason: unknown): void {
    if (typeof reason === 'string' && reason !== '') this.#turn.finish(REASONS[reason] ?? 'other');
    if (this.#turn.reason !== null) this.#complete();
  }

  #stop(): void {
    this.#complete();
    this.#turn.over();
  }

  #complete(): void {
    for (const draft of this.#turn.drafts) draft.arguments ||= this.#inputs.get(draft.key) ?? '';
  }

  #usage(usage: unknown): void {
    if (typeof usage !== 'object' || usage === null) return;
    const input = count(field(usage, 'input_tokens'));
    const cachedInput = count(field(usage, 'cache_read_input_tokens'));
    const cacheWrite = count(field(usage, 'cache_creation_input_tokens'));
    const { tokens } = this.#turn;
    const plain = input === null ? null : input + (cachedInput ?? tokens.cachedInput) + (cacheWrite ?? tokens.cacheWrite);
    this.#turn.count({ input: plain, cachedInput, cacheWrite, output: count(field(usage, 'output_tokens')) });
  }
}

function keyOf(value: unknown): string {
  return place(field(value, 'index'));
}
