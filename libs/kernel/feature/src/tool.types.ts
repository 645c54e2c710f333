import type { ToolDefinition, UserPart } from '@openclaw/language-model';
import type { Caller, ConversationId, MadeFile, MessageId, Scope } from '@openclaw/words';
import type { z } from 'zod';
import type { Trust } from './trust.js';

/** Something the agent can do. Its name and arguments come from a model: trust nothing but what `input` let through. */
export interface Tool {
  readonly definition: ToolDefinition;
  /** Names under which it is called too, without being offered: what it was called in an earlier version. */
  readonly aliases?: readonly string[];
  /** Validates the arguments; what it returns is what `execute` is given. Refinements must be synchronous. */
  readonly input: z.ZodType;
  /** What the caller's token must be allowed for this tool to be offered at all: what it may not do itself, no agent does for it. */
  readonly scope: Scope;
  /**
   * What happens to a call that had begun when its worker was lost. `safe`: it runs again (it only reads, or its effects are
   * the same when they come twice under one idempotency key). `report`: the model is told that the outcome is unknown.
   */
  readonly retry: 'safe' | 'report';
  /** True where it only reads: what it found need not outlive its worker, so whoever keeps the journal may leave it out. */
  readonly readOnly?: boolean;
  /**
   * True where all that it says is the house's own, or is told apart by the tool itself. What any other tool says is somebody's text, and
   * the run's trust is lost with the first call.
   */
  readonly ownWords?: boolean;
  /** Overrides the run's `toolTimeoutMs`. */
  readonly timeoutMs?: number;
  /**
   * Does it. A thrown Fault becomes a failed result with the Fault's sentence; anything else thrown is a bug that the model is
   * told about in general terms. On abort it should stop and may reject; the loop does not wait for it.
   */
  execute(args: unknown, call: ToolInvocation, signal: AbortSignal): Promise<ToolOutput>;
}

/** One call of a tool. */
export interface ToolInvocation {
  readonly callId: string;
  /** Unique to this call over all attempts of its run and over all runs. */
  readonly idempotencyKey: string;
}

/** Text for the model; `failed` marks a result that is an error. */
export type ToolOutput = string | { readonly text: string; readonly failed?: boolean };

/** What a tool may know of the run that it serves. */
export interface ToolRun {
  /** On whose behalf: what a tool reads and writes is that person's. */
  readonly caller: Caller;
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  readonly channel: string;
  /** Where the agent lives: the zone of times and dates that a tool tells. */
  readonly timeZone: string;
  /** Messages that the model has before it anyway. */
  readonly seen: readonly MessageId[];
  /** Whether the model may have read what is nobody's to be believed. */
  readonly trust: Trust;
  /** Shows the model a file with the question, from its next turn on. */
  readonly show: (part: UserPart) => void;
  /** Gives a file with the reply, once it is kept with it: whoever follows the run hears of it at once. Again: nothing. */
  readonly give: (file: MadeFile) => void;
}
