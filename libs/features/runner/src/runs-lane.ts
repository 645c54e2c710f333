import type { MessageId } from '@openclaw/words';
import type { RunsStore } from '@openclaw/conversations';
import type { LeaseKeeper, WorkLane } from '@openclaw/work';
import type { Runner } from './runner.js';

export interface RunsLaneDeps {
  readonly runner: Runner;
  readonly runs: RunsStore;
  readonly leases: LeaseKeeper;
}

export interface RunsLaneSettings {
  readonly concurrency: () => number;
  /** A run that waits longer than this without need has lost its bell. */
  readonly silenceMs: number;
}

/** Runs that one sweep rings for. */
const RUNS_MAX = 500;

/**
 * Runs as the first kind of durable work: a table and a claim of their own, since a run's thread comes with its claim; the rest is shared.
 */
export function runsLane({ runner, runs, leases }: RunsLaneDeps, { concurrency, silenceMs }: RunsLaneSettings): WorkLane {
  return {
    name: 'runs',
    concurrency,
    hear: (id, stopping) => runner.answer(id as MessageId, stopping), // whatever it names, the claim finds no such run where it is none
    unanswered: async () => {
      const found = await runs.unanswered(silenceMs, RUNS_MAX);
      return found.map(({ runId, attempt }) => ({ id: runId, key: `${runId}-${String(attempt + 1)}` }));
    },
    inHand: () => leases.sizeOf(runs),
  };
}
