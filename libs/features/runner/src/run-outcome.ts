import type { AgentOutcome } from '@openclaw/agent';
import type { MadeFile, RunEventDraft, Warning } from '@openclaw/words';
import { cancelledFault, type ClaimedRun, type Ending } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import type { StopReason } from '@openclaw/work';

/** What comes with a reply. */
interface Beside {
  /** Files that the agent made. */
  readonly attachments: readonly MadeFile[];
  /** What was not done as asked. */
  readonly warnings: readonly Warning[];
}

type Completed = Extract<AgentOutcome, { status: 'completed' }> & Beside;

/** How the work on a run ended. */
export type RunOutcome =
  | Completed
  | { readonly status: 'failed'; readonly fault: Fault; readonly spent?: AgentOutcome['spent'] }
  /** `content`: what there was of the reply is kept, since its reader saw it. */
  | { readonly status: 'cancelled'; readonly content: string; readonly spent?: AgentOutcome['spent'] }
  /** No end of the run: another attempt goes on. */
  | { readonly status: 'handed back' };

/** An outcome that ends the run. */
export type RunEnd = Exclude<RunOutcome, { status: 'handed back' }>;

/** What ended, and when. */
export interface Ended {
  readonly draft: RunEventDraft;
  readonly ending: Omit<Ending, 'events' | 'title' | 'work'>;
}

/** @param stopped why the agent was stopped, where it was */
export function toRunOutcome(outcome: AgentOutcome, stopped: StopReason | null, beside: Beside): RunOutcome {
  switch (outcome.status) {
    case 'completed':
      return { ...outcome, ...beside };
    case 'failed':
      return { status: 'failed', fault: outcome.fault, spent: outcome.spent };
    case 'aborted':
      return stopped === 'leaving' ? { status: 'handed back' } : { status: 'cancelled', content: outcome.content, spent: outcome.spent };
  }
}

/** The terminal event and the terminal state, which say the same. */
export function endRun(run: ClaimedRun, outcome: RunEnd, finishedAt: Date): Ended {
  switch (outcome.status) {
    case 'completed':
      return complete(run, outcome, finishedAt);
    case 'failed':
      return fail(outcome.fault, { status: 'failed', content: '', finishedAt, spent: outcome.spent ?? [] });
    case 'cancelled':
      return fail(cancelledFault(run.runId), { status: 'cancelled', content: outcome.content, finishedAt, spent: outcome.spent ?? [] });
  }
}

/** It waited in line for longer than an answer is worth. */
export function waitedTooLong(run: ClaimedRun, limitMs: number): RunOutcome {
  const sentence = 'This message waited longer for its turn than agent.queue_wait_timeout_ms allows. Send it again, or start more workers.';
  const details = { id: run.runId, tier: 'queue', limit_ms: limitMs, waited_ms: waitedMs(run) };
  return { status: 'failed', fault: new Fault('service_unavailable', sentence, { details }) };
}

/** How long it waited in line, in milliseconds. */
export function waitedMs(run: ClaimedRun): number {
  return run.claimedAt.getTime() - run.createdAt.getTime();
}

/** It brings its workers down, and must not do so for ever. */
export function lostTooOften(run: ClaimedRun): RunOutcome {
  const sentence = 'The workers on this message were lost again and again. Send it anew; the log says why they were lost.';
  return { status: 'failed', fault: new Fault('internal_error', sentence, { details: { id: run.runId, attempts: run.losses } }) };
}

/** It lost its workers in one place, so a further one would be lost there too. */
export function breaksWorkers(run: ClaimedRun): RunOutcome {
  const sentence = `${String(run.lossesHere)} workers were lost on this message, each at the same point, so it is not tried again. Send something else; the log says why they were lost.`;
  return {
    status: 'failed',
    fault: new Fault('internal_error', sentence, { details: { id: run.runId, attempts: run.losses, reason: 'lost_in_one_place' } }),
  };
}

/** The database refused its reply for good: another attempt would make the same reply, and pay for it again. */
export function refusedReply(run: ClaimedRun, refusal: unknown): RunEnd {
  const reason = Error.isError(refusal) && 'code' in refusal ? `SQLSTATE ${String(refusal.code)}` : 'the log says why';
  const sentence = `The reply was made, but the database refused to store it (${reason}). Its text is in the message’s events; ask for less at once.`;
  return { status: 'failed', fault: new Fault('internal_error', sentence, { details: { id: run.runId, reason }, cause: refusal }) };
}

function complete(run: ClaimedRun, outcome: Completed, finishedAt: Date): Ended {
  const { input, output } = outcome.usage;
  const fields = {
    skills_used: [...outcome.skillsUsed],
    tokens: { input, output, total: input + output },
    latency_ms: Math.max(0, finishedAt.getTime() - run.createdAt.getTime()),
    model: outcome.model,
    finish_reason: outcome.finishReason,
    cost_usd: outcome.costUsd,
    created_at: finishedAt.toISOString(),
    ...(outcome.attachments.length > 0 ? { attachments: [...outcome.attachments] } : {}),
    ...(outcome.warnings.length > 0 ? { warnings: [...outcome.warnings] } : {}),
  };
  return {
    draft: { type: 'end', content: outcome.content, ...fields },
    ending: { status: 'completed', content: outcome.content, outcome: fields, error: null, finishedAt, spent: outcome.spent },
  };
}

function fail(fault: Fault, ending: Pick<Ending, 'status' | 'content' | 'finishedAt' | 'spent'>): Ended {
  const error = fault.toBody();
  return { draft: { type: 'error', ...error }, ending: { ...ending, outcome: null, error } };
}
