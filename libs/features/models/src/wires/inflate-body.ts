import { type Duplex, Readable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

type Inflater = Duplex & AsyncIterable<Uint8Array>;

/** What a reply in plain bytes begins with, after a byte order mark and white space: JSON, an event's field, a comment, a page. */
const PLAIN_BEGINNING = /^(?:\uFEFF)?\s*(?:[{["<]|:|(?:data|event|id|retry|error):)/;
/** Bytes that tell a mark; and where the header names a compression that has none, those that tell plain text. */
const MARKED_NEEDED = 2;
const UNMARKED_NEEDED = 16;
const FLUSHED = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const FLUSHED_BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };

/**
 * The bytes of a body without the compression that it has, asked for or not. The bytes decide; `encoding`, the header, only where
 * they cannot (brotli and raw deflate have no mark). What a cut stream still gives is given.
 */
export async function* inflateBody(body: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  let first = await nextOf(chunks);
  const needed = /br|deflate/i.test(encoding) ? UNMARKED_NEEDED : MARKED_NEEDED;
  while (first && first.length < needed) {
    const more = await nextOf(chunks);
    if (!more) break;
    first = Buffer.concat([first, more]);
  }
  if (!first) return;
  const inflater = inflaterFor(first, encoding.toLowerCase());
  const rest = continued(first, chunks);
  yield* inflater ? inflate(rest, inflater) : rest;
}

/** All that the bytes give, and only then what they failed with. */
async function* inflate(bytes: AsyncIterable<Uint8Array>, inflater: Inflater): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes, { objectMode: false });
  const failures: Error[] = [];
  // A pipe passes no failure on: without this it would wait for ever for bytes that do not come.
  source.once('error', (failure) => {
    failures.push(failure);
    inflater.end();
  });
  try {
    yield* source.pipe(inflater);
  } finally {
    source.destroy();
  }
  const [failure] = failures;
  if (failure) throw failure;
}

async function nextOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | null> {
  const next = await chunks.next();
  return next.done === true ? null : next.value;
}

async function* continued(first: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let chunk = await nextOf(chunks); chunk; chunk = await nextOf(chunks)) yield chunk;
  } finally {
    await chunks.return?.();
  }
}

function inflaterFor(first: Uint8Array, encoding: string): Inflater | null {
  const [one = 0, two = 0] = first;
  if (one === 0x1f && two === 0x8b) return createGunzip(FLUSHED);
  if (isPlain(first.subarray(0, 64))) return null;
  if ((one & 0x0f) === 8 && (one * 256 + two) % 31 === 0) return createInflate(FLUSHED);
  if (encoding.includes('br')) return createBrotliDecompress(FLUSHED_BROTLI);
  return encoding.includes('deflate') ? createInflateRaw(FLUSHED) : null;
}

/** Compressed bytes may begin with a bracket, too, but they do not go on as text. */
function isPlain(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes, { stream: true });
  // eslint-disable-next-line no-control-regex -- what no text has
  return PLAIN_BEGINNING.test(text) && !/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text);
}
