import { type Attachment, type Caller, type ConversationId, idToUuid, type MessageId, readAttachments, uuidToId } from '@openclaw/words';
import { type Database, of, type OwnedStatement, ownedStatement, type Row, type Statement, statement } from '@openclaw/db';
import type { AttachedFile } from './attached-file.types.js';
import type { FileHead } from './render-file.js';

/** Which file of which message. */
export interface FileKey {
  readonly messageId: MessageId;
  readonly position: number;
}

/** A kept file without its content. */
export type StoredHead = FileHead & FileKey;

const WORKERS = 'read and written by the worker that answers a message of the same conversation';
const HEAD = {
  message_id: 'uuid',
  position: 'int4',
  name: 'text',
  media_type: 'text',
  kind: of<AttachedFile['kind']>('text'),
  characters: 'int4',
  bytes: 'int4',
} as const;
const HEAD_COLUMNS = `a.message_id, a.position, a.name, a.media_type, a.kind, a.characters, coalesce(octet_length(a.data), 0) AS bytes`;
const HEADS = statement({
  anybodys: WORKERS,
  name: 'attachment_heads',
  params: { messageIds: 'uuid[]' },
  row: HEAD,
  text: `SELECT ${HEAD_COLUMNS} FROM attachments a WHERE a.message_id = ANY(:messageIds) ORDER BY a.message_id, a.position`,
});
const OF_CONVERSATION = ownedStatement({
  name: 'attachments_of_conversation',
  params: { conversationId: 'uuid', max: 'int4' },
  row: HEAD,
  text: `SELECT ${HEAD_COLUMNS} FROM messages m JOIN attachments a ON a.message_id = m.id
JOIN conversations c ON c.id = m.conversation_id
WHERE m.conversation_id = :conversationId AND (:sees IS NULL OR c.person = :sees) AND a.kind <> 'missing'
ORDER BY m.created_at DESC, m.id DESC, a.position DESC LIMIT :max`,
});
const CONTENTS = statement({
  anybodys: WORKERS,
  name: 'attachment_contents',
  params: { messageIds: 'uuid[]', positions: 'int4[]', charactersMax: 'int4' },
  row: { ...HEAD, text: 'text?', data: 'bytea?', gap: 'text?' },
  text: `SELECT ${HEAD_COLUMNS}, left(a.text, :charactersMax) AS text, a.data, a.gap
FROM unnest(:messageIds, :positions) AS wanted(message_id, position) JOIN attachments a USING (message_id, position)`,
});
/** Characters of Postgres are code points, which are fewer than UTF-16 units: a piece is never cut within one. */
const PIECE = statement({
  anybodys: WORKERS,
  name: 'attachment_piece',
  params: { messageId: 'uuid', position: 'int4', start: 'int4', length: 'int4' },
  row: { text: 'text' },
  text: `SELECT substr(text, :start + 1, :length) AS text FROM attachments WHERE message_id = :messageId AND position = :position`,
});
/** Nothing for a message that is gone. */
const SAVE = statement({
  anybodys: WORKERS,
  name: 'save_attachment',
  params: {
    messageId: 'uuid',
    position: 'int4',
    name: 'text',
    mediaType: 'text',
    kind: of<AttachedFile['kind']>('text'),
    text: 'text?',
    data: 'bytea?',
    characters: 'int4',
    gap: 'text?',
  },
  text: `INSERT INTO attachments (message_id, position, name, media_type, kind, text, data, characters, gap)
SELECT id, :position, :name, :mediaType, :kind, :text, :data, :characters, :gap FROM messages WHERE id = :messageId
ON CONFLICT (message_id, position) DO UPDATE SET name = excluded.name, media_type = excluded.media_type, kind = excluded.kind,
  text = excluded.text, data = excluded.data, characters = excluded.characters, gap = excluded.gap`,
});
const SENT = statement({
  anybodys: WORKERS,
  name: 'attachments_sent',
  params: { messageId: 'uuid' },
  row: { metadata: of<Record<string, unknown>>('jsonb') },
  text: 'SELECT metadata FROM messages WHERE id = :messageId',
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [HEADS, OF_CONVERSATION, CONTENTS, PIECE, SAVE, SENT];

/** The files that came with messages, as they were read; they go with their message. */
export class AttachmentsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What is kept of these messages' files, in their order. */
  async heads(messageIds: readonly MessageId[]): Promise<StoredHead[]> {
    return (await this.#database.query(HEADS, { messageIds: messageIds.map((id) => idToUuid(id)) })).map(toHead);
  }

  /** The newest files of a conversation, newest first, on whichever branch. */
  async ofConversation(caller: Caller, id: ConversationId, max: number): Promise<StoredHead[]> {
    return (await this.#database.as(caller)(OF_CONVERSATION, { conversationId: idToUuid(id), max })).map(toHead);
  }

  /** These files with their content, at most `charactersMax` of each text; without those that are gone. */
  async contents(keys: readonly FileKey[], charactersMax: number): Promise<(FileKey & { readonly file: AttachedFile })[]> {
    const messageIds = keys.map(({ messageId }) => idToUuid(messageId));
    const rows = await this.#database.query(CONTENTS, { messageIds, positions: keys.map(({ position }) => position), charactersMax });
    return rows.map((row) => ({ messageId: uuidToId('msg', row.message_id), position: row.position, file: toFile(row) }));
  }

  /** A piece of a text, in code points; empty beyond its end. */
  async piece({ messageId, position }: FileKey, start: number, length: number): Promise<string> {
    const [row] = await this.#database.query(PIECE, { messageId: idToUuid(messageId), position, start, length });
    return row?.text ?? '';
  }

  /** Keeps the files of a message, in place of those that were kept. */
  async save(messageId: MessageId, files: readonly AttachedFile[]): Promise<void> {
    for (const [position, file] of files.entries()) await this.put({ messageId, position }, file);
  }

  /** Keeps one file of a message, in place of what was kept there. */
  async put({ messageId, position }: FileKey, file: AttachedFile): Promise<void> {
    await this.#database.query(SAVE, { messageId: idToUuid(messageId), position, ...toColumns(file) });
  }

  /** What was sent with a message; none where it is gone. */
  async sent(messageId: MessageId): Promise<Attachment[]> {
    const [row] = await this.#database.query(SENT, { messageId: idToUuid(messageId) });
    return readAttachments(row?.metadata ?? {});
  }
}

function toHead(row: Row<typeof HEAD>): StoredHead {
  return {
    messageId: uuidToId('msg', row.message_id),
    position: row.position,
    name: row.name,
    mediaType: row.media_type,
    kind: row.kind,
    characters: row.characters,
    bytes: row.bytes,
  };
}

function toFile({ kind, name, media_type: mediaType, text, data, characters, gap }: Row<typeof CONTENTS.row>): AttachedFile {
  switch (kind) {
    case 'text':
      return { kind, name, mediaType, text: text ?? '', characters, gap };
    case 'image':
      return { kind, name, mediaType, data: data ?? new Uint8Array() };
    case 'missing':
      return { kind, name, reason: gap ?? '' };
  }
}

function toColumns(file: AttachedFile): {
  name: string;
  mediaType: string;
  kind: AttachedFile['kind'];
  text: string | null;
  data: Buffer | null;
  characters: number;
  gap: string | null;
} {
  const none = { mediaType: '', text: null, data: null, characters: 0, gap: null };
  switch (file.kind) {
    case 'text':
      return { ...none, ...file };
    case 'image':
      return { ...none, ...file, data: Buffer.from(file.data) };
    case 'missing':
      return { ...none, kind: file.kind, name: file.name, gap: file.reason };
  }
}
