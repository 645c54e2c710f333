import type { FinishReason } from '@openclaw/language-model';
import { findError } from './find-error.js';
import type { Frame } from './frame-reader.js';
import { at, count, field, items, json, text } from './read-json.js';
import { BrokenReply, ReplyError, type ReplyTurn } from './reply-turn.js';

const REASONS: Readonly<Record<string, FinishReason>> = { STOP: 'stop', MAX_TOKENS: 'length' };
/** The model wrote a call that is none: another try may do better. */
const BROKEN = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE']);
const DECLINED = /SAFETY|BLOCK|PROHIBITED|RECITATION|SPII|FILTER/;

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse, one or a stream of them. */
export function readGeminiResponse(turn: ReplyTurn): (frame: Frame) => void {
  return new GeminiReader(turn).read;
}

class GeminiReader {
  readonly #turn: ReplyTurn;
  /** Parts have no names: neighbours of one kind are one, until a signature ends it. */
  #kind = '';
  #parts = 0;

  constructor(turn: ReplyTurn) {
    this.#turn = turn;
  }

  readonly read = ({ value: frame, event }: Frame): void => {
    const turn = this.#turn;
    if (frame === undefined) {
      turn.over();
      return;
    }
    const value = field(frame, 'response') ?? frame; // some gateways wrap it
    const error = turn.reason === null ? findError(value, event) : null;
    if (error !== null) throw new ReplyError(error);
    const candidate = items(field(value, 'candidates')).find((each) => Number(field(each, 'index') ?? 0) === 0);
    for (const part of items(at(candidate, 'content', 'parts'))) this.#part(part);
    this.#usage(field(value, 'usageMetadata'));
    this.#finish(text(field(candidate, 'finishReason')), text(at(value, 'promptFeedback', 'blockReason')));
  };

  #part(part: unknown): void {
    const call = field(part, 'functionCall');
    if (typeof call === 'object' && call !== null) {
      this.#call(call, part);
      return;
    }
    const said = field(part, 'text');
    const isThought = field(part, 'thought') === true;
    const signature = text(field(part, 'thoughtSignature'));
    if (typeof said !== 'string' && signature === '') return;
    const key = this.#keyFor(isThought ? 'thought' : 'text');
    if (isThought) this.#turn.think(text(said), key);
    else this.#turn.say(text(said), key);
    if (signature === '') return;
    if (!isThought) this.#turn.begin(key);
    this.#turn.note(key, 'google', { thoughtSignature: signature });
    this.#kind = '';
  }

  #call(call: object, part: unknown): void {
    const key = this.#keyFor('call');
    this.#kind = '';
    const draft = this.#turn.call(key);
    draft.id = text(field(call, 'id'));
    draft.name = text(field(call, 'name'));
    draft.arguments = json(field(call, 'args')) || '{}';
    const signature = text(field(part, 'thoughtSignature'));
    if (signature !== '') this.#turn.note(key, 'google', { thoughtSignature: signature });
  }

  #keyFor(kind: string): string {
    if (kind !== this.#kind) this.#parts += 1;
    this.#kind = kind;
    return `${kind} ${String(this.#parts)}`;
  }

  #finish(reason: string, blocked: string): void {
    if (BROKEN.has(reason)) throw new BrokenReply(reason);
    if (reason === '' || reason === 'FINISH_REASON_UNSPECIFIED') {
      if (blocked !== '') this.#turn.finish('content_filter');
      return;
    }
    this.#turn.finish(REASONS[reason] ?? (DECLINED.test(reason) ? 'content_filter' : 'other'));
  }

  /** Thoughts are billed as output and counted apart from it. */
  #usage(usage: unknown): void {
    if (typeof usage !== 'object' || usage === null) return;
    const output = count(field(usage, 'candidatesTokenCount'));
    const thoughts = count(field(usage, 'thoughtsTokenCount'));
    this.#turn.count({
      input: count(field(usage, 'promptTokenCount')),
      cachedInput: count(field(usage, 'cachedContentTokenCount')),
      output: output === null && thoughts === null ? null : (output ?? 0) + (thoughts ?? 0),
      reasoning: thoughts,
    });
  }
}
