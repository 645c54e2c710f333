import type { Tool } from '@openclaw/feature';

/** A call that is valid and about to run, as the approval hook sees it. */
export interface PendingCall {
  readonly callId: string;
  readonly tool: Tool;
  readonly args: unknown;
}

/** May this call run? `refused` is told to the model. It may wait for a person: it has the run's time, not the tool's. */
export type ApproveCall = (call: PendingCall, signal: AbortSignal) => Promise<'approved' | { readonly refused: string }>;
