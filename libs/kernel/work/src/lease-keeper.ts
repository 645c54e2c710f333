import type { Logger } from '@openclaw/telemetry';
import { Lease } from './lease.js';

/** One attempt at one thing: its id and the fence. */
export interface Held {
  readonly id: string;
  readonly attempt: number;
}

/** What a heartbeat learns of one that is still this worker's. */
export interface Renewal {
  readonly cancelRequested: boolean;
}

/** A table whose rows are leased. */
export interface LeasedTable {
  /** Renews in one statement. @returns of those held the ones that are still this worker's, by id */
  renew(workerId: string, leaseMs: number, held: readonly Held[]): Promise<ReadonlyMap<string, Renewal>>;
}

export interface LeaseKeeperOptions {
  readonly workerId: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly logger: Logger;
}

interface Holding {
  readonly table: LeasedTable;
  readonly held: Held;
  readonly lease: Lease;
}

/**
 * Renews all leases of this worker, in one statement per table and heartbeat, and stops the work on those that were lost or cancelled.
 * While Postgres is away nothing is stopped: nobody else can take the work either, and what must not happen twice asks Postgres first.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #holdings = new Map<string, Holding>();
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

  /** What is in hand of a table. */
  sizeOf(table: LeasedTable): number {
    return this.#of(table).length;
  }

  /**
   * Keeps what was claimed until {@link release}.
   * @param claimedAt when the claim was sent, by `performance.now()`
   * @param onBeat called after each renewal
   */
  hold(table: LeasedTable, held: Held, claimedAt: number, onBeat?: () => void): Lease {
    const lease = new Lease(claimedAt + this.#options.leaseMs, onBeat);
    this.#holdings.set(held.id, { table, held, lease });
    return lease;
  }

  release(lease: Lease): void {
    for (const [id, holding] of this.#holdings) if (holding.lease === lease) this.#holdings.delete(id);
  }

  /** Whether it is in hand here. */
  holds(id: string): boolean {
    return this.#holdings.has(id);
  }

  /** Stops the work on one thing if it is in hand here. */
  cancel(id: string): void {
    this.#holdings.get(id)?.lease.stop('cancelled');
  }

  #of(table: LeasedTable): Holding[] {
    return [...this.#holdings.values()].filter((holding) => holding.table === table);
  }

  async #beat(): Promise<void> {
    const tables = new Set([...this.#holdings.values()].map(({ table }) => table));
    await Promise.all([...tables].map((table) => this.#renew(table, this.#of(table))));
  }

  async #renew(table: LeasedTable, holdings: readonly Holding[]): Promise<void> {
    const { workerId, leaseMs, logger } = this.#options;
    const sentAt = performance.now();
    const renewed = await table
      .renew(
        workerId,
        leaseMs,
        holdings.map(({ held }) => held),
      )
      .catch((err: unknown) => {
        logger.warn({ err, held: holdings.length }, 'leases not renewed');
        return null;
      });
    if (!renewed) return;
    for (const { held, lease } of holdings) {
      const mine = renewed.get(held.id);
      if (mine) lease.renewed(sentAt + leaseMs);
      else if (this.#holdings.get(held.id)?.lease === lease) lease.stop('lost');
      if (mine?.cancelRequested) lease.stop('cancelled');
    }
  }
}
