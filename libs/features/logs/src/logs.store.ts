import { idToUuid, type MessageId } from '@openclaw/words';
import { type Database, type Row, type Statement, statement } from '@openclaw/db';
import { type Level, LEVELS, type LogLine } from './log-line.schema.js';
import { fold, type StoredLine } from './stored-line.js';

/** Which lines are asked for. */
export interface LineFilter {
  readonly level: Level;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly component?: string | undefined;
  readonly requestId?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly messageId?: MessageId | undefined;
  readonly q?: string | undefined;
}

/** The newest lines of a filter, and how many it has. */
export interface LinePage {
  /** By their time, the newest last. */
  readonly lines: readonly LogLine[];
  readonly total: number;
  /** False: there are at least as many. */
  readonly isExact: boolean;
}

/** What follows a position. */
export interface LinesAfter {
  /** The oldest line that is kept, and the newest: one less where there is none. */
  readonly first: number;
  readonly last: number;
  /** By their position. */
  readonly lines: readonly LogLine[];
  /** Up to here nothing was left out but what the filter leaves out. */
  readonly through: number;
}

/** What lets the oldest lines go. */
export interface Retention {
  readonly bytesMax: number;
  readonly daysMax: number;
}

/** Lines that a page counts; there may be more. */
const COUNTED_MAX = 10_000;
/** A text shorter than this has no index: it is looked for among the newest lines alone. */
const INDEXED_CHARACTERS_MIN = 3;
const RECENT_INDEXED = 5000;
const RECENT_SHORT = 50_000;
/** Lines that following looks at, and gives, in one go. */
const WINDOW = 10_000;
const GIVEN_MAX = 500;
/** Lines that go at once. */
const TRIMMED_MAX = 2000;
/** What a line takes on disk beside its text: its ids, its row, and its places in the indexes; measured over a million. */
const LINE_BYTES = 430;

const COLUMNS = 'position, time, level, component, host, request_id, conversation_id, message_id, line';
const LINE = {
  position: 'int8',
  time: 'timestamptz',
  level: 'int4',
  component: 'text',
  host: 'text',
  request_id: 'text?',
  conversation_id: 'text?',
  message_id: 'text?',
  line: 'text',
} as const;
const ROW = { ...LINE, total: 'int4' } as const;
const FILTER = {
  level: 'int4',
  since: 'timestamptz',
  until: 'timestamptz',
  component: 'text?',
  requestId: 'text?',
  conversationId: 'text?',
  messageId: 'uuid?',
  pattern: 'text?',
} as const;
const PAGED = { ...FILTER, lines: 'int4', countedMax: 'int4' } as const;
/** The request that brought a message, be it the question or the reply. */
const REQUEST_OF = `SELECT request_id FROM runs WHERE conversation_id = (SELECT conversation_id FROM messages WHERE id = :messageId)
  AND (id = :messageId OR question_id = :messageId)`;
const MATCHES = `level >= :level AND time BETWEEN :since AND :until AND (:component IS NULL OR component = :component)
AND (:requestId IS NULL OR request_id = :requestId) AND (:conversationId IS NULL OR conversation_id = :conversationId)
AND (:messageId IS NULL OR request_id IN (${REQUEST_OF})) AND (:pattern IS NULL OR text LIKE :pattern)`;
const ALL = 'the route takes the scope admin, which sees everybody’s';

/** Filters that are null are none to the planner, which knows the values: it takes the index that leaves the fewest lines. */
const PAGE = statement({
  anybodys: ALL,
  planned: 'anew',
  name: 'page_logs',
  params: PAGED,
  row: ROW,
  text: `WITH counted AS (SELECT count(*)::int4 AS total FROM (SELECT FROM log_lines WHERE ${MATCHES} LIMIT :countedMax) matched)
SELECT ${COLUMNS}, total FROM (SELECT * FROM log_lines WHERE ${MATCHES} ORDER BY time DESC, position DESC LIMIT :lines) page, counted
ORDER BY time, position`,
});
/** What many lines have is among the newest; what few have is found by the index of texts. */
const PAGE_OF_TEXT = statement({
  anybodys: ALL,
  planned: 'anew',
  name: 'page_logs_of_text',
  params: { ...PAGED, recent: 'int4', isIndexed: 'bool' },
  row: { ...ROW, looked_all: 'bool' },
  text: `WITH newest AS (SELECT * FROM log_lines WHERE time BETWEEN :since AND :until ORDER BY time DESC, position DESC LIMIT :recent),
recent AS MATERIALIZED (SELECT * FROM newest WHERE ${MATCHES} ORDER BY time DESC, position DESC LIMIT greatest(:lines, CASE WHEN :isIndexed THEN 0 ELSE :countedMax END)),
enough AS MATERIALIZED (SELECT NOT :isIndexed OR count(*) >= :lines AS yes FROM recent),
older AS (SELECT * FROM log_lines WHERE NOT (SELECT yes FROM enough) AND ${MATCHES} ORDER BY time DESC, position DESC LIMIT :lines),
page AS (SELECT * FROM (SELECT * FROM recent WHERE (SELECT yes FROM enough) UNION ALL SELECT * FROM older) both_of ORDER BY time DESC, position DESC LIMIT :lines),
counted AS (SELECT CASE WHEN :isIndexed THEN (SELECT count(*) FROM (SELECT FROM log_lines WHERE ${MATCHES} LIMIT :countedMax) matched)
  ELSE (SELECT count(*) FROM recent) END::int4 AS total)
SELECT ${COLUMNS}, total, (:isIndexed OR (SELECT last - first + 1 <= :recent FROM log_store)) AS looked_all FROM page, counted ORDER BY time, position`,
});
const FOLLOW = statement({
  anybodys: ALL,
  planned: 'anew',
  name: 'follow_logs',
  params: { ...FILTER, after: 'int8', window: 'int4', given: 'int4' },
  row: {
    first: 'int8',
    last: 'int8',
    position: 'int8?',
    time: 'timestamptz?',
    level: 'int4?',
    component: 'text?',
    host: 'text?',
    request_id: 'text?',
    conversation_id: 'text?',
    message_id: 'text?',
    line: 'text?',
  },
  text: `SELECT first, last, found.* FROM log_store LEFT JOIN LATERAL (
  SELECT ${COLUMNS} FROM log_lines WHERE position > greatest(:after, first - 1) AND position <= greatest(:after, first - 1) + :window AND ${MATCHES} ORDER BY position LIMIT :given
) found ON true ORDER BY position`,
});
const WRITE = statement({
  name: 'write_logs',
  params: {
    writer: 'uuid',
    batch: 'int4',
    times: 'timestamptz[]',
    levels: 'int4[]',
    components: 'text[]',
    hosts: 'text[]',
    requestIds: 'text[]',
    conversationIds: 'text[]',
    messageIds: 'text[]',
    lines: 'text[]',
    texts: 'text[]',
    bytes: 'int8',
  },
  row: { bytes: 'int8' },
  text: `WITH mine AS (
  INSERT INTO log_writers (id, batch) VALUES (:writer, :batch)
  ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, seen_at = now() WHERE log_writers.batch < excluded.batch RETURNING id),
room AS (
  UPDATE log_store SET last = last + cardinality(:lines), bytes = bytes + :bytes WHERE (SELECT count(*) FROM mine) = 1 RETURNING last, bytes),
written AS (
  INSERT INTO log_lines (position, time, level, component, host, request_id, conversation_id, message_id, line, text)
  SELECT room.last - cardinality(:lines) + place, at, degree, part, machine, nullif(request, ''), nullif(conversation, ''), nullif(message, ''), said, found_by
  FROM room, unnest(:times, :levels, :components, :hosts, :requestIds, :conversationIds, :messageIds, :lines, :texts)
    WITH ORDINALITY AS given(at, degree, part, machine, request, conversation, message, said, found_by, place))
SELECT bytes FROM room`,
});
/** Of several that trim at once, one does: what goes is always the beginning. */
const TRIM = statement({
  name: 'trim_logs',
  params: { bytesMax: 'int8', daysMax: 'int4', trimmedMax: 'int4', lineBytes: 'int4' },
  row: { gone: 'int8' },
  text: `WITH state AS MATERIALIZED (SELECT first, last, bytes FROM log_store WHERE pg_try_advisory_xact_lock(79, 1)),
oldest AS MATERIALIZED (SELECT position, time FROM log_lines WHERE position >= (SELECT first FROM state) ORDER BY position LIMIT :trimmedMax),
edge AS MATERIALIZED (SELECT CASE WHEN (SELECT bytes FROM state) > :bytesMax THEN (SELECT max(position) FROM oldest)
  ELSE (SELECT max(position) FROM oldest WHERE time < now() - make_interval(days => :daysMax)) END AS position),
gone AS (
  DELETE FROM log_lines WHERE position >= (SELECT first FROM state) AND position <= (SELECT position FROM edge)
  RETURNING position, octet_length(line) + octet_length(text) + :lineBytes AS bytes)
UPDATE log_store SET first = (SELECT max(position) + 1 FROM gone), bytes = log_store.bytes - (SELECT sum(bytes) FROM gone)
WHERE EXISTS (SELECT FROM gone) RETURNING (SELECT count(*) FROM gone) AS gone`,
});
const LAST = statement({ name: 'last_log', row: { last: 'int8' }, text: 'SELECT last FROM log_store' });
const FORGET_WRITERS = statement({ name: 'forget_log_writers', text: `DELETE FROM log_writers WHERE seen_at < now() - interval '2 days'` });

/** All statements, for the test that holds them to the schema. */
export const statements: readonly Statement[] = [PAGE, PAGE_OF_TEXT, FOLLOW, WRITE, TRIM, LAST, FORGET_WRITERS];

/** Lines of every process of the house, in the order in which they arrived. */
export class LogsStore {
  readonly #database: Pick<Database, 'query'>;

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database;
  }

  /**
   * Keeps a batch, whole or not at all, after all that is there; once, however often it is sent.
   * @param batch one more than the writer's last @returns what all lines take; null where this batch was kept before
   */
  async write(writer: string, batch: number, lines: readonly StoredLine[]): Promise<number | null> {
    const bytes = lines.reduce((sum, { line, text }) => sum + Buffer.byteLength(line) + Buffer.byteLength(text) + LINE_BYTES, 0);
    const [row] = await this.#database.query(WRITE, {
      writer,
      batch,
      times: lines.map(({ time }) => time),
      levels: lines.map(({ level }) => level),
      components: lines.map(({ component }) => component),
      hosts: lines.map(({ host }) => host),
      requestIds: lines.map(({ requestId }) => requestId ?? ''),
      conversationIds: lines.map(({ conversationId }) => conversationId ?? ''),
      messageIds: lines.map(({ messageId }) => messageId ?? ''),
      lines: lines.map(({ line }) => line),
      texts: lines.map(({ text }) => text),
      bytes,
    });
    return row ? Number(row.bytes) : null;
  }

  /** The newest lines of a filter. */
  async page(filter: LineFilter, lines: number): Promise<LinePage> {
    const params = { ...paramsOf(filter), lines, countedMax: COUNTED_MAX + 1 };
    const { q } = filter;
    if (q !== undefined && !hasFew(filter)) {
      const isIndexed = q.length >= INDEXED_CHARACTERS_MIN;
      const rows = await this.#database.query(PAGE_OF_TEXT, { ...params, recent: isIndexed ? RECENT_INDEXED : RECENT_SHORT, isIndexed });
      return toPage(rows, rows[0]?.looked_all ?? isIndexed);
    }
    return toPage(await this.#database.query(PAGE, params), true);
  }

  /** What follows `after`, as far as one look goes. */
  async follow(filter: LineFilter, after: number): Promise<LinesAfter> {
    const rows = await this.#database.query(FOLLOW, { ...paramsOf(filter), after, window: WINDOW, given: GIVEN_MAX });
    const [first, last] = [Number(rows[0]?.first ?? 1), Number(rows[0]?.last ?? 0)];
    const lines = rows.flatMap(({ position, time, level, component, host, line, ...ids }) =>
      position === null || time === null || level === null || component === null || host === null || line === null
        ? []
        : [toLine({ position, time, level, component, host, line, ...ids })],
    );
    const looked = Math.min(last, Math.max(after, first - 1) + WINDOW);
    return { first, last, lines, through: lines.length < GIVEN_MAX ? looked : (lines.at(-1)?.position ?? looked) };
  }

  /** The position of the newest line. */
  async last(): Promise<number> {
    const [row] = await this.#database.query(LAST);
    return Number(row?.last ?? 0);
  }

  /** Lets some of the oldest lines go where they are too many or too old. @returns whether there may be more of them */
  async trim({ bytesMax, daysMax }: Retention): Promise<boolean> {
    const [row] = await this.#database.query(TRIM, { bytesMax, daysMax, trimmedMax: TRIMMED_MAX, lineBytes: LINE_BYTES });
    return Number(row?.gone ?? 0) > 0;
  }

  /** Forgets processes that have long written nothing. */
  async forgetWriters(): Promise<void> {
    await this.#database.query(FORGET_WRITERS);
  }
}

/** Few lines are left by what these name, whatever their text. */
function hasFew({ requestId, messageId, conversationId }: LineFilter): boolean {
  return requestId !== undefined || messageId !== undefined || conversationId !== undefined;
}

function paramsOf({ level, since, until, component, requestId, conversationId, messageId, q }: LineFilter) {
  return {
    level: LEVELS[level],
    since: new Date(since ?? 0),
    until: new Date(until ?? '9999-12-31T23:59:59.999Z'),
    component: component ?? null,
    requestId: requestId ?? null,
    conversationId: conversationId ?? null,
    messageId: messageId === undefined ? null : idToUuid(messageId),
    pattern: q === undefined ? null : `%${fold(q).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
  };
}

function toPage(rows: readonly Row<typeof ROW>[], lookedAll: boolean): LinePage {
  const counted = rows[0]?.total ?? 0;
  return { lines: rows.map(toLine), total: Math.min(counted, COUNTED_MAX), isExact: lookedAll && counted <= COUNTED_MAX };
}

const LEVEL_NAMES = new Map<number, string>(Object.entries(LEVELS).map(([name, number]) => [number, name]));

function toLine({ position, time, level, component, host, request_id, conversation_id, message_id, line }: Row<typeof LINE>): LogLine {
  const { message, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>; // it was written by toStoredLine
  return {
    time: time.toISOString(),
    level: LEVEL_NAMES.get(level) ?? 'info',
    component,
    host,
    message: typeof message === 'string' ? message : '',
    ...(request_id === null ? {} : { request_id }),
    ...(conversation_id === null ? {} : { conversation_id }),
    ...(message_id === null ? {} : { message_id }),
    ...fields,
    position: Number(position),
  };
}
