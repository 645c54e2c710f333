import type { ClaimedRun, LogStore, RunsStore } from '@openclaw/conversations';
import { type EventKeys, readTail, RunLog } from '@openclaw/events';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import type { Lease } from '@openclaw/work';
import { earlierEvents } from './earlier-events.js';
import { LeaseLost } from './run-journal.js';

export interface OpenLogParts {
  readonly runs: Pick<RunsStore, 'reserve'>;
  readonly logs: Pick<LogStore, 'storePage' | 'storedThrough'>;
  readonly redis: Redis;
  readonly keys: EventKeys;
  readonly logger: Logger;
}

/** How long an event waits for others: no reader sees it, and a short reply makes one journey instead of four. */
const LINGER_MS = 25;

/** The writing end of a run's log, where earlier attempts left it: their pages in Postgres, then what Redis still has of the tail. */
export async function openLog(
  { runs, logs, redis, keys, logger }: OpenLogParts,
  run: ClaimedRun,
  lease: Lease,
  model: string,
): Promise<RunLog> {
  const isFirst = run.attempt === 1;
  const base = isFirst ? 0 : await logs.storedThrough(run.runId);
  const tail = isFirst ? [] : (await readTail(redis, keys, run.runId, { after: base, bytesMax: Number.MAX_SAFE_INTEGER })).events;
  return new RunLog({
    redis,
    keys,
    logger,
    runId: run.runId,
    conversationId: run.conversationId,
    person: run.caller.person,
    attempt: run.attempt,
    base,
    earlier: isFirst ? [] : earlierEvents(run, base, tail, model),
    reserved: run.seqReserved,
    reserve: async (seq) => {
      if (!(await runs.reserve(run, seq))) throw new LeaseLost();
    },
    storePage: async (page) => {
      if (!(await logs.storePage(run, page))) throw new LeaseLost();
    },
    mayPublish: () => lease.isCertain,
    lingerMs: LINGER_MS,
  });
}
