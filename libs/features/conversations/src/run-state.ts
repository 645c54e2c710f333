import type { RunStatus } from '@openclaw/words';

/**
 * Where a run may go from each state. docs/job-lifecycle.md draws it; the statements in runs.store.ts and accept.store.ts make
 * each step by compare-and-set, and a test holds them to this table.
 */
export const RUN_TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  /** claimed · cancelled before any worker had it */
  queued: ['processing', 'cancelled'],
  /** taken over from a dead lease · handed back on shutdown · over */
  processing: ['processing', 'queued', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

export type TerminalStatus = 'completed' | 'failed' | 'cancelled';

/** True where nothing can happen to the run any more. */
export function isOver(status: RunStatus): status is TerminalStatus {
  return RUN_TRANSITIONS[status].length === 0;
}
