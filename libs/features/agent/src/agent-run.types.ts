import type { RunEventDraft } from '@openclaw/words';
import type { Fault } from '@openclaw/errors';
import type { FinishReason, FitMessages, ModelClient, ModelMessage, ModelRoute, ModelSpending, ModelUsage } from '@openclaw/language-model';
import type { Journal } from './journal.types.js';
import type { ApproveCall } from './approve-call.types.js';
import type { Tool } from '@openclaw/feature';

export interface AgentRun {
  readonly run: { readonly id: string; readonly attempt: number };
  /** The conversation so far, ending in the message to answer. */
  readonly messages: readonly ModelMessage[];
  readonly model: ModelClient;
  readonly tools: readonly Tool[];
  readonly journal: Journal;
  /** Called in order with `token`, `thinking`, `skill_call`, `skill_result` and `restart`; the first and last event are the caller's. */
  readonly emit: (draft: RunEventDraft) => void;
  /** Aborting it ends the run within a tick, whatever a tool or a model does. */
  readonly signal: AbortSignal;
  /** Whether what the model thinks is emitted too, as `thinking`. */
  readonly thinking?: boolean;
  readonly limits: AgentLimits;
  /** Of `runTimeoutMs`, what has gone by before; none where it is left out. */
  readonly spentMs?: number;
  readonly route?: ModelRoute;
  /** Most tokens of one turn. */
  readonly maxOutputTokens?: number;
  readonly fit?: FitMessages;
  readonly approve?: ApproveCall;
  /** Told of a tool that threw something other than a Fault: a bug to be logged. */
  readonly onToolBug?: (error: unknown, toolName: string) => void;
}

/** The bounds of one run. */
export interface AgentLimits {
  /** Model calls in one run, earlier attempts included. */
  readonly turnsMax: number;
  readonly runTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** A longer result is cut in the middle. */
  readonly toolResultCharacters: number;
  /** Longer arguments of a call are refused, and neither kept nor shown. */
  readonly toolArgumentsCharacters: number;
  /** Calls beyond it in one turn fail without running. */
  readonly callsPerTurnMax: number;
  /** Text and calls of one turn; beyond it the model is stopped and the finish reason is `length`. */
  readonly turnCharactersMax: number;
}

/** What a run came to, however it ended. */
export interface AgentSummary {
  /** All token text since the last restart. */
  readonly content: string;
  readonly usage: ModelUsage;
  /** null where any part of it is not known. */
  readonly costUsd: number | null;
  /** The same by model, with what came to nothing. */
  readonly spent: readonly ModelSpending[];
  /** Tools that completed, each once, in order of first use. */
  readonly skillsUsed: readonly string[];
  /** `provider/model` of the newest turn. */
  readonly model: string;
  /** What the run adds to the conversation. Every call in it has a result, also after an abort. */
  readonly messages: readonly ModelMessage[];
}

/** How the loop ended. */
export type AgentOutcome = AgentSummary &
  (
    | { readonly status: 'completed'; readonly finishReason: AgentFinishReason }
    | { readonly status: 'failed'; readonly fault: Fault }
    | { readonly status: 'aborted' }
  );
export type AgentFinishReason = Exclude<FinishReason, 'tool_calls'> | 'max_turns';
