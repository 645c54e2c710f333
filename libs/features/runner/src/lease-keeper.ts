import type { MessageId } from '@openclaw/words';
import type { Fence, RunsStore } from '@openclaw/conversations';
import type { Logger } from '@openclaw/telemetry';

/** Why a run is stopped from outside: its lease is lost, its owner cancelled it, or this worker is going. */
export type StopReason = 'lost' | 'cancelled' | 'leaving';

export interface LeaseKeeperOptions {
  readonly runs: RunsStore;
  readonly workerId: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly logger: Logger;
}

/** Before a lease runs out by this much, its holder no longer relies on it: clocks and pauses are not exact. */
const MARGIN_MS = 500;

/** The right to work on one run. */
export class Lease {
  readonly fence: Fence;
  readonly #stop = new AbortController();
  readonly #onBeat: () => void;
  #validUntil: number;
  #reason: StopReason | null = null;

  /** @param validUntil by `performance.now()`, which also runs while the process is stopped */
  constructor(fence: Fence, validUntil: number, onBeat: () => void) {
    this.fence = fence;
    this.#validUntil = validUntil;
    this.#onBeat = onBeat;
  }

  /** Aborts when the work must stop; {@link reason} says why. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get reason(): StopReason | null {
    return this.#reason;
  }

  /** False while it is not certain that nobody else has the run. */
  get isCertain(): boolean {
    return this.#reason !== 'lost' && performance.now() < this.#validUntil - MARGIN_MS;
  }

  /** Stops the work; the first reason stands, but a lost lease overrides it. */
  stop(reason: StopReason): void {
    if (reason === 'lost' || this.#reason === null) this.#reason = reason;
    this.#stop.abort();
  }

  renewed(validUntil: number): void {
    this.#validUntil = validUntil;
    this.#onBeat();
  }
}

/**
 * Renews all leases of this worker in one statement per heartbeat, and stops the work on those that were lost or cancelled. While
 * Postgres is away nothing is stopped: nobody else can take the runs either, and what must not happen twice asks Postgres first.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #leases = new Map<MessageId, Lease>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#beat(), this.#options.heartbeatMs);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Runs in hand. */
  get size(): number {
    return this.#leases.size;
  }

  /**
   * Keeps a claimed run until {@link release}.
   * @param claimedAt when the claim was sent, by `performance.now()`
   * @param onBeat called after each renewal
   */
  hold(fence: Fence, claimedAt: number, onBeat: () => void): Lease {
    const lease = new Lease(fence, claimedAt + this.#options.leaseMs, onBeat);
    this.#leases.set(fence.runId, lease);
    return lease;
  }

  release(lease: Lease): void {
    if (this.#leases.get(lease.fence.runId) === lease) this.#leases.delete(lease.fence.runId);
  }

  /** Stops the work on a run if it is in hand here. */
  cancel(runId: string): void {
    for (const lease of this.#leases.values()) if (lease.fence.runId === runId) lease.stop('cancelled');
  }

  async #beat(): Promise<void> {
    const held = [...this.#leases.values()];
    if (held.length === 0) return;
    const { runs, workerId, leaseMs, logger } = this.#options;
    const sentAt = performance.now();
    const renewed = await runs.renew(workerId, leaseMs, held.map((lease) => lease.fence)).catch((err: unknown) => {
      logger.warn({ err, runs: held.length }, 'leases not renewed');
      return null;
    });
    if (!renewed) return;
    for (const lease of held) {
      const mine = renewed.get(lease.fence.runId);
      if (mine) lease.renewed(sentAt + leaseMs);
      else if (this.#leases.get(lease.fence.runId) === lease) lease.stop('lost');
      if (mine?.cancelRequested) lease.stop('cancelled');
    }
  }
}
