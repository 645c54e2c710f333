import type { FinishReason, ModelClient, ModelEvent, ModelRequest, ModelUsage, ProviderState } from '@openclaw/language-model';

/** One thing a scripted turn does. A plain string is a piece of text. */
export type ScriptedStep =
  | string
  /** A tool call; `arguments` that is a string goes out as it is, so it can be malformed. */
  | { readonly call: string; readonly arguments?: unknown; readonly callId?: string }
  /** Waits for a promise of the test's own; ends at once with the abort reason when the request is aborted. */
  | { readonly wait: () => Promise<unknown> }
  | { readonly throws: unknown }
  | { readonly restart: { readonly provider: string; readonly model: string } }
  /** Overrides how the turn finishes; `null`: the stream ends without a finish, as no honest provider would. */
  | { readonly finish: ScriptedFinish | null };

/** How a scripted turn finishes, where it is not as always. */
export interface ScriptedFinish {
  readonly reason?: FinishReason;
  readonly usage?: ModelUsage;
  readonly costUsd?: number | null;
  readonly state?: ProviderState;
}

export interface ScriptedModelOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly contextTokens?: number;
}

/**
 * A ModelClient that says what a test wrote down: the n-th request gets the n-th turn, a request beyond the script throws. It
 * keeps every request it was given. Usage is 10 in and 5 out, cost is null, unless a turn says otherwise.
 */
export class ScriptedModel implements ModelClient {
  readonly provider: string;
  readonly model: string;
  readonly contextTokens: number;
  readonly requests: ModelRequest[] = [];
  readonly #turns: readonly (readonly ScriptedStep[])[];

  constructor(turns: readonly (readonly ScriptedStep[])[], options: ScriptedModelOptions = {}) {
    this.#turns = turns;
    this.provider = options.provider ?? 'scripted';
    this.model = options.model ?? 'script';
    this.contextTokens = options.contextTokens ?? 128_000;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const turn = this.#turns[this.requests.length];
    this.requests.push(request);
    if (!turn) throw new Error(`the script has ${String(this.#turns.length)} turns; turn ${String(this.requests.length)} was asked for`);
    for (const [index, step] of turn.entries()) {
      signal.throwIfAborted();
      if (typeof step === 'object' && 'wait' in step) await untilAborted(step.wait(), signal);
      else if (typeof step === 'object' && 'throws' in step) throw step.throws;
      else if (typeof step === 'string' || !('finish' in step)) yield this.#event(step, index);
    }
    signal.throwIfAborted();
    const finish = this.#finish(turn);
    if (finish) yield finish;
  }

  #event(step: Exclude<ScriptedStep, { wait: unknown } | { throws: unknown } | { finish: unknown }>, index: number): ModelEvent {
    if (typeof step === 'string') return { type: 'text', text: step };
    if ('restart' in step) return { type: 'restart', ...step.restart };
    const { call: name, arguments: args = {}, callId = `call_${String(this.requests.length)}_${String(index)}` } = step;
    return { type: 'tool_call', call: { callId, name, argumentsJson: typeof args === 'string' ? args : JSON.stringify(args) } };
  }

  #finish(turn: readonly ScriptedStep[]): ModelEvent | null {
    const calls = turn.some((step) => typeof step === 'object' && 'call' in step);
    const scripted = turn.flatMap((step) => (typeof step === 'object' && 'finish' in step ? [step.finish] : [])).at(-1);
    if (scripted === null) return null;
    const { provider, model } =
      turn.flatMap((step) => (typeof step === 'object' && 'restart' in step ? [step.restart] : [])).at(-1) ?? this;
    const usual = { reason: calls ? 'tool_calls' : 'stop', usage: { input: 10, output: 5 }, costUsd: null } as const;
    return { type: 'finish', ...usual, ...scripted, provider, model };
  }
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => {
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
