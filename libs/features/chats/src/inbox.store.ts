import { type ConversationId, idToUuid, type MessageId, newId, type PersonId, uuidToId } from '@openclaw/words';
import { type Database, of, type Query, statement, type Statement } from '@openclaw/db';
import type { Place } from './channel.types.js';

/** Whose words they are. */
export type ChatProvenance = 'owner' | 'untrusted';

/** What was said while nobody listened. */
export interface MissedMessage {
  readonly content: string;
  readonly provenance: ChatProvenance;
  readonly sent_at: Date;
}

/** A message of somebody who was let in, before it is accepted. */
export interface NewChatMessage extends Place {
  readonly channel: string;
  readonly message: string;
  readonly person: PersonId;
  readonly author: string | null;
  readonly content: string;
  readonly metadata: object;
  readonly provenance: ChatProvenance;
  readonly sentAt: Date;
  /** null: it stands alone. */
  readonly join: { readonly key: string; readonly quietMs: number } | null;
}

/** A message that waits to be accepted. */
export interface WaitingMessage {
  readonly id: string;
  readonly chat: string;
  readonly message: string;
  readonly thread: string;
  readonly person: PersonId;
  readonly author: string | null;
  readonly content: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly provenance: ChatProvenance;
  readonly join_key: string | null;
}

const CHANNEL = 'a channel reads for everybody who was let in; each row names the person that it acts for';
const PLACE = { channel: 'text', chat: 'text' } as const;

const ADD = statement({
  anybodys: CHANNEL,
  name: 'add_channel_message',
  params: {
    id: 'uuid',
    ...PLACE,
    message: 'text',
    thread: 'text',
    person: 'text',
    author: 'text?',
    content: 'text',
    metadata: of<object>('jsonb'),
    provenance: of<ChatProvenance>('text'),
    joinKey: 'text?',
    quietMs: 'int4',
    sentAt: 'timestamptz',
  },
  row: { id: 'uuid' },
  text: `WITH added AS (
  INSERT INTO channel_messages (id, channel, chat, message, thread, person, author, content, metadata, provenance, join_key, due_at, sent_at)
  VALUES (:id, :channel, :chat, :message, :thread, :person, :author, :content, :metadata, :provenance, :joinKey, clock_timestamp() + :quietMs * interval '1 ms', :sentAt)
  ON CONFLICT (channel, chat, message) DO NOTHING RETURNING id),
joined AS (
  UPDATE channel_messages SET due_at = clock_timestamp() + :quietMs * interval '1 ms'
  FROM added WHERE channel_messages.channel = :channel AND chat = :chat AND join_key = :joinKey AND status = 'waiting')
SELECT id FROM added`,
});
/** The piece that this one may go on from. */
const OPEN_JOIN = statement({
  anybodys: CHANNEL,
  name: 'open_channel_join',
  params: { ...PLACE, thread: 'text', person: 'text' },
  row: { join_key: 'text?' },
  text: `SELECT join_key FROM channel_messages
WHERE channel = :channel AND chat = :chat AND thread = :thread AND person = :person AND status = 'waiting' AND join_key LIKE 'full:%' AND due_at > clock_timestamp()
ORDER BY id DESC LIMIT 1`,
});
const FIND = statement({
  anybodys: CHANNEL,
  name: 'find_channel_message',
  params: { ...PLACE, message: 'text' },
  row: { run_id: 'uuid?', status: 'text' },
  text: 'SELECT run_id, status FROM channel_messages WHERE channel = :channel AND chat = :chat AND message = :message',
});
/** Of each chat the first in line, where its time has come: what is said in one chat is accepted in order. */
const DUE = statement({
  anybodys: CHANNEL,
  name: 'due_channel_messages',
  params: { channel: 'text', max: 'int4' },
  row: { id: 'uuid', chat: 'text', join_key: 'text?' },
  text: `SELECT id, chat, join_key FROM (
  SELECT DISTINCT ON (chat) id, chat, join_key, due_at FROM channel_messages WHERE channel = :channel AND status = 'waiting' ORDER BY chat, id) AS first
WHERE due_at <= clock_timestamp() ORDER BY id LIMIT :max`,
});
const GROUP = statement({
  anybodys: CHANNEL,
  name: 'channel_message_group',
  params: { ...PLACE, id: 'uuid', joinKey: 'text?' },
  row: {
    id: 'uuid',
    chat: 'text',
    message: 'text',
    thread: 'text',
    person: 'text',
    author: 'text?',
    content: 'text?',
    metadata: of<Record<string, unknown>>('jsonb'),
    provenance: of<ChatProvenance>('text'),
    join_key: 'text?',
  },
  text: `SELECT id, chat, message, thread, person, author, content, metadata, provenance, join_key FROM channel_messages
WHERE channel = :channel AND chat = :chat AND status = 'waiting' AND (id = :id OR join_key = :joinKey) ORDER BY id LIMIT 50`,
});
const TAKE = statement({
  anybodys: CHANNEL,
  name: 'take_channel_messages',
  params: { ids: 'uuid[]', runId: 'uuid' },
  row: { id: 'uuid' },
  text: `UPDATE channel_messages SET status = 'accepted', content = NULL, metadata = '{}', run_id = :runId WHERE id = ANY(:ids) AND status = 'waiting' RETURNING id`,
});
const FAIL = statement({
  anybodys: CHANNEL,
  name: 'fail_channel_messages',
  params: { ids: 'uuid[]' },
  text: `UPDATE channel_messages SET status = 'failed', content = NULL, metadata = '{}' WHERE id = ANY(:ids) AND status = 'waiting'`,
});
const LATE = statement({
  anybodys: CHANNEL,
  name: 'late_channel_messages',
  params: { ...PLACE, maxAgeMs: 'float8' },
  row: { thread: 'text', person: 'text' },
  text: `UPDATE channel_messages SET status = 'late'
WHERE channel = :channel AND chat = :chat AND status = 'waiting' AND sent_at < now() - :maxAgeMs * interval '1 ms' RETURNING thread, person`,
});
/** What was said while nobody listened and is not answered: it goes along with what is said next. */
const MISSED = statement({
  anybodys: CHANNEL,
  name: 'missed_channel_messages',
  params: { ...PLACE, thread: 'text', person: 'text' },
  row: { id: 'uuid', content: 'text', provenance: of<ChatProvenance>('text'), sent_at: 'timestamptz' },
  text: `WITH newest AS (
  SELECT id FROM channel_messages WHERE channel = :channel AND chat = :chat AND thread = :thread AND person = :person AND status = 'late' AND content IS NOT NULL
  ORDER BY id DESC LIMIT 20)
SELECT id, left(content, 500) AS content, provenance, sent_at FROM channel_messages JOIN newest USING (id) ORDER BY id`,
});
const FORGET_MISSED = statement({
  anybodys: CHANNEL,
  name: 'forget_missed_channel_messages',
  params: { ...PLACE, thread: 'text', person: 'text' },
  text: `UPDATE channel_messages SET content = NULL, metadata = '{}' WHERE channel = :channel AND chat = :chat AND thread = :thread AND person = :person AND status = 'late'`,
});
const FIND_CHAT = statement({
  anybodys: CHANNEL,
  name: 'find_channel_chat',
  params: { ...PLACE, thread: 'text', person: 'text' },
  row: { conversation_id: 'uuid' },
  text: 'SELECT conversation_id FROM channel_chats WHERE channel = :channel AND chat = :chat AND thread = :thread AND person = :person',
});
/** A group that got another id keeps its person. */
const GROUP_PERSON = statement({
  anybodys: CHANNEL,
  name: 'channel_group_person',
  params: PLACE,
  row: { person: 'text' },
  text: `SELECT person FROM channel_chats WHERE channel = :channel AND chat = :chat AND starts_with(person, :channel || ':group:') LIMIT 1`,
});
const KEEP_CHAT = statement({
  anybodys: CHANNEL,
  name: 'keep_channel_chat',
  params: { ...PLACE, thread: 'text', person: 'text', conversationId: 'uuid' },
  text: `INSERT INTO channel_chats (channel, chat, thread, person, conversation_id) VALUES (:channel, :chat, :thread, :person, :conversationId)
ON CONFLICT (channel, chat, thread, person) DO UPDATE SET conversation_id = excluded.conversation_id`,
});
const TODAY = statement({
  anybodys: 'it counts everybody’s',
  name: 'channel_messages_today',
  row: { channel: 'text', messages: 'int4' },
  text: `SELECT channel, count(*)::int4 AS messages FROM channel_messages WHERE received_at >= date_trunc('day', now(), 'UTC') GROUP BY channel LIMIT 100`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [
  ADD,
  OPEN_JOIN,
  FIND,
  DUE,
  GROUP,
  TAKE,
  FAIL,
  LATE,
  MISSED,
  FORGET_MISSED,
  FIND_CHAT,
  GROUP_PERSON,
  KEEP_CHAT,
  TODAY,
];

const DUE_AT_ONCE = 100;

/** A chat as one person has it. */
export type PersonsPlace = Place & { readonly channel: string; readonly person: PersonId };

/** What came in, from the platform to the run that answers it. */
export class InboxStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns false where it is known already */
  async add(query: Query, { join, ...message }: NewChatMessage): Promise<boolean> {
    const values = { ...message, id: idToUuid(newId('msg')), joinKey: join?.key ?? null, quietMs: join?.quietMs ?? 0 };
    return (await query(ADD, values)).length === 1;
  }

  /** The key of a message of full length that waits for more of it; null for none. */
  async openJoin(query: Query, { channel, chat, thread, person }: PersonsPlace): Promise<string | null> {
    const [row] = await query(OPEN_JOIN, { channel, chat, thread, person });
    return row?.join_key ?? null;
  }

  /** What became of a message; null where it never came. */
  async find(channel: string, chat: string, message: string): Promise<{ runId: MessageId | null; status: string } | null> {
    const [row] = await this.#database.query(FIND, { channel, chat, message });
    return row ? { status: row.status, runId: row.run_id === null ? null : uuidToId('msg', row.run_id) } : null;
  }

  /** The first in line of each chat, where it is due, with what belongs to it. */
  async due(channel: string): Promise<WaitingMessage[][]> {
    const first = await this.#database.query(DUE, { channel, max: DUE_AT_ONCE });
    return Promise.all(first.map(({ id, chat, join_key: joinKey }) => this.#database.query(GROUP, { channel, chat, id, joinKey })));
  }

  /** @returns false where somebody else has taken any of them */
  async take(query: Query, ids: readonly string[], runId: MessageId): Promise<boolean> {
    return (await query(TAKE, { ids, runId: idToUuid(runId) })).length === ids.length;
  }

  /** They are not answered, ever. */
  async fail(ids: readonly string[]): Promise<void> {
    await this.#database.query(FAIL, { ids });
  }

  /** Puts aside what is too old to be answered. @returns one entry for each */
  async putAside(query: Query, channel: string, chat: string, maxAgeMs: number): Promise<{ thread: string; person: PersonId }[]> {
    return query(LATE, { channel, chat, maxAgeMs });
  }

  /** What was put aside and nobody was told of, oldest first, at most 20 and 500 characters each. */
  async missed({ channel, chat, thread, person }: PersonsPlace): Promise<MissedMessage[]> {
    return this.#database.query(MISSED, { channel, chat, thread, person });
  }

  async forgetMissed(query: Query, { channel, chat, thread, person }: PersonsPlace): Promise<void> {
    await query(FORGET_MISSED, { channel, chat, thread, person });
  }

  async conversationOf({ channel, chat, thread, person }: PersonsPlace): Promise<ConversationId | null> {
    const [row] = await this.#database.query(FIND_CHAT, { channel, chat, thread, person });
    return row ? uuidToId('conv', row.conversation_id) : null;
  }

  /** The person that a group is. */
  async groupPersonOf(channel: string, chat: string): Promise<PersonId> {
    const [row] = await this.#database.query(GROUP_PERSON, { channel, chat });
    return row?.person ?? `${channel}:group:${chat}`;
  }

  async keepConversation(query: Query, { channel, chat, thread, person }: PersonsPlace, conversationId: ConversationId): Promise<void> {
    await query(KEEP_CHAT, { channel, chat, thread, person, conversationId: idToUuid(conversationId) });
  }

  /** Messages since midnight UTC, by channel. */
  async today(): Promise<ReadonlyMap<string, number>> {
    return new Map((await this.#database.query(TODAY)).map(({ channel, messages }) => [channel, messages]));
  }
}
