import { Fault } from '@openclaw/errors';
import type { RunEventDraft } from '@openclaw/contracts';
import type { FinishReason, FitMessages, ModelClient, ModelMessage, ModelRoute, ModelUsage } from '@openclaw/models';
import { askModel } from './ask-model.js';
import { withDeadline } from './deadline.js';
import type { Journal } from './journal.types.js';
import { Progress } from './progress.js';
import { runCalls } from './run-calls.js';
import type { ApproveCall, Tool } from './tool.types.js';

export interface AgentRun {
  readonly run: { readonly id: string; readonly attempt: number };
  /** The conversation so far, ending in the message to answer. */
  readonly messages: readonly ModelMessage[];
  readonly model: ModelClient;
  readonly tools: readonly Tool[];
  readonly journal: Journal;
  /** Called in order with `token`, `skill_call`, `skill_result` and `restart`; the first and last event are the caller's. */
  readonly emit: (draft: RunEventDraft) => void;
  /** Aborting it ends the run within a tick, whatever a tool or a model does. */
  readonly signal: AbortSignal;
  readonly limits: AgentLimits;
  readonly route?: ModelRoute;
  /** Most tokens of one turn. */
  readonly maxOutputTokens?: number;
  readonly fit?: FitMessages;
  readonly approve?: ApproveCall;
  /** Told of a tool that threw something other than a Fault: a bug to be logged. */
  readonly onToolBug?: (error: unknown, toolName: string) => void;
}

export interface AgentLimits {
  /** Model calls in one run, earlier attempts included. */
  readonly turnsMax: number;
  readonly runTimeoutMs: number;
  readonly toolTimeoutMs: number;
  /** A longer result is cut in the middle. */
  readonly toolResultCharacters: number;
  /** Calls beyond it in one turn fail without running. */
  readonly callsPerTurnMax: number;
  /** Text and arguments of one turn; beyond it the model is stopped and the finish reason is `length`. */
  readonly turnCharactersMax: number;
}

/** What a run came to, however it ended. */
export interface AgentSummary {
  /** All token text since the last restart. */
  readonly content: string;
  readonly usage: ModelUsage;
  /** null where any part of it is not known. */
  readonly costUsd: number | null;
  /** Tools that completed, each once, in order of first use. */
  readonly skillsUsed: readonly string[];
  /** `provider/model` of the newest turn. */
  readonly model: string;
  /** What the run adds to the conversation. Every call in it has a result, also after an abort. */
  readonly messages: readonly ModelMessage[];
}

export type AgentOutcome = AgentSummary &
  (
    | { readonly status: 'completed'; readonly finishReason: AgentFinishReason }
    | { readonly status: 'failed'; readonly fault: Fault }
    | { readonly status: 'aborted' }
  );
export type AgentFinishReason = Exclude<FinishReason, 'tool_calls'> | 'max_turns';

/** How the loop ended; `stopped` is an abort or the deadline. */
type Ending = { readonly reason: AgentFinishReason } | { readonly fault: Fault } | 'stopped';

/**
 * replay what earlier attempts decided ─► ask the model ─┬─ no calls ─► completed
 *                                             ▲          └─ calls ─► record the turn ─► run them side by side ─┐
 *                                             └────────────────────────────────────────────────────────────────┘
 *
 * Answers one message. Pure but for its parameters. Every expected failure is an outcome; it throws only what the journal
 * throws and what is a bug. A turn is recorded before its calls run and no recorded turn is asked for again.
 */
export async function runAgent(options: AgentRun): Promise<AgentOutcome> {
  const progress = new Progress(options);
  const ending = await withDeadline(options.signal, options.limits.runTimeoutMs, (signal) => answer({ ...options, signal }, progress));
  if (ending !== 'stopped') {
    if ('fault' in ending) return { ...progress.summary(), status: 'failed', fault: ending.fault };
    progress.neverEmpty(ending.reason);
    return { ...progress.summary(), status: 'completed', finishReason: ending.reason };
  }
  if (options.signal.aborted) return { ...progress.summary(), status: 'aborted' };
  return { ...progress.summary(), status: 'failed', fault: runTimedOut(options) };
}

async function answer(options: AgentRun, progress: Progress): Promise<Ending> {
  for (const step of options.journal.steps) {
    progress.replay(step);
    if (!(await runCalls(options, step.calls, progress))) return 'stopped';
  }
  for (let turn = options.journal.steps.length + 1; turn <= options.limits.turnsMax; turn += 1) {
    const decision = await askModel(options, progress);
    if (decision === 'stopped' || 'fault' in decision) return decision;
    if (decision.step.calls.length === 0) return { reason: decision.reason };
    if (turn === options.limits.turnsMax) break;
    await options.journal.recordStep(decision.step);
    progress.decided(decision.step);
    const planned = decision.step.calls.map((call) => ({ ...call, began: false, result: null }));
    if (!(await runCalls(options, planned, progress))) return 'stopped';
  }
  return { reason: 'max_turns' };
}

function runTimedOut({ model, limits }: AgentRun): Fault {
  return new Fault('upstream_error', 'The reply took longer than agent.run_timeout_ms allows. Ask for less at once, or raise it.', {
    details: { provider: model.provider, upstream_status: null, retryable: false, tier: 'run', limit_ms: limits.runTimeoutMs },
  });
}
