import type { ToolDefinition } from '@openclaw/models';
import type { z } from 'zod';

/** Something the agent can do. Its name and arguments come from a model: trust nothing but what `input` let through. */
export interface Tool {
  readonly definition: ToolDefinition;
  /** Names under which it is called too, without being offered: what it was called in an earlier version. */
  readonly aliases?: readonly string[];
  /** Validates the arguments; what it returns is what `execute` is given. Refinements must be synchronous. */
  readonly input: z.ZodType;
  /**
   * What happens to a call that had begun when its worker was lost. `safe`: it runs again (it only reads, or its effects are
   * the same when they come twice under one idempotency key). `report`: the model is told that the outcome is unknown.
   */
  readonly retry: 'safe' | 'report';
  /** True where it only reads: what it found need not outlive its worker, so whoever keeps the journal may leave it out. */
  readonly readOnly?: boolean;
  /** Overrides the run's `toolTimeoutMs`. */
  readonly timeoutMs?: number;
  /**
   * Does it. A thrown Fault becomes a failed result with the Fault's sentence; anything else thrown is a bug that the model is
   * told about in general terms. On abort it should stop and may reject; the loop does not wait for it.
   */
  execute(args: unknown, call: ToolInvocation, signal: AbortSignal): Promise<ToolOutput>;
}

export interface ToolInvocation {
  readonly callId: string;
  /** Unique to this call over all attempts of its run and over all runs. */
  readonly idempotencyKey: string;
}

/** Text for the model; `failed` marks a result that is an error. */
export type ToolOutput = string | { readonly text: string; readonly failed?: boolean };

/** A call that is valid and about to run, as the approval hook sees it. */
export interface PendingCall {
  readonly callId: string;
  readonly tool: Tool;
  readonly args: unknown;
}

/** May this call run? `refused` is told to the model. It may wait for a person: it has the run's time, not the tool's. */
export type ApproveCall = (call: PendingCall, signal: AbortSignal) => Promise<'approved' | { readonly refused: string }>;
