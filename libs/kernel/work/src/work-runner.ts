import { Fault, Unreachable } from '@openclaw/errors';
import { type Logger, type Redactor, withRequestContext } from '@openclaw/telemetry';
import { backoffMs, type HandledWork, type NewWork, newWork, type WorkOutcome } from './define-work.js';
import { type Lease, leaveAfter } from './lease.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { untilWritten } from './until-written.js';
import type { ClaimedWork, WorkEnding, WorkStore } from './work.store.js';

export interface WorkRunnerDeps {
  readonly store: WorkStore;
  readonly leases: LeaseKeeper;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** Is told of each attempt how it ended, `lost` where another worker has the work; nobody where absent. */
  readonly watch?: (kind: string, outcome: string) => void;
}

export interface WorkRunnerSettings {
  readonly workerId: string;
  readonly leaseMs: number;
  /** How long work may go on once this worker is asked to stop; then it is handed back. */
  readonly finishMs: number;
}

/** The key under which a schedule has one row. */
const SCHEDULE_KEY = 'schedule';
/** How long a handler may go on after its signal; then its row is written as if it had stopped. */
const DEAF_MS_MAX = 5000;
/** Work that met an outage comes again after this long: at once would be into the same outage. */
const OUTAGE_MS = 1000;
const ERROR_CHARACTERS_MAX = 500;

/** How an attempt ended, in the words of a row and of the log. */
interface Ended extends WorkEnding {
  readonly why: 'done' | 'snoozed' | 'cancelled' | 'failed' | 'dead' | 'leaving' | 'outage';
  readonly err?: unknown;
}

/**
 * bell ─► claim what is due longest {lease, attempt} ─► payload ─► handler ─┬─ done ──────────► done, or the schedule's next slot
 *    ▲                                                                      ├─ snoozed ───────► waiting, at no cost
 *    └─ more is due ◄─ row ◄────────────────────────────────────────────────┼─ cancelled ─────► cancelled
 *                                                                           ├─ outage, leaving ► waiting, at no cost
 *                                                                           └─ failed ────────► waiting, later and later, at last dead
 *
 * Does the work of one lane. Whoever lost the work writes nothing.
 */
export class WorkRunner {
  readonly #deps: WorkRunnerDeps;
  readonly #settings: WorkRunnerSettings;
  readonly #works: ReadonlyMap<string, HandledWork>;

  /** @throws Error where a kind has two handlers */
  constructor(works: readonly HandledWork[], deps: WorkRunnerDeps, settings: WorkRunnerSettings) {
    this.#works = new Map(works.map((work) => [work.kind.name, work]));
    if (this.#works.size < works.length) throw new Error('a kind of work has two handlers');
    this.#deps = deps;
    this.#settings = settings;
  }

  /** Does what is due in this lane until nothing is, one thing after the other. @throws Unreachable where Postgres is away at the claim */
  async perform(lane: string, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const kinds = this.kindsOf(lane);
      const sentAt = performance.now();
      const work = await this.#deps.store.claim({ lane, kinds, ...this.#settings });
      if (!work) return;
      await withRequestContext({ request_id: work.id }, () => this.#attempt(work, sentAt, stopping));
    }
  }

  /** Takes work from workers that are gone, and sees to it that each schedule has its next slot. @returns what is due in the lane */
  async sweep(lane: string, max: number): Promise<{ id: string; key: string }[]> {
    const { store, logger } = this.#deps;
    const works = [...this.#works.values()].filter(({ kind }) => kind.policy.lane === lane);
    for (const reaped of await store.reap(works.map(({ kind }) => ({ kind: kind.name, lossesMax: kind.policy.lossesMax })))) {
      logger[reaped.status === 'dead' ? 'error' : 'warn'](
        { work: reaped.id, kind: reaped.kind, status: reaped.status },
        'work lost its worker',
      );
    }
    await store.ensureScheduled(works.flatMap((work) => nextSlot(work, new Date())));
    const due = await store.due(lane, this.kindsOf(lane), max);
    return due.map(({ id, attempt }) => ({ id, key: `${id}-${String(attempt + 1)}` }));
  }

  /** Kinds that nobody here knows, or that are not for here now, are left to a worker that does them. */
  kindsOf(lane: string): string[] {
    return [...this.#works.values()]
      .filter(({ kind, isMine }) => kind.policy.lane === lane && (isMine?.() ?? true))
      .map(({ kind }) => kind.name);
  }

  async #attempt(work: ClaimedWork, sentAt: number, stopping: AbortSignal): Promise<void> {
    const { store, leases, logger } = this.#deps;
    const handled = this.#works.get(work.kind);
    if (!handled) throw new Error(`claimed work of the unknown kind ${work.kind}`);
    const lease = leases.hold(store, work, sentAt);
    const stays = leaveAfter(lease, stopping, this.#settings.finishMs);
    const timer = setTimeout(() => {
      lease.stop('late');
    }, handled.kind.policy.timeoutMs);
    try {
      const { why, err, ...ending } = await this.#end(handled, work, lease);
      const written = lease.reason !== 'lost' && (await untilWritten(() => store.end(work, ending), lease));
      const level = why === 'dead' ? 'error' : why === 'failed' || !written ? 'warn' : 'info';
      logger[level](
        { kind: work.kind, attempt: work.attempt, ...(err === undefined ? {} : { err }) },
        written ? `work ${why}` : 'work lost to another worker',
      );
      this.#deps.watch?.(work.kind, written ? why : 'lost');
    } finally {
      clearTimeout(timer);
      stays();
      leases.release(lease);
    }
  }

  async #end(handled: HandledWork, work: ClaimedWork, lease: Lease): Promise<Ended> {
    if (work.cancelRequested) return this.#cancelled(work);
    try {
      return toEnded(await Promise.race([this.#handle(handled, work, lease), neverHeard(lease.signal)]), handled, work);
      // eslint-disable-next-line no-catch-all/no-catch-all -- a handler is other people's code: whatever it throws is a failure of its work
    } catch (thrown) {
      if (lease.reason === 'cancelled') return this.#cancelled(work);
      if (lease.reason === 'leaving' || lease.reason === 'lost') return { ...waiting(work, 0), why: 'leaving' };
      if (thrown instanceof Unreachable) return { ...waiting(work, OUTAGE_MS), why: 'outage', err: thrown };
      return this.#failed(handled, work, lease.reason === 'late' ? late(handled) : thrown);
    }
  }

  /** In an async function, so that a payload that cannot be read rejects. */
  async #handle({ kind, handle }: HandledWork, work: ClaimedWork, { signal }: Lease): Promise<WorkOutcome> {
    const { id, person, attempt, dueAt } = work;
    return handle(work.payload, { id, person, attempt, dueAt, signal, isLastTry: work.failures + 1 >= kind.policy.tries });
  }

  #failed({ kind }: HandledWork, work: ClaimedWork, err: unknown): Ended {
    const failures = work.failures + 1;
    const isDead = failures >= kind.policy.tries;
    const lastError = this.#deps.redactor.text(describe(err)).slice(0, ERROR_CHARACTERS_MAX).toWellFormed();
    const next = isDead ? 0 : backoffMs(kind.policy.backoff, failures, Math.random());
    return { status: isDead ? 'dead' : 'waiting', next, failures, lastError, why: isDead ? 'dead' : 'failed', err };
  }

  #cancelled({ failures }: ClaimedWork): Ended {
    return { status: 'cancelled', next: 0, failures, lastError: 'It was cancelled while it was worked on.', why: 'cancelled' };
  }
}

/** The row of a schedule's next slot; none where the kind has no schedule. */
function nextSlot({ kind }: HandledWork, after: Date): NewWork[] {
  return kind.schedule ? [{ ...newWork(kind, {}, { person: null, runAt: kind.schedule(after) }), key: SCHEDULE_KEY }] : [];
}

function toEnded(outcome: WorkOutcome, { kind }: HandledWork, work: ClaimedWork): Ended {
  switch (outcome.outcome) {
    case 'done':
      return kind.schedule
        ? { ...waiting(work, kind.schedule(work.claimedAt)), failures: 0, why: 'done' }
        : { status: 'done', next: 0, failures: work.failures, lastError: null, why: 'done' };
    case 'snoozed':
      return { ...waiting(work, outcome.ms), why: 'snoozed' };
    case 'cancelled':
      return { status: 'cancelled', next: 0, failures: work.failures, lastError: outcome.reason, why: 'cancelled' };
  }
}

function waiting({ failures }: ClaimedWork, next: Date | number): WorkEnding {
  return { status: 'waiting', next, failures, lastError: null };
}

/** Rejects where a handler does not stop in time. */
function neverHeard(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const begin = (): void => {
      setTimeout(() => {
        reject(new Error('the handler did not stop when it was told to'));
      }, DEAF_MS_MAX).unref();
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
}

function late({ kind }: HandledWork): Error {
  return new Error(`it took longer than ${String(kind.policy.timeoutMs)} ms`);
}

function describe(err: unknown): string {
  if (err instanceof Fault) return `${err.code}: ${err.message}`;
  return Error.isError(err) ? `${err.name}: ${err.message}` : 'an unknown failure';
}
