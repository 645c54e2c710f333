import { type ErrorBody, idToUuid, type MessageId, newId, type RunStatus } from '@openclaw/words';
import { type Database, of, type Query, statement, type Statement } from '@openclaw/db';
import { enqueuing, type NewWork, toWorkParameter } from '@openclaw/work';
import type { Place } from './channel.types.js';

/** Something to say, as it stands. */
export interface Delivery {
  readonly channel: string;
  readonly chat: string;
  readonly thread: string;
  readonly reply_to: string | null;
  readonly run_id: string | null;
  readonly conversation_id: string | null;
  readonly status: 'open' | 'sent' | 'failed';
  readonly pieces_sent: number;
  /** A piece had left when its process was lost. */
  readonly sending: boolean;
  readonly preview: string | null;
  readonly content: string | null;
  readonly run_status: RunStatus | null;
  readonly error: ErrorBody | null;
  readonly outcome: Readonly<Record<string, unknown>> | null;
  /** Something that was to be said before it in the same chat is not said yet. */
  readonly is_behind: boolean;
  /** Names of those that the agent made with it. */
  readonly files: readonly string[];
}

/** Where it is said. */
export interface Address extends Place {
  readonly channel: string;
  readonly person: string | null;
  readonly replyTo: string | null;
}

const CHANNEL = 'a channel speaks for everybody; each row names the chat that it is for';

const ADD = statement({
  anybodys: CHANNEL,
  name: 'add_channel_delivery',
  params: {
    id: 'uuid',
    channel: 'text',
    chat: 'text',
    thread: 'text',
    replyTo: 'text?',
    person: 'text?',
    runId: 'uuid?',
    content: 'text?',
    work: of<object[]>('jsonb'),
  },
  text: `WITH added AS (
  INSERT INTO channel_deliveries (id, channel, chat, thread, reply_to, person, run_id, content)
  VALUES (:id, :channel, :chat, :thread, :replyTo, :person, :runId, :content) RETURNING id),
${enqueuing('EXISTS (SELECT FROM added)')}
SELECT id FROM added`,
});
const IS_OVER = `IN ('completed', 'failed')`;
const LOAD = statement({
  anybodys: CHANNEL,
  name: 'load_channel_delivery',
  params: { id: 'uuid' },
  row: {
    channel: 'text',
    chat: 'text',
    thread: 'text',
    reply_to: 'text?',
    run_id: 'uuid?',
    conversation_id: 'uuid?',
    status: of<'open' | 'sent' | 'failed'>('text'),
    pieces_sent: 'int4',
    sending: 'bool',
    preview: 'text?',
    content: 'text?',
    run_status: of<RunStatus | null>('run_status?'),
    error: of<ErrorBody | null>('jsonb?'),
    outcome: of<Record<string, unknown> | null>('jsonb?'),
    is_behind: 'bool',
    files: 'text[]',
  },
  text: `SELECT d.channel, d.chat, d.thread, d.reply_to, d.run_id, r.conversation_id, d.status, d.pieces_sent, d.sending, d.preview, coalesce(d.content, m.content) AS content,
  r.status AS run_status, r.error, r.outcome,
  EXISTS (SELECT FROM channel_deliveries earlier LEFT JOIN runs ON runs.id = earlier.run_id
    WHERE earlier.channel = d.channel AND earlier.chat = d.chat AND earlier.thread = d.thread AND earlier.status = 'open' AND earlier.id < d.id
      AND (earlier.run_id IS NULL OR runs.status ${IS_OVER})) AS is_behind,
  ARRAY(SELECT f.name FROM file_uses used JOIN files f ON f.id = used.file_id WHERE used.message_id = d.run_id ORDER BY f.created_at, f.id) AS files
FROM channel_deliveries d LEFT JOIN runs r ON r.id = d.run_id LEFT JOIN messages m ON m.id = d.run_id WHERE d.id = :id`,
});
/** Before it leaves: whoever finds this after a crash knows that the piece may have arrived. */
const LEAVE = statement({
  anybodys: CHANNEL,
  name: 'channel_piece_leaves',
  params: { id: 'uuid' },
  text: 'UPDATE channel_deliveries SET sending = true WHERE id = :id',
});
const STAY = statement({
  anybodys: CHANNEL,
  name: 'channel_piece_stays',
  params: { id: 'uuid' },
  text: 'UPDATE channel_deliveries SET sending = false WHERE id = :id',
});
const SHOW = statement({
  anybodys: CHANNEL,
  name: 'show_channel_reply',
  params: { id: 'uuid', preview: 'text' },
  text: `UPDATE channel_deliveries SET preview = :preview WHERE id = :id AND status = 'open'`,
});
const ARRIVE = statement({
  anybodys: CHANNEL,
  name: 'channel_piece_arrives',
  params: { id: 'uuid', sent: 'int4', ref: 'text?', isLast: 'bool' },
  text: `UPDATE channel_deliveries SET sending = false, pieces_sent = :sent, refs = CASE WHEN :ref IS NULL THEN refs ELSE refs || :ref END,
  status = CASE WHEN :isLast THEN 'sent' ELSE status END, ended_at = CASE WHEN :isLast THEN now() END, content = CASE WHEN :isLast THEN NULL ELSE content END WHERE id = :id`,
});
const FAIL = statement({
  anybodys: CHANNEL,
  name: 'fail_channel_delivery',
  params: { id: 'uuid', lastError: 'text' },
  text: `UPDATE channel_deliveries SET status = 'failed', ended_at = now(), last_error = :lastError WHERE id = :id AND status = 'open'`,
});
/** Of runs that are over: nobody may have asked for them to be delivered. */
const FORGOTTEN = statement({
  anybodys: CHANNEL,
  name: 'forgotten_channel_deliveries',
  params: { channel: 'text', kind: 'text' },
  row: { id: 'uuid', person: 'text?' },
  text: `SELECT d.id, d.person FROM channel_deliveries d LEFT JOIN runs r ON r.id = d.run_id
WHERE d.channel = :channel AND d.status = 'open' AND (d.run_id IS NULL OR r.status IN ('completed', 'failed', 'cancelled'))
  AND NOT EXISTS (SELECT FROM work WHERE kind = :kind AND key = d.id::text AND work.status IN ('waiting', 'working'))
ORDER BY d.id LIMIT 200`,
});
const FORGET = statement({
  anybodys: CHANNEL,
  name: 'forget_channel_deliveries',
  text: `DELETE FROM channel_deliveries WHERE status <> 'open' AND ended_at < now() - interval '30 days'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [ADD, LOAD, LEAVE, STAY, SHOW, ARRIVE, FAIL, FORGOTTEN, FORGET];

/** What is to be said in chats, and how far that is done. */
export class DeliveriesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A run's reply, to be said once it is over: the run's end asks for that. */
  async expect(query: Query, address: Address, runId: MessageId): Promise<void> {
    await query(ADD, { ...address, id: idToUuid(runId), runId: idToUuid(runId), content: null, work: [] });
  }

  /** A sentence of the channel's own. @param work asks for it to be said, given its id @returns the work that was asked for */
  async say(query: Query, address: Address, content: string, work: (id: string) => NewWork): Promise<NewWork> {
    const id = idToUuid(newId('msg'));
    const asked = work(id);
    await query(ADD, { ...address, id, runId: null, content, work: toWorkParameter([asked]) });
    return asked;
  }

  /** null where it went with its conversation, or was never expected. */
  async load(id: string): Promise<Delivery | null> {
    const [row] = await this.#database.query(LOAD, { id });
    return row ?? null;
  }

  async leaves(id: string): Promise<void> {
    await this.#database.query(LEAVE, { id });
  }

  /** It did not leave after all. */
  async stays(id: string): Promise<void> {
    await this.#database.query(STAY, { id });
  }

  /** It is shown while it is made, in that message. */
  async shows(id: string, preview: string): Promise<void> {
    await this.#database.query(SHOW, { id, preview });
  }

  async arrives(id: string, sent: number, ref: string | null, isLast: boolean): Promise<void> {
    await this.#database.query(ARRIVE, { id, sent, ref, isLast });
  }

  async fail(id: string, lastError: string): Promise<void> {
    await this.#database.query(FAIL, { id, lastError });
  }

  /** What could be said and nobody is asked to say. */
  async forgotten(channel: string, kind: string): Promise<{ id: string; person: string | null }[]> {
    return this.#database.query(FORGOTTEN, { channel, kind });
  }

  /** Drops what was said a month ago. */
  async forget(): Promise<void> {
    await this.#database.query(FORGET);
  }
}

/** The id of a run's delivery. */
export function deliveryOf(runId: MessageId): string {
  return idToUuid(runId);
}
