import type { FinishReason, ModelUsage, ProviderState, ToolCall } from '@openclaw/language-model';
import type { BilledTokens } from '../cost-of.js';
import { TurnRecorder } from '../provider-state.js';
import { ThinkSplitter, type Split } from './think-splitter.js';

/** A call as far as it has come. */
export interface CallDraft {
  readonly key: string;
  id: string;
  name: string;
  arguments: string;
}

/** Counts as they come; what is missing leaves what was known. */
export type Counts = { readonly [K in keyof BilledTokens]?: number | null };

/** A provider's own word that this reply has failed. */
export class ReplyError extends Error {
  /** @param body the error as the provider wrote it */
  constructor(readonly body: unknown) {
    super('the reply holds an error');
    this.name = 'ReplyError';
  }
}

/** The provider says itself that the reply is not whole. */
export class BrokenReply extends Error {}

/**
 * One reply as far as it has come, in the words of no wire. Readers write into it; whoever asked takes out what can be shown.
 * `reason` is why the model stopped; `isOver`: the wire's own mark of the end was seen, and nothing follows.
 */
export class ReplyTurn {
  readonly #splitter: ThinkSplitter;
  readonly #recorder = new TurnRecorder();
  readonly #calls = new Map<string, CallDraft>();
  #textKey = 'text';
  #speech = '';
  /** How much of it is in its part already. */
  #recorded = 0;
  #thought = '';
  #hasShown = false;
  #voids = false;
  #tokens: BilledTokens = { input: null, output: null, cachedInput: 0, cacheWrite: 0 };
  #said = false;
  reason: FinishReason | null = null;
  isOver = false;
  /** Something of the wire was understood: this is a reply, however it ends. */
  isReply = false;
  /** What came last was a thought: silence is no wonder. */
  isThinking = false;
  /** What it says is that it declines. */
  refused = false;

  /** @param assumesThought text is thought until an end of thoughts comes: so this model was seen to write */
  constructor(assumesThought = false) {
    this.#splitter = new ThinkSplitter(assumesThought);
  }

  /** Whether thoughts had an end without a beginning; null where nothing is known. */
  get hasLoneEnd(): boolean | null {
    return this.#splitter.hasLoneEnd;
  }

  /** Whether the model said anything that can be seen. */
  get hasSpoken(): boolean {
    return this.#said;
  }

  get tokens(): BilledTokens {
    return this.#tokens;
  }

  get usage(): ModelUsage {
    const { input, output, reasoning = 0 } = this.#tokens;
    return { input: input ?? 0, output: output ?? 0, ...(reasoning > 0 ? { reasoning } : {}) };
  }

  get drafts(): readonly CallDraft[] {
    return [...this.#calls.values()];
  }

  /** What the model says. `key` names the part of the reply, for wires that have parts. */
  say(text: string, key = 'text'): void {
    this.isReply = true;
    if (text === '') return;
    this.isThinking = false;
    if (key !== this.#textKey) this.#record();
    this.#textKey = key;
    if (this.#said && this.#splitter.passes(text)) this.#speech += text;
    else this.#take(this.#splitter.push(text));
  }

  /** What it thinks, where the wire tells it apart. */
  think(text: string, key = 'thought'): void {
    this.#record();
    this.#splitter.speaks();
    this.isReply = true;
    this.isThinking = true;
    this.#recorder.tell(key, 'reasoning', text);
    this.#thought += text;
  }

  /** The call of that key: begun where it is new. */
  call(key: string): CallDraft {
    this.isReply = true;
    this.isThinking = false;
    const known = this.#calls.get(key);
    if (known) return known;
    this.#record();
    const draft = { key, id: '', name: '', arguments: '' };
    this.#calls.set(key, draft);
    this.#recorder.call(key);
    return draft;
  }

  /** What the provider wants back with a part, by the name of its wire. A part of text may have nothing but a note. */
  note(key: string, wire: string, notes: Readonly<Record<string, unknown>>): void {
    this.#record();
    this.#recorder.note(key, wire, notes);
  }

  /** A part of text that has no text of its own. */
  begin(key: string): void {
    this.#record();
    this.#recorder.tell(key, 'text', '');
  }

  count(counts: Counts): void {
    this.isReply = true;
    const { input, output, cachedInput, cacheWrite, reasoning = 0 } = this.#tokens;
    this.#tokens = {
      input: newest(counts.input, input),
      output: newest(counts.output, output),
      cachedInput: newest(counts.cachedInput, cachedInput),
      cacheWrite: newest(counts.cacheWrite, cacheWrite),
      reasoning: newest(counts.reasoning, reasoning),
    };
  }

  finish(reason: FinishReason): void {
    this.isReply = true;
    this.reason = reason;
  }

  /** The wire's mark of the end. Without a reason before it the model was simply done. */
  over(): void {
    this.isOver = true;
    if (this.isReply) this.reason ??= 'stop';
  }

  /** What came since the last time; `voids`: what was given out before as speech was thought. */
  drain(): Split {
    this.#record();
    const split = { speech: this.#speech, thought: this.#thought, ...(this.#voids ? { voids: true as const } : {}) };
    this.#hasShown ||= this.#speech !== '';
    this.#voids = false;
    this.#speech = '';
    this.#recorded = 0;
    this.#thought = '';
    return split;
  }

  /** Nothing more comes: gives out what was held back. */
  close(): void {
    this.#take(this.#splitter.end(this.reason === 'length'));
  }

  /** The whole calls; one without a name is none, one without an id gets one. */
  calls(): ToolCall[] {
    return this.#named().map(({ id, name, arguments: argumentsJson }, index) => ({
      callId: id || `call${String(index + 1).padStart(5, '0')}`,
      name,
      argumentsJson,
    }));
  }

  /** What the provider wants back with the results of the calls. */
  state(model: string): ProviderState | undefined {
    return this.#recorder.state(model, new Set(this.#named().map(({ key }) => key)));
  }

  #named(): CallDraft[] {
    return this.drafts.filter(({ name }) => name !== '');
  }

  #take({ speech, thought, voids }: Split): void {
    if (voids) this.#void();
    this.#thought += thought;
    if (speech === '') return;
    this.#speech += speech;
    this.#said ||= speech.trim() !== '';
  }

  /** Nothing was said so far. */
  #void(): void {
    this.#record();
    this.#recorder.dropText();
    this.#voids = this.#hasShown;
    this.#speech = '';
    this.#recorded = 0;
    this.#said = false;
  }

  /** Keeps what was said in its part. */
  #record(): void {
    if (this.#speech.length === this.#recorded) return;
    this.#recorder.tell(this.#textKey, 'text', this.#speech.slice(this.#recorded));
    this.#recorded = this.#speech.length;
  }
}

/** Some servers write zeros into every frame: they take nothing from what is known. */
function newest<T extends number | null>(told: number | null | undefined, known: T): T | number {
  if (told === null || told === undefined) return known;
  return told === 0 ? (known ?? 0) : told;
}
