import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { ArchiveContents, badArchive, tooMuch, UNPACKED_BYTES_MAX } from './archive-contents.js';
import type { GivenPackage } from './read-package.js';

const inflate = promisify(gunzip);
/** Texts shrink to a tenth, zeros to a thousandth: beyond this somebody packed nothing. */
const RATIO_MAX = 200;
const RATIO_FROM_BYTES = 1_048_576;
const PIECE_BYTES = 1_048_576;
const META_BYTES_MAX = 65_536;
const MAGIC_AT = 257;
const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);
const KINDS: Readonly<Record<string, string>> = {
  SymbolicLink: 'a symbolic link',
  Link: 'a hard link',
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  FIFO: 'a pipe',
};

/**
 * .tar.gz ─► inflated, bounded ─► entries, each bounded ─► files and what is none
 *
 * @throws Fault `bad_request` for what is damaged, too large or hostile
 */
export async function unpackTar(bytes: Buffer): Promise<GivenPackage> {
  const tar = await inflate(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }).catch((thrown: unknown) => {
    const code = Error.isError(thrown) && 'code' in thrown ? thrown.code : null;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooMuch();
    if (typeof code === 'string' && code.startsWith('Z_')) throw badArchive('is damaged, or was cut short');
    throw thrown;
  });
  if (tar.length > RATIO_FROM_BYTES && tar.length > bytes.length * RATIO_MAX) throw tooMuch();
  // What is gzipped twice would be unpacked without a bound by the reader itself.
  if (tar.subarray(MAGIC_AT, MAGIC_AT + 5).toString('latin1') !== 'ustar') throw badArchive('is gzipped, and no tar archive within');
  return readEntries(tar);
}

async function readEntries(tar: Buffer): Promise<GivenPackage> {
  const contents = new ArchiveContents();
  const { promise, resolve, reject } = Promise.withResolvers<GivenPackage>();
  const stopped = new AbortController();
  const refuse = (error: Error): void => {
    stopped.abort();
    reject(error);
  };
  const read = (entry: ReadEntry): void => {
    try {
      readEntry(entry, contents);
      // eslint-disable-next-line no-catch-all/no-catch-all -- within the reader's own events: whatever it is, the promise rejects with it
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error('An entry was not read', { cause: thrown });
      refuse(error);
      entry.resume();
      parser.abort(error); // what is refused is not read to its end
    }
  };
  const parser = new Parser({ strict: true, maxMetaEntrySize: META_BYTES_MAX, onReadEntry: read });
  parser.on('ignoredEntry', read);
  parser.on('error', (error: Error) => {
    refuse(badArchive(/truncated/i.test(error.message) ? 'was cut short' : 'is damaged'));
  });
  parser.on('end', () => {
    resolve(contents);
  });
  void feed(parser, tar, stopped.signal);
  return promise;
}

/** Piece by piece: other requests get their turn in between. */
async function feed(parser: Parser, tar: Buffer, stopped: AbortSignal): Promise<void> {
  for (let at = 0; at < tar.length && !stopped.aborted; at += PIECE_BYTES) {
    parser.write(tar.subarray(at, at + PIECE_BYTES));
    await nextTurn();
  }
  if (!stopped.aborted) parser.end();
}

function readEntry(entry: ReadEntry, contents: ArchiveContents): void {
  const path = entry.type === 'Directory' ? contents.enter(`${entry.path}/`) : contents.enter(entry.path);
  if (path !== null && !FILES.has(entry.type)) contents.odd.set(path, KINDS[entry.type] ?? 'no plain file');
  if (path === null || !FILES.has(entry.type)) {
    entry.resume();
    return;
  }
  contents.take(entry.size);
  const pieces: Buffer[] = [];
  entry.on('data', (piece: Buffer) => pieces.push(piece));
  entry.on('end', () => contents.files.set(path, Buffer.concat(pieces)));
}
