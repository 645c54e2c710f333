import type { FinishReason } from '@openclaw/language-model';
import { findError } from './find-error.js';
import type { Frame } from './frame-reader.js';
import { at, count, field, items, json, place, text } from './read-json.js';
import { ReplyError, type ReplyTurn } from './reply-turn.js';

const INCOMPLETE: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'content_filter',
};

const ENDS = new Set(['response.completed', 'response.done', 'response.incomplete', 'response.failed']);

/** https://platform.openai.com/docs/api-reference/responses-streaming, and a whole response. */
export function readResponse(turn: ReplyTurn): (frame: Frame) => void {
  return new ResponsesReader(turn).read;
}

class ResponsesReader {
  readonly #turn: ReplyTurn;
  /** Items, and parts of them, whose text or thoughts came piece by piece: their whole is not taken again. */
  readonly #streamed = new Set<string>();

  constructor(turn: ReplyTurn) {
    this.#turn = turn;
  }

  readonly read = ({ value, event }: Frame): void => {
    const type = text(field(value, 'type')) || event;
    if (type === 'response.output_text.delta' || type === 'response.refusal.delta')
      this.#say(type, text(field(value, 'delta')), keyOf(value));
    else if (value === undefined) this.#turn.over();
    else if (field(value, 'object') === 'response') this.#end(value);
    else if (ENDS.has(type)) this.#end(field(value, 'response'));
    else this.#rest(type, value, event);
  };

  #rest(type: string, value: unknown, event: string): void {
    switch (type) {
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        this.#think(text(field(value, 'delta')), value);
        break;
      case 'response.output_item.added':
        this.#begin(field(value, 'item'), keyOf(value));
        break;
      case 'response.function_call_arguments.delta':
        this.#turn.call(keyOf(value)).arguments += json(field(value, 'delta'));
        break;
      case 'response.output_item.done':
        this.#item(field(value, 'item'), keyOf(value));
        break;
      default: {
        const error = this.#turn.reason === null ? findError(value, event) : null;
        if (error !== null) throw new ReplyError(error);
      }
    }
  }

  #say(type: string, delta: string, key: string): void {
    this.#streamed.add(key);
    this.#turn.say(delta, key);
    if (type === 'response.refusal.delta') this.#turn.refused = true;
  }

  #think(delta: string, value: unknown): void {
    const key = keyOf(value);
    this.#streamed.add(key);
    const part = `${key}/${place(field(value, 'summary_index'), field(value, 'content_index'))}`;
    this.#turn.think(delta, part);
    this.#turn.note(part, 'openai', { itemId: text(field(value, 'item_id')) });
  }

  #begin(item: unknown, key: string): void {
    const type = field(item, 'type');
    if (type === 'reasoning') this.#turn.think('', `${key}/0`);
    if (type === 'function_call') this.#name(item, key);
  }

  #name(item: unknown, key: string): void {
    const draft = this.#turn.call(key);
    draft.id = text(field(item, 'call_id')) || text(field(item, 'id'));
    draft.name = text(field(item, 'name'));
  }

  /** An item as a whole: the last word on a call and on reasoning, and on text that did not come in pieces. */
  #item(item: unknown, key: string): void {
    const type = field(item, 'type');
    if (type === 'message' && !this.#streamed.has(key)) {
      for (const part of items(field(item, 'content')))
        this.#say(
          field(part, 'type') === 'refusal' ? 'response.refusal.delta' : '',
          text(field(part, 'text') ?? field(part, 'refusal')),
          key,
        );
    } else if (type === 'function_call') {
      this.#name(item, key);
      const written = json(field(item, 'arguments'));
      if (written !== '') this.#turn.call(key).arguments = written;
    } else if (type === 'reasoning') {
      this.#reasoning(item, key);
    }
    this.#streamed.add(key);
  }

  #reasoning(item: unknown, key: string): void {
    const summaries = items(field(item, 'summary')).map((part) => text(field(part, 'text')));
    if (!this.#streamed.has(key)) for (const [index, summary] of summaries.entries()) this.#turn.think(summary, `${key}/${String(index)}`);
    this.#turn.think('', `${key}/0`);
    const encrypted = text(field(item, 'encrypted_content'));
    this.#turn.note(`${key}/0`, 'openai', {
      itemId: text(field(item, 'id')),
      ...(encrypted === '' ? {} : { reasoningEncryptedContent: encrypted }),
    });
  }

  #end(response: unknown): void {
    const error = field(response, 'error');
    if (field(response, 'status') === 'failed' || findError({ error }, '') !== null)
      throw new ReplyError(error ?? { message: 'the response failed' });
    for (const [index, item] of items(field(response, 'output')).entries()) {
      if (!this.#streamed.has(String(index))) this.#item(item, String(index));
    }
    const usage = field(response, 'usage');
    this.#turn.count({
      input: count(field(usage, 'input_tokens')),
      output: count(field(usage, 'output_tokens')),
      cachedInput: count(at(usage, 'input_tokens_details', 'cached_tokens')),
      reasoning: count(at(usage, 'output_tokens_details', 'reasoning_tokens')),
    });
    const reason = text(at(response, 'incomplete_details', 'reason'));
    this.#turn.finish(reason === '' ? 'stop' : (INCOMPLETE[reason] ?? 'other'));
    this.#turn.over();
  }
}

function keyOf(value: unknown): string {
  return place(field(value, 'output_index'), field(value, 'item_id'));
}
