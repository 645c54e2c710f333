import type { Lane } from '@openclaw/queue';
import type { BackgroundLane } from './define-work.js';
import type { LeaseKeeper } from './lease-keeper.js';
import type { WorkRunner } from './work-runner.js';
import type { WorkStore } from './work.store.js';

/** One lane of a worker: what is done when its bell is heard, and what has waited in vain. */
export interface WorkLane {
  readonly name: Lane;
  /** Things in hand at most. */
  readonly concurrency: () => number;
  /** Does what the bell is for; a bell in vain is normal. @param id what it was rung for @param stopping aborts when this worker leaves */
  readonly hear: (id: string, stopping: AbortSignal) => Promise<void>;
  /** What could be worked on and is not, each with a key under which ringing again adds no second bell while the first one waits. */
  readonly unanswered: () => Promise<readonly { readonly id: string; readonly key: string }[]>;
  readonly inHand: () => number;
}

export interface BackgroundLaneDeps {
  readonly runner: WorkRunner;
  readonly store: WorkStore;
  readonly leases: LeaseKeeper;
}

/** Pieces of work that one sweep rings for. */
const WORK_MAX = 500;

/** A lane of the table of work. A bell is heard for all that is due: which piece it was rung for does not matter. */
export function backgroundLane(name: BackgroundLane, { runner, store, leases }: BackgroundLaneDeps, concurrency: () => number): WorkLane {
  return {
    name,
    concurrency,
    hear: (_id, stopping) => runner.perform(name, stopping),
    unanswered: () => runner.sweep(name, WORK_MAX),
    inHand: () => leases.sizeOf(store),
  };
}
