import { type Caller, idToUuid, type MessageId } from '@openclaw/words';
import { type Database, type OwnedStatement, ownedStatement, statement, type Statement } from '@openclaw/db';
import type { LogPage } from '@openclaw/events';
import type { Fence } from './run.types.js';

const IS_SEEN = `(:sees IS NULL OR EXISTS (
  SELECT FROM conversations WHERE conversations.id = runs.conversation_id AND person = :sees))`;

/** Fenced like every write of an attempt: the lock makes it wait for a claim that is under way. Written again, it stays the same. */
const BY_RUN = 'written and read by the worker that has the run';
const STORE_LOG_PAGE = statement({
  anybodys: BY_RUN,
  name: 'store_log_page',
  params: { runId: 'uuid', attempt: 'int4', firstSeq: 'int4', lastSeq: 'int4', events: 'text' },
  row: { run_id: 'uuid' },
  text: `WITH mine AS (SELECT id FROM runs WHERE id = :runId AND attempt = :attempt AND status = 'processing' FOR SHARE)
INSERT INTO run_log_pages (run_id, first_seq, last_seq, events) SELECT id, :firstSeq, :lastSeq, :events FROM mine
ON CONFLICT (run_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, events = excluded.events RETURNING run_id`,
});
const LOG_STORED_THROUGH = statement({
  anybodys: BY_RUN,
  name: 'log_stored_through',
  params: { runId: 'uuid' },
  row: { seq: 'int4' },
  text: 'SELECT coalesce(max(last_seq), 0) AS seq FROM run_log_pages WHERE run_id = :runId',
});
/** The page with the event `seq`, or what follows the pages. */
const FIND_LOG_PAGE = ownedStatement({
  name: 'find_log_page',
  params: { runId: 'uuid', seq: 'int4' },
  row: { is_over: 'bool', events: 'text' },
  text: `SELECT runs.events IS NOT NULL AS is_over, coalesce(page.events, runs.events, '[]') AS events
FROM runs LEFT JOIN LATERAL (
  SELECT events FROM run_log_pages WHERE run_id = runs.id AND first_seq <= :seq AND last_seq >= :seq ORDER BY first_seq DESC LIMIT 1) page ON true
WHERE runs.id = :runId AND ${IS_SEEN}`,
});
const FIND_LAST_EVENT = ownedStatement({
  name: 'find_last_event',
  params: { runId: 'uuid' },
  row: { event: 'text?' },
  text: `SELECT events::json ->> -1 AS event FROM runs WHERE id = :runId AND ${IS_SEEN}`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [STORE_LOG_PAGE, LOG_STORED_THROUGH, FIND_LOG_PAGE, FIND_LAST_EVENT];

/** Event logs as Postgres keeps them: pages of long ones while the run goes on, and what follows the pages once it is over. */
export class LogStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a part of the log while the run goes on. @returns false where it was lost */
  async storePage(fence: Fence, page: LogPage): Promise<boolean> {
    const values = { runId: idToUuid(fence.runId), attempt: fence.attempt, ...page };
    return (await this.#database.query(STORE_LOG_PAGE, values)).length === 1;
  }

  /** The seq up to which the pages of the log go; 0 where it has none. */
  async storedThrough(runId: MessageId): Promise<number> {
    const [row] = await this.#database.query(LOG_STORED_THROUGH, { runId: idToUuid(runId) });
    return row?.seq ?? 0;
  }

  /**
   * What is kept of the log from a seq on, as a JSON array that may begin before it: a page, or what follows the pages once the run
   * is over; empty where nothing is kept. undefined where there is no such run.
   */
  async findPage(
    caller: Caller,
    runId: MessageId,
    seq: number,
  ): Promise<{ readonly isOver: boolean; readonly events: string } | undefined> {
    const [row] = await this.#database.as(caller)(FIND_LOG_PAGE, { runId: idToUuid(runId), seq });
    return row && { isOver: row.is_over, events: row.events };
  }

  /** The terminal event as JSON; null while the run goes on, undefined where there is no such run. */
  async findLastEvent(caller: Caller, runId: MessageId): Promise<string | null | undefined> {
    const [row] = await this.#database.as(caller)(FIND_LAST_EVENT, { runId: idToUuid(runId) });
    return row && row.event;
  }
}
