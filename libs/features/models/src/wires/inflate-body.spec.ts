import { describe, expect, it } from '@jest/globals';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { inflateBody } from './inflate-body.js';

const TEXT = 'data: {"text":"a piece of the reply"}\n\n'.repeat(50);
const ENCODINGS = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
] as const;

/** The bytes in pieces of that length, and then what it fails with. */
async function* inPieces(bytes: Buffer, length: number, failure?: unknown): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield Promise.resolve(bytes.subarray(at, at + length));
  if (failure !== undefined) throw failure; // eslint-disable-line @typescript-eslint/only-throw-error -- what another realm throws is no Error here
}

async function readBytes(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(body));
}

async function read(body: AsyncIterable<Uint8Array>): Promise<{ text: string; failure: unknown }> {
  const chunks: Uint8Array[] = [];
  let failure: unknown = null;
  try {
    for await (const chunk of body) chunks.push(chunk);
    // eslint-disable-next-line no-catch-all/no-catch-all -- it is what the test looks at
  } catch (thrown: unknown) {
    failure = thrown;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), failure };
}

describe('a body without its compression', () => {
  it.each(ENCODINGS)('%s: whole, however it is split', async (encoding, compress) => {
    for (const length of [1, 2, 7, 1000])
      expect(await read(inflateBody(inPieces(compress(TEXT), length), encoding))).toEqual({ text: TEXT, failure: null });
  });

  it.each(ENCODINGS)(
    '%s: a connection that breaks gives all that came, then fails; it never waits for more',
    async (encoding, compress) => {
      const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      const bytes = compress(TEXT);
      expect(await read(inflateBody(inPieces(bytes, 7, reset), encoding))).toEqual({ text: TEXT, failure: reset });
      const cut = await read(inflateBody(inPieces(bytes.subarray(0, bytes.length / 2), 7, reset), encoding));
      expect(TEXT.startsWith(cut.text)).toBe(true);
      expect(cut.failure).toBe(reset);
    },
  );

  it('brotli of more than 64 KiB begins with a bracket, and is brotli', async () => {
    const text = 'data: x\n'.repeat(9000);
    const bytes = brotliCompressSync(text);
    expect(String.fromCharCode(bytes[0] ?? 0)).toBe('[');
    for (const length of [7, 1000]) expect(await read(inflateBody(inPieces(bytes, length), 'br'))).toEqual({ text, failure: null });
  });

  it('whatever is thrown, an error of another realm too, is passed on', async () => {
    const foreign = { code: 'ECONNRESET' };
    expect(await read(inflateBody(inPieces(gzipSync(TEXT), 7, foreign), ''))).toEqual({ text: TEXT, failure: foreign });
  });

  it.each(['data: {"a":1}\n\n', '{"a":1}', '\uFEFFdata: 1', ': ping\n\n', '[1]'])('%j is plain, whatever the header says', async (text) => {
    expect(await readBytes(inflateBody(inPieces(Buffer.from(text), 3), 'br'))).toEqual(Buffer.from(text));
  });

  it('nothing is nothing', async () => {
    expect(await read(inflateBody(inPieces(Buffer.alloc(0), 1), 'gzip'))).toEqual({ text: '', failure: null });
  });
});
