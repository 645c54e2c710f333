import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { Fault } from '@openclaw/errors';
import { type Entry, fromBufferPromise, type LocalFileHeader, type ZipFile } from 'yauzl';
import { ArchiveContents, badArchive } from './archive-contents.js';
import type { GivenPackage } from './read-package.js';

/** Sizes come after the data: the header before it has none. */
const SIZES_FOLLOW = 0x8;
/** The longest record of sizes after the data. */
const BETWEEN_MAX = 24;
/** The record at its end, without a comment. */
const END_BYTES = 22;
const UNLISTED = 'holds bytes that it does not list, or lists some twice';
const RATIO_MAX = 200;
const RATIO_FROM_BYTES = 1_048_576;
const KIND_MASK = 0o170000;
const KINDS: Readonly<Record<number, string>> = {
  0o120000: 'a symbolic link',
  0o020000: 'a device',
  0o060000: 'a device',
  0o010000: 'a pipe',
  0o140000: 'a socket',
};

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * .zip ─► each entry of its directory ─► the same in the header before its data ─► bytes, counted and summed ─► nothing between or over
 *
 * One reader sees one archive: where its two lists of files differ, whoever looks and whoever runs would see two.
 * @throws Fault `bad_request` for what is damaged, too large, encrypted, ambiguous or hostile
 */
export async function unpackZip(bytes: Buffer): Promise<GivenPackage> {
  try {
    const zip = await fromBufferPromise(bytes, { lazyEntries: true, decodeStrings: false, validateEntrySizes: true });
    const contents = new ArchiveContents();
    const ranges: Range[] = [];
    for await (const entry of zip.eachEntry()) ranges.push(await readEntry(zip, entry, contents));
    checkRanges(ranges, directoryOf(bytes, zip.comment.length));
    return contents;
  } catch (thrown) {
    if (thrown instanceof Fault || !Error.isError(thrown)) throw thrown;
    throw badArchive(`is damaged, or was cut short (${thrown.message.slice(0, 200)})`);
  }
}

async function readEntry(zip: ZipFile, entry: Entry, contents: ArchiveContents): Promise<Range> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  checkHeader(entry, local);
  const range = { from: entry.relativeOffsetOfLocalHeader, to: local.fileDataStart + entry.compressedSize };
  const path = contents.enter(nameOf(entry.fileNameRaw));
  const kind = KINDS[(entry.externalFileAttributes >>> 16) & KIND_MASK];
  if (path === null) return range;
  if (kind === undefined) contents.files.set(path, await readBytes(zip, entry, contents));
  else contents.odd.set(path, kind);
  return range;
}

function checkHeader(entry: Entry, local: LocalFileHeader): void {
  if (entry.isEncrypted()) throw badArchive('is encrypted');
  const isSame = entry.fileNameRaw.equals(local.fileName) && entry.compressionMethod === local.compressionMethod;
  const sizesFollow = (local.generalPurposeBitFlag & SIZES_FOLLOW) !== 0;
  const sameSizes =
    local.crc32 === entry.crc32 && local.compressedSize === entry.compressedSize && local.uncompressedSize === entry.uncompressedSize;
  if (!isSame || !(sizesFollow || sameSizes)) throw badArchive('lists other files than it holds');
}

function nameOf(raw: Buffer): string {
  if (!isUtf8(raw)) throw badArchive('has a name in it that is no UTF-8');
  return raw.toString();
}

async function readBytes(zip: ZipFile, entry: Entry, contents: ArchiveContents): Promise<Buffer> {
  if (entry.uncompressedSize > RATIO_FROM_BYTES && entry.uncompressedSize > entry.compressedSize * RATIO_MAX)
    throw badArchive('unpacks to too many bytes for its size');
  contents.take(entry.uncompressedSize); // more than that is not given: the reader holds the size against what comes
  const pieces: Buffer[] = [];
  for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer); // a stream of bytes
  const bytes = Buffer.concat(pieces);
  if (crc32(bytes) !== entry.crc32) throw badArchive('is damaged: a file in it is not what its sum says');
  return bytes;
}

/** Where its directory is, which nothing may stand behind but its end. @param commentBytes of the archive's own comment */
function directoryOf(bytes: Buffer, commentBytes: number): Range {
  const end = bytes.length - END_BYTES - commentBytes;
  const range = { from: bytes.readUInt32LE(end + 16), to: bytes.readUInt32LE(end + 16) + bytes.readUInt32LE(end + 12) };
  if (range.to !== end) throw badArchive(UNLISTED);
  return range;
}

/** One archive in another, files that share their data, and bytes before the first: what another reader would read otherwise. */
function checkRanges(files: readonly Range[], directory: Range): void {
  let end = 0;
  for (const { from, to } of [...files.toSorted((a, b) => a.from - b.from), directory]) {
    if (from < end || from > end + (end === 0 ? 0 : BETWEEN_MAX)) throw badArchive(UNLISTED);
    end = to;
  }
}
