import { type Caller, type FileId, idToUuid, type MadeFile, type MessageId, type PersonId, uuidToId } from '@openclaw/words';
import { as, type Database, type OwnedStatement, ownedStatement, type Row, type Statement, statement } from '@openclaw/db';
import { IS_THERE } from './uses.js';

/** A whole file, its bytes apart. */
export interface KeptFile {
  readonly id: FileId;
  readonly person: PersonId;
  readonly name: string;
  readonly mediaType: string;
  readonly charset: string | null;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** What a file turned out to be when all of it was there. */
export interface WholeFile {
  readonly name: string;
  readonly mediaType: string;
  readonly charset: string | null;
  readonly size: number;
  readonly sha256: Buffer;
  readonly key: { readonly key: string; readonly requestHash: string } | null;
}

/** A file that is there all at once. */
export interface FileToMake extends Omit<WholeFile, 'key'> {
  readonly data: Buffer;
  /** Whose bytes of all files together. */
  readonly personMax: number;
}

/** What is set aside for a file that begins. */
export interface RoomAsked {
  /** Bytes that it may have. */
  readonly wanted: number;
  /** Bytes that it says it has: with less room it need not begin. */
  readonly least: number;
  /** Bytes of all files of its person together. */
  readonly personMax: number;
  /** How long it may take to arrive; what is not whole by then is let go of. */
  readonly withinMs: number;
}

export interface Room {
  /** False: it may not begin. */
  readonly begun: boolean;
  /** Bytes that it may have. */
  readonly bytes: number;
  /** Bytes of all files of that person. */
  readonly used: number;
}

/** Files that are let go of in one statement: each takes its pieces along. */
const FORGOTTEN_AT_ONCE = 2;
/** What a file counts at least, so that their number is bounded too. */
const FILE_BYTES_MIN = 4096;

const HEAD = {
  id: 'uuid',
  person: 'text',
  name: 'text',
  media_type: 'text',
  charset: 'text?',
  size: 'int8',
  sha256: 'bytea?',
  created_at: 'timestamptz',
  expires_at: 'timestamptz?',
} as const;
const HEAD_COLUMNS = 'f.id, f.person, f.name, f.media_type, f.charset, f.size, f.sha256, f.created_at, f.expires_at';

/** Of two uploads of one person the second looks at what is used when the first has set its room aside. */
const LOCK_PERSON = statement({
  name: 'lock_files_of_person',
  params: { whose: 'text' },
  text: `SELECT pg_advisory_xact_lock(hashtextextended('files of ' || :whose, 0))`,
});
const BEGIN = ownedStatement({
  name: 'begin_file',
  params: { id: 'uuid', wanted: 'int8', least: 'int8', personMax: 'int8', withinMs: 'float8' },
  row: { begun: 'bool', bytes: 'int8', used: 'int8' },
  text: `WITH used AS (SELECT coalesce(sum(greatest(size, ${String(FILE_BYTES_MIN)})), 0)::bigint AS bytes FROM files WHERE person = :person),
room AS (SELECT least(:wanted, :personMax - bytes) AS bytes, bytes AS used FROM used),
made AS (
  INSERT INTO files (id, person, size, expires_at) SELECT :id, :person, room.bytes, now() + make_interval(secs => :withinMs / 1000)
  FROM room WHERE room.bytes >= :least AND :personMax - room.used >= ${String(FILE_BYTES_MIN)} RETURNING id)
SELECT EXISTS (SELECT FROM made) AS begun, room.bytes, room.used FROM room`,
});
/** Nothing where it was let go of meanwhile. */
const APPEND = ownedStatement({
  name: 'append_file_piece',
  params: { id: 'uuid', start: 'int8', data: 'bytea' },
  row: { file_id: 'uuid' },
  text: `INSERT INTO file_pieces (file_id, start, data) SELECT id, :start, :data FROM files WHERE id = :id AND person = :person RETURNING file_id`,
});
/** A key that is a day old is free. */
const FINISH = ownedStatement({
  name: 'finish_file',
  params: {
    id: 'uuid',
    name: 'text',
    mediaType: 'text',
    charset: 'text?',
    size: 'int8',
    sha256: 'bytea',
    tokenId: 'text',
    key: 'text?',
    requestHash: 'text?',
  },
  row: HEAD,
  text: `WITH key AS (
  INSERT INTO file_keys AS kept (token_id, key, request_hash, file_id) SELECT :tokenId, :key, :requestHash, :id WHERE :key IS NOT NULL
  ON CONFLICT (token_id, key) DO UPDATE SET request_hash = excluded.request_hash, file_id = excluded.file_id, created_at = now()
  WHERE kept.created_at <= now() - interval '24 hours' RETURNING 1)
UPDATE files f SET name = :name, media_type = :mediaType, charset = :charset, size = :size, sha256 = :sha256, created_at = now(),
  expires_at = now() + interval '24 hours'
WHERE f.id = :id AND f.person = :person AND f.sha256 IS NULL AND (:key IS NULL OR EXISTS (SELECT FROM key)) RETURNING ${HEAD_COLUMNS}`,
});
const DROP = ownedStatement({
  name: 'drop_unfinished_file',
  params: { id: 'uuid' },
  text: 'DELETE FROM files WHERE id = :id AND person = :person AND sha256 IS NULL',
});
const FIND_KEY = statement({
  anybodys: 'a key is its token’s, and the file that it names is asked for on behalf of the caller',
  name: 'find_file_key',
  params: { tokenId: 'text', key: 'text' },
  row: { file_id: 'uuid', request_hash: 'text' },
  text: `SELECT file_id, request_hash FROM file_keys WHERE token_id = :tokenId AND key = :key AND created_at > now() - interval '24 hours'`,
});
const FIND = ownedStatement({
  name: 'find_files',
  params: { ids: 'uuid[]' },
  row: HEAD,
  text: `SELECT ${HEAD_COLUMNS} FROM files f WHERE f.id = ANY(:ids) AND (:sees IS NULL OR f.person = :sees) AND ${IS_THERE}`,
});
const PIECE = { start: 'int8', data: 'bytea' } as const;
/** The piece that holds the byte `at`. */
const READ = ownedStatement({
  name: 'read_file_piece',
  params: { id: 'uuid', at: 'int8' },
  row: PIECE,
  text: `SELECT p.start, p.data FROM file_pieces p JOIN files f ON f.id = p.file_id
WHERE p.file_id = :id AND p.start <= :at AND (:sees IS NULL OR f.person = :sees) ORDER BY p.start DESC LIMIT 1`,
});

const WORKERS = 'read by the worker that answers a message which came with it: the message was accepted for its person alone';
const FIND_USED = statement({
  anybodys: WORKERS,
  name: 'find_used_file',
  params: { messageId: 'uuid', id: 'uuid' },
  row: HEAD,
  text: `SELECT ${HEAD_COLUMNS} FROM file_uses used JOIN files f ON f.id = used.file_id WHERE used.message_id = :messageId AND f.id = :id`,
});
const READ_USED = statement({
  anybodys: WORKERS,
  name: 'read_used_file_piece',
  params: { messageId: 'uuid', id: 'uuid', at: 'int8' },
  row: PIECE,
  text: `SELECT p.start, p.data FROM file_uses used JOIN file_pieces p ON p.file_id = used.file_id
WHERE used.message_id = :messageId AND used.file_id = :id AND p.start <= :at ORDER BY p.start DESC LIMIT 1`,
});

const MADE_FOR = statement({
  anybodys: WORKERS,
  name: 'files_made_for',
  params: { messageId: 'uuid' },
  row: { id: 'uuid', name: 'text', media_type: 'text', size: 'int8' },
  text: `SELECT f.id, f.name, f.media_type, f.size FROM file_uses used JOIN files f ON f.id = used.file_id WHERE used.message_id = :messageId ORDER BY f.created_at, f.id`,
});
/** A file that came with a message from its beginning; once. It is the person's whose conversation that is. */
const MAKE = ownedStatement({
  name: 'make_file',
  params: {
    id: 'uuid',
    messageId: 'uuid',
    name: 'text',
    mediaType: 'text',
    charset: 'text?',
    size: 'int8',
    sha256: 'bytea',
    data: 'bytea',
    personMax: 'int8',
  },
  row: { made: 'bool', gone: 'bool', used: 'int8' },
  text: `WITH target AS (
  SELECT m.id, m.conversation_id, c.person FROM messages m JOIN conversations c ON c.id = m.conversation_id
  WHERE m.id = :messageId AND (:sees IS NULL OR c.person = :sees)),
used AS (SELECT coalesce(sum(greatest(size, ${String(FILE_BYTES_MIN)})), 0)::bigint AS bytes FROM files WHERE person = (SELECT person FROM target)),
made AS (
  INSERT INTO files (id, person, name, media_type, charset, size, sha256)
  SELECT :id, target.person, :name, :mediaType, :charset, :size, :sha256 FROM target, used
  WHERE used.bytes + greatest(:size, ${String(FILE_BYTES_MIN)}) <= :personMax ON CONFLICT (id) DO NOTHING RETURNING id),
piece AS (INSERT INTO file_pieces (file_id, start, data) SELECT id, 0, :data FROM made),
file_use AS (INSERT INTO file_uses (file_id, message_id, conversation_id) SELECT made.id, target.id, target.conversation_id FROM made, target)
SELECT EXISTS (SELECT FROM made) OR EXISTS (SELECT FROM files WHERE id = :id) AS made, NOT EXISTS (SELECT FROM target) AS gone, (SELECT bytes FROM used) AS used`,
});

const TIDYING = 'files of all persons grow old alike';
/** One that a message names after all is left alone from then on. */
const KEEP_USED = statement({
  anybodys: TIDYING,
  name: 'keep_used_files',
  text: `UPDATE files SET expires_at = NULL WHERE expires_at <= now() AND EXISTS (SELECT FROM file_uses u WHERE u.file_id = files.id)`,
});
const FORGET = statement({
  anybodys: TIDYING,
  name: 'forget_files',
  params: { max: 'int4' },
  row: { id: 'uuid' },
  text: `DELETE FROM files WHERE id IN (
  SELECT id FROM files WHERE expires_at <= now() AND NOT EXISTS (SELECT FROM file_uses u WHERE u.file_id = files.id)
  ORDER BY expires_at LIMIT :max FOR UPDATE SKIP LOCKED) RETURNING id`,
});
const FORGET_KEYS = statement({
  anybodys: TIDYING,
  name: 'forget_file_keys',
  text: `DELETE FROM file_keys WHERE created_at <= now() - interval '24 hours'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [
  LOCK_PERSON,
  BEGIN,
  APPEND,
  FINISH,
  DROP,
  FIND_KEY,
  FIND,
  READ,
  FIND_USED,
  READ_USED,
  MADE_FOR,
  MAKE,
  KEEP_USED,
  FORGET,
  FORGET_KEYS,
];

/** Files and their bytes. */
export class FilesStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Sets room aside for a file of the caller's person. */
  async begin(caller: Caller, id: FileId, asked: RoomAsked): Promise<Room> {
    return this.#database.transaction(async (query) => {
      await query(LOCK_PERSON, { whose: caller.person });
      const [row] = await as(query, caller)(BEGIN, { id: idToUuid(id), ...asked });
      return { begun: row?.begun ?? false, bytes: Number(row?.bytes ?? 0), used: Number(row?.used ?? 0) };
    });
  }

  /** @returns false where the file was let go of meanwhile */
  async append(caller: Caller, id: FileId, start: number, data: Buffer): Promise<boolean> {
    return (await this.#database.as(caller)(APPEND, { id: idToUuid(id), start, data })).length > 0;
  }

  /** @returns null where its key is taken, or it was let go of meanwhile */
  async finish(caller: Caller, id: FileId, { key, ...whole }: WholeFile): Promise<KeptFile | null> {
    const keyed = { tokenId: caller.tokenId, key: key?.key ?? null, requestHash: key?.requestHash ?? null };
    const [row] = await this.#database.as(caller)(FINISH, { id: idToUuid(id), ...whole, ...keyed });
    return row ? toKept(row) : null;
  }

  /** Lets go of one that is not whole. */
  async drop(caller: Caller, id: FileId): Promise<void> {
    await this.#database.as(caller)(DROP, { id: idToUuid(id) });
  }

  /** What a key of this token stands for; null where it is free. */
  async findKey({ tokenId }: Caller, key: string): Promise<{ id: FileId; requestHash: string } | null> {
    const [row] = await this.#database.query(FIND_KEY, { tokenId, key });
    return row ? { id: uuidToId('file', row.file_id), requestHash: row.request_hash } : null;
  }

  /** Those of these files that are there for the caller, in no order. */
  async find(caller: Caller, ids: readonly FileId[]): Promise<KeptFile[]> {
    return (await this.#database.as(caller)(FIND, { ids: ids.map((id) => idToUuid(id)) })).map(toKept);
  }

  /** The bytes from `at` to the end of their piece; null where there are none. */
  async read(caller: Caller, id: FileId, at: number): Promise<Buffer | null> {
    return fromByte(await this.#database.as(caller)(READ, { id: idToUuid(id), at }), at);
  }

  /** A file that came with a message; null where there is none. */
  async findUsed(messageId: MessageId, id: FileId): Promise<KeptFile | null> {
    const [row] = await this.#database.query(FIND_USED, { messageId: idToUuid(messageId), id: idToUuid(id) });
    return row ? toKept(row) : null;
  }

  /** As {@link read}, of a file that came with a message. */
  async readUsed(messageId: MessageId, id: FileId, at: number): Promise<Buffer | null> {
    return fromByte(await this.#database.query(READ_USED, { messageId: idToUuid(messageId), id: idToUuid(id), at }), at);
  }

  /** The files that came with a message, those of a reply made for it, in the order they were. */
  async madeFor(messageId: MessageId): Promise<MadeFile[]> {
    const rows = await this.#database.query(MADE_FOR, { messageId: idToUuid(messageId) });
    return rows.map(({ id, name, media_type, size }) => ({ id: uuidToId('file', id), name, media_type, size: Number(size) }));
  }

  /** Keeps a file with a message, once for its id. @returns what was in the way: `no room`, or the message is `gone` */
  async make(caller: Caller, id: FileId, messageId: MessageId, file: FileToMake): Promise<'made' | 'gone' | 'no room'> {
    return this.#database.transaction(async (query) => {
      await query(LOCK_PERSON, { whose: caller.person });
      const [row] = await as(query, caller)(MAKE, { id: idToUuid(id), messageId: idToUuid(messageId), ...file });
      if (row?.made) return 'made';
      return row?.gone === false ? 'no room' : 'gone';
    });
  }

  /** Lets go of what nobody needs any more: a few files. @returns how many; fewer than none are left where it is 0 */
  async forget(): Promise<number> {
    await this.#database.query(KEEP_USED);
    return (await this.#database.query(FORGET, { max: FORGOTTEN_AT_ONCE })).length;
  }

  /** Forgets keys older than a day. */
  async forgetKeys(): Promise<void> {
    await this.#database.query(FORGET_KEYS);
  }
}

function toKept(row: Row<typeof HEAD>): KeptFile {
  return {
    id: uuidToId('file', row.id),
    person: row.person,
    name: row.name,
    mediaType: row.media_type,
    charset: row.charset,
    size: Number(row.size),
    sha256: row.sha256?.toString('hex') ?? '',
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

function fromByte([row]: readonly Row<typeof PIECE>[], at: number): Buffer | null {
  const rest = row?.data.subarray(at - Number(row.start));
  return rest && rest.byteLength > 0 ? rest : null;
}
