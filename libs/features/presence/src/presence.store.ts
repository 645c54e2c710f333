import type { ProcessInfo } from '@openclaw/words';
import type { Database, Statement } from '@openclaw/db';

export type ProcessKind = 'gateway' | 'worker';

/** A process that is alive, with what it has to say of itself. */
export interface PresentProcess extends ProcessInfo {
  readonly report: Readonly<Record<string, unknown>>;
}

/** Silence after which a process counts as gone. */
const SILENCE_SECONDS = 10;

const BEAT: Statement = {
  name: 'presence_beat',
  text: `INSERT INTO processes (id, kind, host, active, report, seen_at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET active = excluded.active, report = excluded.report, seen_at = excluded.seen_at`,
};
const LEAVE: Statement = { name: 'presence_leave', text: 'DELETE FROM processes WHERE id = $1' };
const ALIVE: Statement = {
  name: 'presence_alive',
  text: `SELECT id, host, started_at, active, report FROM processes
WHERE kind = $1 AND seen_at > clock_timestamp() - interval '${String(SILENCE_SECONDS)} seconds' ORDER BY started_at LIMIT 1000`,
};
const FORGET: Statement = { name: 'presence_forget', text: `DELETE FROM processes WHERE seen_at < clock_timestamp() - interval '1 hour'` };

interface Row {
  id: string;
  host: string;
  started_at: Date;
  active: number;
  report: Record<string, unknown>;
}

/** Who is alive: each process renews its own row, by Postgres' clock. */
export class PresenceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async beat(process: { id: string; kind: ProcessKind; host: string; active: number; report: object }): Promise<void> {
    await this.#database.query(BEAT, [process.id, process.kind, process.host, process.active, process.report]);
  }

  async leave(id: string): Promise<void> {
    await this.#database.query(LEAVE, [id]);
  }

  /** Those heard within the last 10 s, oldest first. */
  async alive(kind: ProcessKind): Promise<PresentProcess[]> {
    const rows = await this.#database.query<Row>(ALIVE, [kind]);
    return rows.map(({ id, host, started_at, active, report }) => ({ id, host, started_at: started_at.toISOString(), active, report }));
  }

  /** Drops the rows of processes that never said goodbye. */
  async forgetGone(): Promise<void> {
    await this.#database.query(FORGET, []);
  }
}
