import { idToUuid, uuidToId, type WorkId } from '@openclaw/words';
import { type Database, of, type Query, statement, type Statement } from '@openclaw/db';
import type { NewWork } from './define-work.js';
import type { Held, Renewal } from './lease-keeper.js';

/** `again` is what a status becomes where the work was asked for once more while it was worked on. */
export type WorkStatus = 'waiting' | 'working' | 'done' | 'dead' | 'cancelled';

/** Work in the hands of the worker that claimed it. */
export interface ClaimedWork extends Held {
  readonly id: WorkId;
  readonly kind: string;
  readonly person: string | null;
  readonly payload: unknown;
  readonly losses: number;
  readonly failures: number;
  readonly dueAt: Date;
  /** Postgres' time at the claim. */
  readonly claimedAt: Date;
  readonly cancelRequested: boolean;
}

/** How an attempt leaves its row. */
export interface WorkEnding {
  /** `waiting`: another attempt follows. */
  readonly status: Exclude<WorkStatus, 'working'>;
  /** For `waiting`: at this time, or so many milliseconds from now. */
  readonly next: Date | number;
  readonly failures: number;
  readonly lastError: string | null;
}

/** A row as a person looks at it. */
export interface WorkRecord {
  readonly id: WorkId;
  readonly kind: string;
  readonly key: string | null;
  readonly person: string | null;
  readonly status: WorkStatus;
  readonly attempt: number;
  readonly losses: number;
  readonly failures: number;
  readonly run_at: Date;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly last_error: string | null;
}

/** What a kind's rows may lose before they are dead. */
export interface LossLimit {
  readonly kind: string;
  readonly lossesMax: number;
}

/** The column keeps milliseconds and would round up: what is wanted at once must not be due half a millisecond later. */
const AT_ONCE = `date_trunc('milliseconds', now())`;

/**
 * A part of another statement, named `enqueued`: writes the work of its parameter `:work` (`jsonb`, see {@link toWorkParameter}) in
 * the same transaction as whatever else the statement writes. What waits already under the same key is not written twice; what is
 * worked on is told to come once more, since its worker may have read before this change.
 * @param condition SQL that must hold, e.g. `EXISTS (SELECT FROM done)`
 */
export function enqueuing(condition = 'true'): string {
  return `enqueued AS (
  INSERT INTO work AS live (id, kind, key, person, lane, payload, run_at)
  SELECT asked.id, asked.kind, asked.key, asked.person, asked.lane, asked.payload, coalesce(asked.run_at, ${AT_ONCE})
  FROM jsonb_to_recordset(:work) AS asked(id uuid, kind text, key text, person text, lane text, payload jsonb, run_at timestamptz)
  WHERE ${condition}
  ON CONFLICT (kind, key) WHERE status IN ('waiting', 'working') DO UPDATE
  SET payload = excluded.payload, again = live.status = 'working',
    run_at = CASE WHEN live.status = 'waiting' AND live.failures = 0 THEN least(live.run_at, excluded.run_at) ELSE live.run_at END
  RETURNING live.id)`;
}

/** The value of `:work`; of several with one key the last. */
export function toWorkParameter(work: readonly NewWork[]): object[] {
  const byKey = new Map(work.map((each) => [each.key === null ? each.id : `${each.kind} ${each.key}`, each]));
  return [...byKey.values()].map(({ id, runAt, ...rest }) => ({ ...rest, id: idToUuid(id), run_at: runAt }));
}

/** Why none of these names a person. */
const MECHANISM = 'it is done for everybody: a handler acts for the person that its row names';

const ENQUEUE = statement({
  anybodys: MECHANISM,
  name: 'enqueue_work',
  params: { work: of<object[]>('jsonb') },
  row: { id: 'uuid' },
  text: `WITH ${enqueuing()} SELECT id FROM enqueued`,
});

/** Where the newest slot of a schedule is over or dead, the next one; one per kind, whoever asks. */
const ENSURE_SCHEDULED = statement({
  anybodys: MECHANISM,
  name: 'ensure_scheduled_work',
  params: { work: of<object[]>('jsonb') },
  text: `INSERT INTO work (id, kind, key, lane, payload, run_at)
SELECT asked.id, asked.kind, asked.key, asked.lane, '{}', asked.run_at
FROM jsonb_to_recordset(:work) AS asked(id uuid, kind text, key text, lane text, run_at timestamptz)
WHERE NOT EXISTS (SELECT FROM work live WHERE live.kind = asked.kind AND live.key = asked.key AND live.status IN ('waiting', 'working'))
ON CONFLICT DO NOTHING`,
});

/** The one that has been due longest; what another worker is just claiming is stepped over. */
const CLAIM = statement({
  anybodys: MECHANISM,
  name: 'claim_work',
  params: { lane: 'text', kinds: 'text[]', workerId: 'text', leaseMs: 'int4' },
  row: {
    id: 'uuid',
    kind: 'text',
    person: 'text?',
    payload: of<unknown>('jsonb'),
    attempt: 'int4',
    losses: 'int4',
    failures: 'int4',
    run_at: 'timestamptz',
    claimed_at: 'timestamptz',
    cancel_requested: 'bool',
  },
  pipelined: true,
  text: `WITH next AS MATERIALIZED (
  SELECT id FROM work WHERE lane = :lane AND status = 'waiting' AND run_at <= now() AND kind = ANY(:kinds)
  ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE work SET status = 'working', attempt = attempt + 1, worker_id = :workerId, lease_until = clock_timestamp() + :leaseMs * interval '1 ms'
FROM next WHERE work.id = next.id
RETURNING work.id, kind, person, payload, attempt, losses, failures, run_at, clock_timestamp() AS claimed_at,
  cancel_requested_at IS NOT NULL AS cancel_requested`,
});

const RENEW = statement({
  anybodys: MECHANISM,
  name: 'renew_work',
  params: { workerId: 'text', leaseMs: 'int4', ids: 'uuid[]', attempts: 'int4[]' },
  row: { id: 'uuid', cancel_requested: 'bool' },
  text: `UPDATE work SET lease_until = clock_timestamp() + :leaseMs * interval '1 ms'
FROM unnest(:ids, :attempts) AS mine(id, attempt)
WHERE work.id = mine.id AND work.attempt = mine.attempt AND work.status = 'working' AND work.worker_id = :workerId
RETURNING work.id, work.cancel_requested_at IS NOT NULL AS cancel_requested`,
});

/** Over, unless it was asked for once more meanwhile: then it waits anew, as if it had never failed. */
const END = statement({
  anybodys: MECHANISM,
  name: 'end_work',
  params: {
    id: 'uuid',
    attempt: 'int4',
    status: of<WorkStatus>('work_status'),
    delayMs: 'float8',
    runAt: 'timestamptz?',
    failures: 'int4',
    lastError: 'text?',
  },
  row: { id: 'uuid' },
  pipelined: true,
  text: `UPDATE work SET
  status = CASE WHEN again AND :status <> 'waiting' THEN 'waiting' ELSE :status END,
  failures = CASE WHEN again AND :status <> 'waiting' THEN 0 ELSE :failures END,
  run_at = CASE WHEN :status = 'waiting' THEN coalesce(:runAt, clock_timestamp() + :delayMs * interval '1 ms') WHEN again THEN ${AT_ONCE} ELSE run_at END,
  finished_at = CASE WHEN :status <> 'waiting' AND NOT again THEN clock_timestamp() END,
  last_error = :lastError, worker_id = NULL, lease_until = NULL, again = false
WHERE id = :id AND attempt = :attempt AND status = 'working' RETURNING id`,
});

/** A lease that ran out is a lost worker: the work waits again, or is dead where it lost too many. Kinds unknown here are left alone. */
const REAP = statement({
  anybodys: MECHANISM,
  name: 'reap_work',
  params: { kinds: 'text[]', lossesMax: 'int4[]', reason: 'text' },
  row: { id: 'uuid', kind: 'text', status: of<WorkStatus>('work_status') },
  text: `UPDATE work SET losses = work.losses + 1, worker_id = NULL, lease_until = NULL,
  status = CASE WHEN work.losses < limits.losses_max THEN 'waiting' ELSE 'dead' END::work_status,
  last_error = CASE WHEN work.losses < limits.losses_max THEN work.last_error ELSE :reason END,
  finished_at = CASE WHEN work.losses < limits.losses_max THEN NULL ELSE clock_timestamp() END
FROM unnest(:kinds, :lossesMax) AS limits(kind, losses_max)
WHERE work.kind = limits.kind AND work.status = 'working' AND work.lease_until < now()
RETURNING work.id, work.kind, work.status`,
});

const DUE = statement({
  anybodys: MECHANISM,
  name: 'due_work',
  params: { lane: 'text', kinds: 'text[]', max: 'int4' },
  row: { id: 'uuid', attempt: 'int4' },
  text: `SELECT id, attempt FROM work WHERE lane = :lane AND status = 'waiting' AND run_at <= now() AND kind = ANY(:kinds)
ORDER BY run_at, id LIMIT :max`,
});

/** Over at once where nobody works on it; else its worker is told at its next heartbeat. */
const REQUEST_CANCEL = statement({
  anybodys: MECHANISM,
  name: 'request_cancel_work',
  params: { id: 'uuid', reason: 'text' },
  row: { status: of<WorkStatus>('work_status') },
  text: `UPDATE work SET cancel_requested_at = coalesce(cancel_requested_at, now()),
  status = CASE WHEN status = 'waiting' THEN 'cancelled' ELSE status END, last_error = CASE WHEN status = 'waiting' THEN :reason ELSE last_error END,
  finished_at = CASE WHEN status = 'waiting' THEN now() END
WHERE id = :id AND status IN ('waiting', 'working') RETURNING status`,
});

const LIST = statement({
  anybodys: MECHANISM,
  name: 'list_work',
  params: { statuses: of<readonly WorkStatus[]>('work_status[]'), max: 'int4' },
  row: {
    id: 'uuid',
    kind: 'text',
    key: 'text?',
    person: 'text?',
    status: of<WorkStatus>('work_status'),
    attempt: 'int4',
    losses: 'int4',
    failures: 'int4',
    run_at: 'timestamptz',
    created_at: 'timestamptz',
    finished_at: 'timestamptz?',
    last_error: 'text?',
  },
  text: `SELECT id, kind, key, person, status, attempt, losses, failures, run_at, created_at, finished_at, last_error
FROM work WHERE status = ANY(:statuses) ORDER BY created_at DESC, id DESC LIMIT :max`,
});

/** A dead letter whose work was asked for anew stays dead: the other one does it. */
const RETRY = statement({
  anybodys: MECHANISM,
  name: 'retry_work',
  params: { id: 'uuid' },
  row: { found: 'bool', lane: 'text?' },
  text: `WITH rung AS (
  UPDATE work SET status = 'waiting', failures = 0, losses = 0, run_at = ${AT_ONCE}, finished_at = NULL, cancel_requested_at = NULL
  WHERE id = :id AND status = 'dead'
    AND NOT EXISTS (SELECT FROM work live WHERE live.kind = work.kind AND live.key = work.key AND live.status IN ('waiting', 'working'))
  RETURNING lane)
SELECT EXISTS (SELECT FROM work WHERE id = :id AND status = 'dead') AS found, (SELECT lane FROM rung) AS lane`,
});

/** A slot that a schedule waits for is no backlog. */
const COUNTS = statement({
  anybodys: MECHANISM,
  name: 'count_work',
  row: { delayed: 'int4', dead: 'int4' },
  text: `SELECT (SELECT count(*)::int FROM work WHERE status = 'waiting' AND run_at > now() AND coalesce(key NOT LIKE 'schedule%', true)) AS delayed,
  (SELECT count(*)::int FROM work WHERE status = 'dead') AS dead`,
});

const FORGET = statement({
  anybodys: MECHANISM,
  name: 'forget_work',
  params: { max: 'int4' },
  row: { id: 'uuid' },
  text: `DELETE FROM work WHERE id IN (
  SELECT id FROM work WHERE (status IN ('done', 'cancelled') AND finished_at < now() - interval '1 day')
    OR (status = 'dead' AND finished_at < now() - interval '30 days') LIMIT :max)
RETURNING id`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [
  ENQUEUE,
  ENSURE_SCHEDULED,
  CLAIM,
  RENEW,
  END,
  REAP,
  DUE,
  REQUEST_CANCEL,
  LIST,
  RETRY,
  COUNTS,
  FORGET,
];

const FORGET_AT_ONCE = 2000;

/** The record of all durable work but runs. Each step is a single compare-and-set; whoever lost the work changes nothing and learns so. */
export class WorkStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes what is asked for. @param query the transaction that it belongs to; one of its own by default */
  async enqueue(work: readonly NewWork[], query: Query = this.#database.query): Promise<void> {
    if (work.length > 0) await query(ENQUEUE, { work: toWorkParameter(work) });
  }

  /** Writes the next slot of each, where none waits. */
  async ensureScheduled(work: readonly NewWork[]): Promise<void> {
    if (work.length > 0) await this.#database.query(ENSURE_SCHEDULED, { work: toWorkParameter(work) });
  }

  /** Takes what has been due longest of these kinds; null where nothing is. */
  async claim(claim: { lane: string; kinds: readonly string[]; workerId: string; leaseMs: number }): Promise<ClaimedWork | null> {
    const [row] = await this.#database.query(CLAIM, claim);
    if (!row) return null;
    const { id, run_at: dueAt, claimed_at: claimedAt, cancel_requested: cancelRequested, ...rest } = row;
    return { ...rest, id: uuidToId('work', id), dueAt, claimedAt, cancelRequested };
  }

  /** @returns of those held the ones that are still this worker's, and whether each is to be cancelled */
  async renew(workerId: string, leaseMs: number, held: readonly Held[]): Promise<ReadonlyMap<string, Renewal>> {
    const ids = held.map(({ id }) => idToUuid(id as WorkId)); // only what this store claimed is held for it
    const rows = await this.#database.query(RENEW, { workerId, leaseMs, ids, attempts: held.map(({ attempt }) => attempt) });
    return new Map(rows.map((row) => [uuidToId('work', row.id), { cancelRequested: row.cancel_requested }]));
  }

  /** @returns false where the work was lost: then nothing is written */
  async end({ id, attempt }: Pick<ClaimedWork, 'id' | 'attempt'>, { next, ...ending }: WorkEnding): Promise<boolean> {
    const when = typeof next === 'number' ? { delayMs: next, runAt: null } : { delayMs: 0, runAt: next };
    return (await this.#database.query(END, { ...ending, ...when, id: idToUuid(id), attempt })).length === 1;
  }

  /** Takes work from workers that are gone. @returns what it did with each */
  async reap(limits: readonly LossLimit[]): Promise<{ id: WorkId; kind: string; status: WorkStatus }[]> {
    const reason = 'The workers on this were lost again and again; their logs say why.';
    const values = { kinds: limits.map(({ kind }) => kind), lossesMax: limits.map(({ lossesMax }) => lossesMax), reason };
    return (await this.#database.query(REAP, values)).map((row) => ({ ...row, id: uuidToId('work', row.id) }));
  }

  /** What of these kinds is due now, longest first. */
  async due(lane: string, kinds: readonly string[], max: number): Promise<{ id: WorkId; attempt: number }[]> {
    return (await this.#database.query(DUE, { lane, kinds, max })).map((row) => ({ ...row, id: uuidToId('work', row.id) }));
  }

  /** @returns the state it is in now, null where it was over already */
  async requestCancel(id: WorkId, reason: string): Promise<WorkStatus | null> {
    const [row] = await this.#database.query(REQUEST_CANCEL, { id: idToUuid(id), reason });
    return row?.status ?? null;
  }

  /** Newest first, at most 1000. */
  async list(statuses: readonly WorkStatus[]): Promise<WorkRecord[]> {
    return (await this.#database.query(LIST, { statuses, max: 1000 })).map((row) => ({ ...row, id: uuidToId('work', row.id) }));
  }

  /** Has a dead letter tried again. `superseded`: the same work was asked for anew, and that one does it. */
  async retry(id: WorkId): Promise<{ readonly rung: string } | 'superseded' | 'not dead'> {
    const [row] = await this.#database.query(RETRY, { id: idToUuid(id) });
    if (row && row.lane !== null) return { rung: row.lane };
    return row?.found ? 'superseded' : 'not dead';
  }

  /** What waits for a later time, and dead letters. */
  async counts(): Promise<{ delayed: number; dead: number }> {
    const [row] = await this.#database.query(COUNTS);
    return row ?? { delayed: 0, dead: 0 };
  }

  /** Drops what was done or cancelled a day ago and what has been dead for thirty. @returns how many */
  async forget(): Promise<number> {
    for (let total = 0; ;) {
      const { length } = await this.#database.query(FORGET, { max: FORGET_AT_ONCE });
      total += length;
      if (length < FORGET_AT_ONCE) return total;
    }
  }
}
