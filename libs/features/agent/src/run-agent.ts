import { Fault } from '@openclaw/errors';
import type { AgentFinishReason, AgentOutcome, AgentRun } from './agent-run.types.js';
import { askModel } from './ask-model.js';
import { withDeadline } from './deadline.js';
import { Progress } from './progress.js';
import { runCalls } from './run-calls.js';

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
  const ending = await withDeadline(options.signal, Math.max(0, options.limits.runTimeoutMs - (options.spentMs ?? 0)), (signal) =>
    answer({ ...options, signal }, progress),
  );
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
