import { toPlainText } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { unlessAborted, withDeadline } from './deadline.js';
import type { CallResult, RecordedCall } from './journal.types.js';
import { shorten } from './plain-text.js';
import { readCall } from './read-call.js';
import type { AgentRun } from './agent-run.types.js';
import type { PendingCall } from './approve-call.types.js';
import type { ToolOutput } from '@openclaw/feature';

const STOPPED: CallResult = { text: 'The run was stopped before this call had a result.', failed: true };
const OUTCOME_UNKNOWN = 'The worker was lost while this call ran. Whether it took effect is unknown: check before calling it again.';

/**
 * unknown tool, bad arguments ─► failed      approve ─► begin (journal) ─► execute, bounded ─► end (journal) ─► result
 *
 * Brings one call without a result to one. It throws only what the journal throws. A call with effects is journalled before it
 * runs, and every result before it is shown, except that of a stopped run.
 */
export async function settleCall(options: AgentRun, call: RecordedCall, index: number): Promise<CallResult> {
  const result = index < options.limits.callsPerTurnMax ? await prepare(options, call) : tooMany(options.limits.callsPerTurnMax);
  if (result === STOPPED) return result;
  const bounded = { text: shorten(toPlainText(result.text), options.limits.toolResultCharacters), failed: result.failed };
  await options.journal.endCall(call.callId, bounded);
  return bounded;
}

async function prepare(options: AgentRun, call: RecordedCall): Promise<CallResult> {
  const read = readCall(call, options);
  if ('problem' in read) return failed(read.problem);
  if (call.began && read.tool.retry === 'report') return failed(OUTCOME_UNKNOWN);
  const pending = { callId: call.callId, ...read };
  const refusal = isStopped(options) ? STOPPED : await ask(options, pending);
  if (refusal) return refusal;
  if (isStopped(options)) return STOPPED;
  if (pending.tool.retry === 'report') await options.journal.beginCall(call.callId);
  return execute(options, pending);
}

/** null: the call may run. */
async function ask({ approve, signal, onToolBug }: AgentRun, pending: PendingCall): Promise<CallResult | null> {
  if (!approve) return null;
  try {
    const answer = await unlessAborted(approve(pending, signal), signal);
    return answer === 'approved' ? null : failed(`This call was refused: ${answer.refused}`);
    // eslint-disable-next-line no-catch-all/no-catch-all -- a hook that breaks must not let the call through, nor end the run
  } catch (error) {
    if (signal.aborted) return STOPPED;
    return explain(error, pending, onToolBug);
  }
}

async function execute({ run, limits, signal, onToolBug }: AgentRun, { callId, tool, args }: PendingCall): Promise<CallResult> {
  const timeoutMs = tool.timeoutMs ?? limits.toolTimeoutMs;
  return withDeadline(signal, timeoutMs, async (inTime) => {
    try {
      const invocation = { callId, idempotencyKey: `${run.id}:${callId}` };
      return toResult(await unlessAborted(tool.execute(args, invocation, inTime), inTime));
      // eslint-disable-next-line no-catch-all/no-catch-all -- a tool is other people's code: whatever it throws is a failed result
    } catch (error) {
      if (signal.aborted) return STOPPED;
      if (inTime.aborted) return failed(timedOut(timeoutMs, tool.retry));
      return explain(error, { callId, tool, args }, onToolBug);
    }
  });
}

function isStopped({ signal }: AgentRun): boolean {
  return signal.aborted;
}

function toResult(output: ToolOutput): CallResult {
  return typeof output === 'string' ? { text: output, failed: false } : { text: output.text, failed: output.failed ?? false };
}

/** A Fault's sentence is for the model too; anything else is a bug, told to the owner of the run in full and to the model in general. */
function explain(error: unknown, { tool }: PendingCall, onToolBug: AgentRun['onToolBug']): CallResult {
  if (error instanceof Fault) return failed(error.message);
  onToolBug?.(error, tool.definition.name);
  return failed(`${tool.definition.name} failed unexpectedly.`);
}

function timedOut(timeoutMs: number, retry: 'safe' | 'report'): string {
  const effect = retry === 'report' ? ' Whether it took effect is unknown.' : '';
  return `No result within ${String(timeoutMs)} ms (agent.tool_timeout_ms).${effect}`;
}

function tooMany(max: number): CallResult {
  return failed(`Not run: at most ${String(max)} calls are taken in one turn. Call again in the next.`);
}

function failed(text: string): CallResult {
  return { text, failed: true };
}
