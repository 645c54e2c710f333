import type { CallResult, RecordedCall } from './journal.types.js';
import type { Progress } from './progress.js';
import type { AgentRun } from './agent-run.types.js';
import { showArguments } from './read-call.js';
import { settleCall } from './settle-call.js';

/**
 * Brings every call of a turn to a result, side by side, and gives the results to the model in the order of the calls. Results
 * that earlier attempts recorded are used as they are, and a call that repeats another of this run word for word is not made again.
 *
 * False where the run was stopped: then each call that was still open has a failed result that is not in the journal, since
 * another attempt may know better. Throws what the journal throws, after the other calls were stopped.
 */
export async function runCalls(options: AgentRun, calls: readonly RecordedCall[], progress: Progress): Promise<boolean> {
  for (const call of calls) progress.called(call, showArguments(call.argumentsJson, options.limits.toolArgumentsCharacters));
  const broken = new AbortController();
  const inTurn = { ...options, signal: AbortSignal.any([options.signal, broken.signal]) };
  const settled = await Promise.allSettled(
    calls.map(async (call, index) => {
      try {
        const settle = async (): Promise<CallResult> => call.result ?? settleCall(inTurn, call, index);
        const result = index < options.limits.callsPerTurnMax ? await progress.calls.answer(call, settle) : await settle();
        if (!broken.signal.aborted) progress.resulted(call, result);
        return result;
      } catch (error) {
        broken.abort(error);
        throw error;
      }
    }),
  );
  if (broken.signal.aborted) throw broken.signal.reason;
  settled.forEach((outcome, index) => {
    const call = calls[index];
    if (call && outcome.status === 'fulfilled') progress.answered(call, outcome.value);
  });
  return !options.signal.aborted;
}
