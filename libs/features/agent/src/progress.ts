import { isBlank, type RunEventDraft, toPlainText } from '@openclaw/words';
import type { ModelMessage, ModelUsage, ToolCall } from '@openclaw/language-model';
import type { CallResult, DecidedStep } from './journal.types.js';
import { piecesOf, shorten } from './plain-text.js';
import { KnownCalls } from './known-calls.js';
import { type Spent, Spendings } from './spendings.js';
import type { AgentFinishReason, AgentRun, AgentSummary } from './agent-run.types.js';

const SUMMARY_CHARACTERS = 500;
/** The most text of one event where a whole turn is told again. */
const PIECE_CHARACTERS = 4096;
const SILENT: Record<AgentFinishReason, string> = {
  stop: 'The model had nothing to say.',
  length: 'The model reached its limit before it said anything.',
  content_filter: 'The model declined to answer this.',
  max_turns: 'I stopped before I had an answer: the limit of steps for one reply was reached.',
  other: 'The model had nothing to say.',
};

/** What Mistral's servers ask of an id, and nobody minds. */
const NINE = /^[a-zA-Z0-9]{9}$/;

/** Another id of the same kind. */
function another(id: string, n: number): string {
  const number = String(n);
  return NINE.test(id) ? `${id.slice(0, -number.length)}${number}` : `${id}_${number}`;
}

/** How far a run is: the conversation as the model sees it, what the reader has been told, and what it cost. */
export class Progress {
  readonly messages: ModelMessage[];
  readonly calls = new KnownCalls();
  readonly #given: number;
  readonly #emit: AgentRun['emit'];
  readonly #attempt: number;
  readonly #callIds: Set<string>;
  readonly #argumentsMax: number;
  readonly #skillsUsed = new Set<string>();
  /** All that was emitted for finished turns, to be told again after a restart. */
  #told: RunEventDraft[] = [];
  #content = '';
  #turnText = '';
  #usage: ModelUsage = { input: 0, output: 0 };
  #costUsd: number | null = 0;
  readonly #spendings = new Spendings();
  #model: string;

  constructor({ messages, run, emit, model, limits }: AgentRun) {
    this.#argumentsMax = limits.toolArgumentsCharacters;
    this.messages = [...messages];
    this.#given = messages.length;
    this.#emit = emit;
    this.#attempt = run.attempt;
    this.#model = `${model.provider}/${model.model}`;
    this.#callIds = new Set(messages.flatMap((message) => (message.role === 'assistant' ? message.calls.map((call) => call.callId) : [])));
  }

  get model(): string {
    return this.#model;
  }

  /** Text of the turn at hand; it stands apart from the text of the turns before. */
  say(text: string): void {
    const apart = this.#turnText === '' && this.#content !== '' && !this.#content.endsWith('\n') ? '\n\n' : '';
    this.#turnText += apart + text;
    this.#emit({ type: 'token', content: apart + text });
  }

  /** Everything since the start is void: the finished turns are told again, the text of the turn at hand is gone. */
  restart(): void {
    this.#turnText = '';
    this.#emit({ type: 'restart', attempt: this.#attempt });
    for (const event of this.#told) this.#emit(event);
  }

  /** A turn of an earlier attempt, as if the model had just said it. */
  replay(step: DecidedStep): void {
    for (const piece of piecesOf(step.text, PIECE_CHARACTERS)) this.say(piece);
    for (const call of step.calls) this.#callIds.add(call.callId);
    this.spent(step);
    this.decided(step);
  }

  /** The turn at hand is over and asks for calls. */
  decided({ text, calls, state, model }: DecidedStep): void {
    this.#sealTurn();
    // What is refused for its length is not read again by anybody.
    const plain = calls.map(({ callId, name, argumentsJson }) => ({
      callId,
      name,
      argumentsJson: argumentsJson.length > this.#argumentsMax ? '{}' : argumentsJson,
    }));
    this.messages.push({ role: 'assistant', text, calls: plain, model, ...(state ? { state } : {}) });
  }

  called(call: ToolCall, args: unknown): void {
    this.#tell({ type: 'skill_call', call_id: call.callId, skill: call.name, status: 'invoking', arguments: args });
  }

  /** Tells the reader of a result; the model sees it with {@link answered}. */
  resulted(call: ToolCall, result: CallResult): void {
    if (!result.failed) this.#skillsUsed.add(call.name);
    const status = result.failed ? 'failed' : 'completed';
    this.#tell({ type: 'skill_result', call_id: call.callId, skill: call.name, status, summary: shorten(result.text, SUMMARY_CHARACTERS) });
  }

  /** The result of a call, in the order of the calls whichever was done first. */
  answered({ callId, name }: ToolCall, { text, failed }: CallResult): void {
    this.messages.push({ role: 'tool', callId, name, text, failed });
  }

  spent({ usage, costUsd, model }: Pick<DecidedStep, 'usage' | 'costUsd' | 'model'>): void {
    this.#spendings.add({ usage, costUsd, model });
    this.#usage = { input: this.#usage.input + usage.input, output: this.#usage.output + usage.output };
    this.#costUsd = this.#costUsd === null || costUsd === null ? null : this.#costUsd + costUsd;
    this.#model = model;
  }

  /** A model was asked and never said what that cost. @param spent an estimate; null where it had not begun */
  spentUnknown(spent: Spent | null): void {
    this.#costUsd = null;
    if (spent) this.spentInVain(spent);
  }

  /** Somebody else answers in the place of a model that had begun. */
  spentInVain(spent: Spent): void {
    this.#spendings.add(spent);
  }

  /**
   * The calls under ids that are unique in this conversation: some providers count from zero in every turn. Of arguments that are too
   * long one character more than is allowed is kept, which is enough to refuse them.
   */
  nameCalls(calls: readonly ToolCall[]): ToolCall[] {
    const counts = new Map<string, number>();
    return calls.map((call) => {
      const base = toPlainText(call.callId) || 'call';
      let n = counts.get(base) ?? 1;
      let callId = n === 1 ? base : another(base, n);
      for (; this.#callIds.has(callId); callId = another(base, n)) n += 1;
      counts.set(base, n);
      this.#callIds.add(callId);
      return {
        ...call,
        callId,
        name: toPlainText(call.name),
        argumentsJson: toPlainText(call.argumentsJson.slice(0, this.#argumentsMax + 1)),
      };
    });
  }

  /** A reply always says something. */
  neverEmpty(reason: AgentFinishReason): void {
    if (isBlank(this.#content + this.#turnText)) this.say(SILENT[reason]);
  }

  summary(): AgentSummary {
    return {
      content: this.#content + this.#turnText,
      usage: this.#usage,
      costUsd: this.#costUsd,
      spent: this.#spendings.all,
      skillsUsed: [...this.#skillsUsed],
      model: this.#model,
      messages: [
        ...this.messages.slice(this.#given),
        ...(this.#turnText === '' ? [] : [{ role: 'assistant' as const, text: this.#turnText, calls: [] }]),
      ],
    };
  }

  #sealTurn(): void {
    for (const content of piecesOf(this.#turnText, PIECE_CHARACTERS)) this.#told.push({ type: 'token', content });
    this.#content += this.#turnText;
    this.#turnText = '';
  }

  #tell(event: RunEventDraft): void {
    this.#told.push(event);
    this.#emit(event);
  }
}
