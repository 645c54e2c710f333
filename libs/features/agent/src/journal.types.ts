import type { ModelUsage, ProviderState, ToolCall } from '@openclaw/language-model';

/**
 * What a run remembers across the loss of its worker. Each method is durable once it resolves. A method that throws (the lease
 * is lost) stops the run: the error leaves `runAgent` as it is and nothing else runs.
 */
export interface Journal {
  /** The turns that earlier attempts decided, in order, with the results known so far. */
  readonly steps: readonly RecordedStep[];
  /** Before the first of the step's calls runs. */
  recordStep(step: DecidedStep): Promise<void>;
  /** Before a call with effects runs; a tool whose `retry` is `safe` needs no such mark. */
  beginCall(callId: string): Promise<void>;
  /** Once a call's result is known, and before anyone sees it. */
  endCall(callId: string, result: CallResult): Promise<void>;
}

/** One turn of the model that asked for calls; plain JSON. Call ids are unique within the run. */
export interface DecidedStep {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly usage: ModelUsage;
  /** `provider/model` */
  readonly model: string;
  readonly costUsd: number | null;
  readonly state?: ProviderState;
}

/** A turn of the model as the journal has it. */
export interface RecordedStep extends DecidedStep {
  readonly calls: readonly RecordedCall[];
}

export interface RecordedCall extends ToolCall {
  /** Whether {@link Journal.beginCall} was heard of. */
  readonly began: boolean;
  /** null while no result is known. */
  readonly result: CallResult | null;
}

/** What a call came to. */
export interface CallResult {
  readonly text: string;
  readonly failed: boolean;
}
