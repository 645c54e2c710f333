import type { ProcessInfo } from '@openclaw/words';
import { type Database, of, type Statement, statement } from '@openclaw/db';

export type ProcessKind = 'gateway' | 'worker' | 'channels';

/** A process that is alive, with what it has to say of itself. */
export interface PresentProcess extends Omit<ProcessInfo, 'revision'> {
  readonly report: Readonly<Record<string, unknown>>;
}

/** A process, alive or gone without a goodbye. */
export interface KnownProcess {
  readonly kind: ProcessKind;
  readonly host: string;
  /** By Postgres' clock. */
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly silentMs: number;
  readonly report: Readonly<Record<string, unknown>>;
}

/** Silence after which a process counts as gone. */
const SILENCE_SECONDS = 10;
/** The same in milliseconds. */
export const SILENCE_MS = SILENCE_SECONDS * 1000;

const BEAT = statement({
  name: 'presence_beat',
  params: { id: 'text', kind: 'text', host: 'text', active: 'int4', report: of<object>('jsonb') },
  text: `INSERT INTO processes (id, kind, host, active, report, seen_at) VALUES (:id, :kind, :host, :active, :report, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET active = excluded.active, report = excluded.report, seen_at = excluded.seen_at`,
});
const LEAVE = statement({ name: 'presence_leave', params: { id: 'text' }, text: 'DELETE FROM processes WHERE id = :id' });
const ALIVE = statement({
  name: 'presence_alive',
  params: { kind: 'text' },
  row: { id: 'text', host: 'text', started_at: 'timestamptz', active: 'int4', report: of<Record<string, unknown>>('jsonb') },
  text: `SELECT id, host, started_at, active, report FROM processes
WHERE kind = :kind AND seen_at > clock_timestamp() - interval '${String(SILENCE_SECONDS)} seconds' ORDER BY started_at LIMIT 1000`,
});
const KNOWN = statement({
  name: 'presence_known',
  row: {
    kind: of<ProcessKind>('text'),
    host: 'text',
    started_at: 'timestamptz',
    seen_at: 'timestamptz',
    silent_ms: 'float8',
    report: of<Record<string, unknown>>('jsonb'),
  },
  text: `SELECT kind, host, started_at, seen_at, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS silent_ms, report
FROM processes WHERE seen_at > clock_timestamp() - interval '1 minute' ORDER BY started_at LIMIT 1000`,
});
const FORGET = statement({ name: 'presence_forget', text: `DELETE FROM processes WHERE seen_at < clock_timestamp() - interval '1 hour'` });

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [BEAT, LEAVE, ALIVE, KNOWN, FORGET];

/** Who is alive: each process renews its own row, by Postgres' clock. */
export class PresenceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async beat(process: { id: string; kind: ProcessKind; host: string; active: number; report: object }): Promise<void> {
    await this.#database.query(BEAT, process);
  }

  async leave(id: string): Promise<void> {
    await this.#database.query(LEAVE, { id });
  }

  /** Those heard within the last 10 s, oldest first. */
  async alive(kind: ProcessKind): Promise<PresentProcess[]> {
    const rows = await this.#database.query(ALIVE, { kind });
    return rows.map(({ id, host, started_at, active, report }) => ({ id, host, started_at: started_at.toISOString(), active, report }));
  }

  /** Those heard within the last minute, oldest first: whoever said goodbye is not among them. */
  async known(): Promise<KnownProcess[]> {
    const rows = await this.#database.query(KNOWN);
    return rows.map(({ started_at: startedAt, seen_at: seenAt, silent_ms: silentMs, ...rest }) => ({
      ...rest,
      startedAt,
      seenAt,
      silentMs,
    }));
  }

  /** Drops the rows of processes that never said goodbye. */
  async forgetGone(): Promise<void> {
    await this.#database.query(FORGET);
  }
}
