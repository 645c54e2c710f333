import { type ConversationId, idToUuid, type MessageId, uuidToId } from '@openclaw/words';
import { type Database, of, type Statement, statement } from '@openclaw/db';

/** A message as a summary needs it. */
export interface OutlineMessage {
  readonly id: MessageId;
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What a conversation is about so far, and what is not covered yet. */
export interface Outline {
  readonly title: string | null;
  /** How its first question begins. */
  readonly begins: string;
  readonly summary: string | null;
  readonly summaryThrough: MessageId | null;
  /** The newest branch after what the summary covers, oldest first; only messages that are final. */
  readonly uncovered: readonly OutlineMessage[];
}

const WORKERS = 'workers describe everybody’s conversations, each by itself';
const OUTLINE = statement({
  anybodys: WORKERS,
  name: 'conversation_outline',
  params: { id: 'uuid', max: 'int4' },
  row: { title: 'text?', begins: 'text?', summary: 'text?', summary_through: 'uuid?', uncovered: of<Row[] | null>('json?') },
  text: `WITH RECURSIVE conversation AS (SELECT * FROM conversations WHERE id = :id),
path AS (
  SELECT m.id, m.parent_id, m.role, m.content, 1 AS depth FROM messages m JOIN conversation ON m.id = conversation.head_id
  UNION ALL
  SELECT m.id, m.parent_id, m.role, m.content, path.depth + 1 FROM path JOIN messages m ON m.id = path.parent_id
  WHERE path.depth < :max AND m.id IS DISTINCT FROM (SELECT summary_through FROM conversation))
SELECT title, summary, summary_through,
  (SELECT left(content, 4000) FROM messages WHERE conversation_id = :id AND parent_id IS NULL ORDER BY created_at LIMIT 1) AS begins,
  (SELECT json_agg(json_build_object('id', path.id, 'role', path.role, 'content', path.content) ORDER BY depth DESC)
   FROM path LEFT JOIN runs ON runs.id = path.id WHERE runs.status IS NULL OR runs.status NOT IN ('queued', 'processing')) AS uncovered
FROM conversation`,
});

/** A summary made from an older state is dropped: the one that is there covers more. */
const SAVE_SUMMARY = statement({
  anybodys: WORKERS,
  name: 'save_summary',
  params: { id: 'uuid', summary: 'text', through: 'uuid', from: 'uuid?' },
  row: { id: 'uuid' },
  text: `UPDATE conversations SET summary = :summary, summary_through = :through
WHERE id = :id AND summary_through IS NOT DISTINCT FROM :from RETURNING id`,
});
/** A title that was given meanwhile stays. */
const SAVE_TITLE = statement({
  anybodys: WORKERS,
  name: 'save_title',
  params: { id: 'uuid', title: 'text', from: 'text?' },
  text: 'UPDATE conversations SET title = :title WHERE id = :id AND title IS NOT DISTINCT FROM :from',
});

const SOMEONE_WAITS = statement({
  anybodys: WORKERS,
  name: 'someone_waits',
  params: {},
  row: { waits: 'bool' },
  text: `SELECT EXISTS (SELECT FROM runs WHERE status = 'queued') AS waits`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [OUTLINE, SAVE_SUMMARY, SAVE_TITLE, SOMEONE_WAITS];

type Role = 'user' | 'assistant';

interface Row {
  id: string;
  role: Role;
  content: string;
}

/** Title and summary of one conversation. */
export class OutlineStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param max messages that are read, the newest ones @returns null where there is no such conversation */
  async find(id: ConversationId, max: number): Promise<Outline | null> {
    const [row] = await this.#database.query(OUTLINE, { id: idToUuid(id), max });
    if (!row) return null;
    const summaryThrough = row.summary_through === null ? null : uuidToId('msg', row.summary_through);
    return {
      title: row.title,
      begins: row.begins ?? '',
      summary: row.summary,
      summaryThrough,
      uncovered: (row.uncovered ?? []).map(toMessage),
    };
  }

  /** @param from what the previous summary covered @returns false where another worker was quicker */
  async saveSummary(id: ConversationId, summary: string, through: MessageId, from: MessageId | null): Promise<boolean> {
    const values = { id: idToUuid(id), summary, through: idToUuid(through), from: from === null ? null : idToUuid(from) };
    return (await this.#database.query(SAVE_SUMMARY, values)).length === 1;
  }

  /** Names a conversation. @param from the title that it must still have; null for none */
  async saveTitle(id: ConversationId, title: string, from: string | null): Promise<void> {
    await this.#database.query(SAVE_TITLE, { id: idToUuid(id), title, from });
  }

  /** Whether any message waits for its turn. */
  async someoneWaits(): Promise<boolean> {
    const [row] = await this.#database.query(SOMEONE_WAITS);
    return row?.waits === true;
  }
}

function toMessage({ id, role, content }: Row): OutlineMessage {
  return { id: uuidToId('msg', id), role, content };
}
