/**
 * room set aside ─► pieces, hashed and written one by one ─► type by the first bytes ─► whole: name, size, digest, key
 *                                └──────────── breaks off, too large, no room ─────────► nothing is left
 *
 * Protects: a gateway holds one piece of a file at a time, whatever its size; a person's files never take more than their bound, however
 * many arrive at once; a file is there whole or not at all.
 */
import { createHash, hash } from 'node:crypto';
import { type Caller, type FileId, newId } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { IncomingFile, StoredBytes } from '@openclaw/feature';
import { detectType, HEAD_BYTES } from './detect-type.js';
import type { FilesStore, KeptFile, Room } from './files.store.js';
import { sizeOf } from './size-of.js';
import { Turns } from './turns.js';
import type { FileRecord } from './words.js';

export interface FilesLimits {
  readonly fileBytesMax: number;
  readonly personBytesMax: number;
  readonly uploadMs: number;
}

export interface KeepOptions {
  /** Over what the file itself says. */
  readonly name: string | undefined;
  /** Its `Idempotency-Key`. */
  readonly key: string | undefined;
}

/** What of a file was read. */
interface Arrived {
  readonly size: number;
  readonly sha256: Buffer;
  readonly head: Buffer;
}

/** A piece is small enough for a range to cost little, and large enough for a file to be few rows. */
const PIECE_BYTES = 131_072;
/** Of the connections of a gateway's pool, so that files keep nobody else waiting. */
const WRITES_AT_ONCE = 2;
const READS_AT_ONCE = 2;
/** They wait for each other anyway, and must not do so with a connection each. */
const BEGINS_AT_ONCE = 1;

/** Files that people keep here. */
export class FilesService {
  readonly #store: FilesStore;
  readonly #limits: () => FilesLimits;
  readonly #writes = new Turns(WRITES_AT_ONCE);
  readonly #reads = new Turns(READS_AT_ONCE);
  readonly #begins = new Turns(BEGINS_AT_ONCE);

  constructor(store: FilesStore, limits: () => FilesLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Of the largest file that is taken. */
  get bytesMax(): number {
    return this.#limits().fileBytesMax;
  }

  /**
   * Keeps a file for the caller's person. With a key the same file is kept once, however often it is sent.
   * @throws Fault `forbidden` (no room for it), `conflict` (key used for another), and whatever the file throws
   */
  async keep(caller: Caller, file: IncomingFile, { name, key }: KeepOptions): Promise<{ file: FileRecord; replayed: boolean }> {
    const id = newId('file');
    const room = await this.#begin(caller, id, file.bytesMax);
    let kept: KeptFile | null = null;
    try {
      const { head, size, sha256 } = await this.#receive(caller, id, file, room);
      const { extension, mediaType, charset } = await detectType(head, file.declaredType);
      const whole = { name: name ?? file.name ?? `file${extension}`, mediaType, charset, size, sha256 };
      const requestHash = hash('sha256', JSON.stringify([caller.person, whole.name, sha256.toString('hex')]));
      kept = await this.#store.finish(caller, id, { ...whole, key: key === undefined ? null : { key, requestHash } });
      if (kept) return { file: toRecord(kept), replayed: false };
      return { file: await this.#replay(caller, key ?? '', requestHash), replayed: true };
    } finally {
      if (!kept) await this.#store.drop(caller, id).catch(() => undefined); // Postgres is away: it goes when its time is over
    }
  }

  /** @throws Fault `not_found` */
  async get(caller: Caller, id: FileId): Promise<FileRecord> {
    return toRecord(await this.#find(caller, id));
  }

  /** The bytes of a file, to be read from anywhere. @throws Fault `not_found` */
  async open(caller: Caller, id: FileId): Promise<StoredBytes> {
    const { name, mediaType, charset, size, sha256 } = await this.#find(caller, id);
    return {
      name,
      mediaType: charset === null ? mediaType : `${mediaType}; charset=${charset}`,
      size,
      tag: sha256,
      read: (from, to) => this.#read(caller, id, from, to),
    };
  }

  async #begin(caller: Caller, id: FileId, declared: number | null): Promise<Room> {
    const { fileBytesMax, personBytesMax, uploadMs } = this.#limits();
    const wanted = Math.min(fileBytesMax, declared ?? fileBytesMax);
    const asked = { wanted, least: declared === null ? 0 : wanted, personMax: personBytesMax, withinMs: 2 * uploadMs };
    const room = await this.#begins.take(() => this.#store.begin(caller, id, asked));
    if (!room.begun) throw noRoom(personBytesMax, room.used);
    return room;
  }

  async #receive(caller: Caller, id: FileId, file: IncomingFile, room: Room): Promise<Arrived> {
    const digest = createHash('sha256');
    let [size, head] = [0, Buffer.alloc(0)];
    for await (const piece of file.pieces(PIECE_BYTES)) {
      if (size + piece.byteLength > room.bytes) throw noRoom(this.#limits().personBytesMax, room.used);
      if (size === 0) head = Buffer.from(piece.subarray(0, HEAD_BYTES));
      digest.update(piece);
      const start = size;
      if (!(await this.#writes.take(() => this.#store.append(caller, id, start, piece))))
        throw new Fault('timeout', 'The file took too long to arrive. Send it again.');
      size += piece.byteLength;
    }
    return { size, head, sha256: digest.digest() };
  }

  /** The file that the key stands for. */
  async #replay(caller: Caller, key: string, requestHash: string): Promise<FileRecord> {
    const known = await this.#store.findKey(caller, key);
    if (known?.requestHash !== requestHash) {
      throw new Fault('conflict', 'This Idempotency-Key was used for another file. Use a new key.', {
        details: known ? { id: known.id } : {},
      });
    }
    return this.get(caller, known.id);
  }

  async #find(caller: Caller, id: FileId): Promise<KeptFile> {
    const [file] = await this.#store.find(caller, [id]);
    if (!file) throw new Fault('not_found', 'There is no such file.');
    return file;
  }

  async *#read(caller: Caller, id: FileId, from: number, to: number): AsyncGenerator<Buffer> {
    for (let at = from; at < to;) {
      const position = at;
      const rest = await this.#reads.take(() => this.#store.read(caller, id, position));
      if (!rest) throw new Fault('not_found', 'The file is gone.');
      const piece = rest.subarray(0, to - at);
      at += piece.byteLength;
      yield piece;
    }
  }
}

function noRoom(limit: number, used: number): Fault {
  const sentence = `Files of one person take ${sizeOf(limit)} at most (gateway.limits.person_file_bytes). Delete conversations with files; what no message names goes within a day.`;
  return new Fault('forbidden', sentence, { details: { limit, used } });
}

function toRecord({ id, name, mediaType, size, sha256, person, createdAt, expiresAt }: KeptFile): FileRecord {
  return {
    id,
    name,
    media_type: mediaType,
    size,
    sha256,
    person,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
