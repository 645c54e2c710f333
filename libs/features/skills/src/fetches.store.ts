import type { Database, Statement } from '@openclaw/db';
import { of, statement } from '@openclaw/db';
import { enqueuing, type NewWork, toWorkParameter } from '@openclaw/work';

/** What came of fetching an address. */
export type Fetched =
  | { readonly outcome: 'fetched'; readonly bytes: Buffer }
  /** The address itself is not allowed. */
  | { readonly outcome: 'forbidden'; readonly reason: string }
  /** It could not be had. */
  | { readonly outcome: 'failed'; readonly reason: string };

const ASK = statement({
  name: 'ask_skill_fetch',
  params: { id: 'uuid', address: 'text', work: of<object[]>('jsonb') },
  anybodys: 'the system’s own work: whoever installs waits for it',
  text: `WITH ${enqueuing()}, forgotten AS (DELETE FROM skill_fetches WHERE asked_at < now() - interval '10 minutes')
INSERT INTO skill_fetches (id, address) VALUES (:id, :address)`,
});
const FIND = statement({
  name: 'find_skill_fetch',
  params: { id: 'uuid' },
  row: { address: 'text' },
  text: 'SELECT address FROM skill_fetches WHERE id = :id AND outcome IS NULL',
});
const ANSWER = statement({
  name: 'answer_skill_fetch',
  params: { id: 'uuid', outcome: 'text', reason: 'text?', bytes: 'bytea?' },
  text: 'UPDATE skill_fetches SET outcome = :outcome, reason = :reason, bytes = :bytes WHERE id = :id AND outcome IS NULL',
});
const TAKE = statement({
  name: 'take_skill_fetch',
  params: { id: 'uuid' },
  row: { outcome: 'text', reason: 'text?', bytes: 'bytea?' },
  text: 'DELETE FROM skill_fetches WHERE id = :id AND outcome IS NOT NULL RETURNING outcome, reason, bytes',
});
const DROP = statement({ name: 'drop_skill_fetch', params: { id: 'uuid' }, text: 'DELETE FROM skill_fetches WHERE id = :id' });

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [ASK, FIND, ANSWER, TAKE, DROP];

/** Where a gateway, which has no way out, leaves addresses for a worker, and finds what came of them. */
export class FetchesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param work that fetches it, written in the same statement */
  async ask(id: string, address: string, work: NewWork): Promise<void> {
    await this.#database.query(ASK, { id, address, work: toWorkParameter([work]) });
  }

  /** The address that is to be fetched; null where nobody waits for it any more. */
  async find(id: string): Promise<string | null> {
    const [row] = await this.#database.query(FIND, { id });
    return row?.address ?? null;
  }

  async answer(id: string, fetched: Fetched): Promise<void> {
    const { outcome } = fetched;
    const [reason, bytes] = outcome === 'fetched' ? [null, fetched.bytes] : [fetched.reason, null];
    await this.#database.query(ANSWER, { id, outcome, reason, bytes });
  }

  /** What came of it, once; null while nothing has. */
  async take(id: string): Promise<Fetched | null> {
    const [row] = await this.#database.query(TAKE, { id });
    if (!row) return null;
    if (row.bytes !== null) return { outcome: 'fetched', bytes: row.bytes };
    return { outcome: row.outcome === 'forbidden' ? 'forbidden' : 'failed', reason: row.reason ?? '' };
  }

  /** Nobody waits for it any more. */
  async drop(id: string): Promise<void> {
    await this.#database.query(DROP, { id });
  }
}
