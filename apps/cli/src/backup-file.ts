/**
 * Tables ─► lines of text ─► gzip ─► one file, and back
 *
 * The first line says what it is, a line before each table says which, its rows are lines of COPY up to `\.`, and the last line has the
 * count of the rows of each table and the SHA-256 of all bytes before it: without that line, the file is not whole.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { CopiedTable } from '@openclaw/db';

const FORMAT = 'openclaw-backup';
/** Of the file: a newer one is not read by guesses. */
const FORMAT_VERSION = 1;
const END_OF_ROWS = '\\.';
const NEWLINE = 10;
/** Of what is not a row of a table; a row is as long as what is in it. */
const LINE_MAX = 1_048_576;

/** The first line. */
export interface BackupHeader {
  readonly format: string;
  readonly format_version: number;
  /** Of the house that wrote it. */
  readonly version: string;
  readonly created_at: string;
  /** What made the tables. */
  readonly migrations: readonly string[];
}

/** A file that is cut, changed, or no backup. */
export class DamagedBackup extends Error {
  constructor(problem: string, cause?: unknown) {
    super(`this is no whole backup: ${problem}`, { cause });
    this.name = 'DamagedBackup';
  }
}

/** What goes into the file, before it is compressed. @param rows those of one table, read to the end before the next is asked for */
export async function* writeBackup(
  header: Omit<BackupHeader, 'format' | 'format_version'>,
  tables: readonly CopiedTable[],
  rows: (table: CopiedTable) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void> {
  const digest = createHash('sha256');
  const counts: Record<string, number> = {};
  const taken = (bytes: Buffer): Buffer => {
    digest.update(bytes);
    return bytes;
  };
  yield taken(lineOf({ format: FORMAT, format_version: FORMAT_VERSION, ...header }));
  for (const table of tables) {
    yield taken(lineOf({ table: table.name, columns: table.columns }));
    let count = 0;
    for await (const bytes of rows(table)) {
      count += linesIn(bytes);
      yield taken(bytes);
    }
    counts[table.name] = count;
    yield taken(Buffer.from(`${END_OF_ROWS}\n`));
  }
  yield lineOf({ end: true, rows: counts, sha256: digest.digest('hex') });
}

/** What is told while a backup is read. */
export interface BackupReader {
  /** Before any table; throws where it shall not be read on. */
  readonly begins: (header: BackupHeader) => Promise<void>;
  /** Takes the rows of a table, each with its line end, all of them. */
  readonly table: (table: CopiedTable, rows: AsyncIterable<Buffer>) => Promise<void>;
}

/**
 * Reads a backup to its end, in bounded memory.
 * @returns the rows of each table
 * @throws DamagedBackup where it is not whole; what was told before is then worth nothing
 */
export async function readBackup(file: Readable, { begins, table }: BackupReader): Promise<Readonly<Record<string, number>>> {
  const source = new Lines(
    file.pipe(createGunzip()).on('error', () => undefined),
    file,
  );
  const header = asHeader(await source.json());
  if (header.format_version > FORMAT_VERSION) throw new Error(`this backup is of a newer version, ${header.version}: upgrade first`);
  await begins(header);
  const counts: Record<string, number> = {};
  for (;;) {
    const digest = source.digest();
    const line = await source.json();
    if (line['end'] === true) return ended(line, counts, digest, await source.next());
    const { table: name, columns } = line;
    if (typeof name !== 'string' || !Array.isArray(columns)) throw new DamagedBackup('a table has no name');
    counts[name] = 0;
    await table(
      { name, columns: columns.map(String) },
      source.rows(() => {
        counts[name] = (counts[name] ?? 0) + 1;
      }),
    );
  }
}

function ended(
  line: Readonly<Record<string, unknown>>,
  counts: Readonly<Record<string, number>>,
  digest: string,
  more: Buffer | null,
): Readonly<Record<string, number>> {
  if (line['sha256'] !== digest) throw new DamagedBackup('its bytes are not those that were written');
  if (JSON.stringify(line['rows']) !== JSON.stringify(counts)) throw new DamagedBackup('rows are missing');
  if (more !== null) throw new DamagedBackup('something was put behind its end');
  return counts;
}

function asHeader(line: Readonly<Record<string, unknown>>): BackupHeader {
  const { format, format_version: version, migrations } = line;
  if (format !== FORMAT || typeof version !== 'number' || !Array.isArray(migrations)) throw new DamagedBackup('it does not begin as one');
  return {
    format: FORMAT,
    format_version: version,
    version: String(line['version']),
    created_at: String(line['created_at']),
    migrations: migrations.map(String),
  };
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** The lines of a compressed file, and the digest of those that were taken. */
class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #hash = createHash('sha256');
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: Readable, file: Readable) {
    file.on('error', (error) => chunks.destroy(error));
    this.#chunks = chunks[Symbol.asyncIterator]() as AsyncIterator<Buffer>; // a stream without an encoding gives buffers
  }

  /** Of all lines so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** With its end; null behind the last. */
  async next(): Promise<Buffer | null> {
    const pieces: Buffer[] = [];
    for (let at = this.#held.indexOf(NEWLINE); at < 0; at = this.#held.indexOf(NEWLINE)) {
      pieces.push(this.#held);
      const chunk = await this.#chunk();
      if (chunk === null) {
        this.#held = Buffer.alloc(0);
        if (pieces.some(({ length }) => length > 0)) throw new DamagedBackup('it is cut');
        return null;
      }
      this.#held = chunk;
    }
    const at = this.#held.indexOf(NEWLINE) + 1;
    const line = Buffer.concat([...pieces, this.#held.subarray(0, at)]);
    this.#held = this.#held.subarray(at);
    this.#hash.update(line);
    return line;
  }

  async json(): Promise<Readonly<Record<string, unknown>>> {
    const line = await this.next();
    if (line === null) throw new DamagedBackup('it is cut');
    try {
      const value: unknown = line.length > LINE_MAX ? null : JSON.parse(line.toString());
      if (typeof value === 'object' && value !== null) return { ...value };
    } catch (cause) {
      throw new DamagedBackup('a line of it cannot be read', cause);
    }
    throw new DamagedBackup('a line of it cannot be read');
  }

  /** Up to the end of the table. */
  async *rows(count: () => void): AsyncGenerator<Buffer, void> {
    for (let line = await this.next(); ; line = await this.next()) {
      if (line === null) throw new DamagedBackup('it is cut');
      if (line.length === 3 && line.toString() === `${END_OF_ROWS}\n`) return;
      count();
      yield line;
    }
  }

  async #chunk(): Promise<Buffer | null> {
    try {
      const next = await this.#chunks.next();
      return next.done === true ? null : next.value;
    } catch (cause) {
      if (Error.isError(cause) && 'code' in cause && String(cause.code).startsWith('Z_'))
        throw new DamagedBackup('it cannot be unpacked', cause);
      throw cause;
    }
  }
}
