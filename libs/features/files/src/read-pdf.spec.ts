import { describe, expect, it } from '@jest/globals';
import { makePdf } from '../../../../test/support/make-pdf.js';
import { type PdfLimits, readPdf } from './read-pdf.js';

const limits: PdfLimits = { pagesMax: 10, charactersMax: 1000, timeoutMs: 10_000, memoryMb: 256 };
const calm = new AbortController().signal;

describe('readPdf', () => {
  it('gives the text of every page in order', async () => {
    expect(await readPdf(makePdf(['First page', 'Second page']), limits, calm)).toEqual({
      text: 'First page\n\nSecond page',
      pagesRead: 2,
      pages: 2,
    });
  });

  it('reads no more pages than the limit', async () => {
    expect(await readPdf(makePdf(['one', 'two', 'three']), { ...limits, pagesMax: 2 }, calm)).toEqual({
      text: 'one\n\ntwo',
      pagesRead: 2,
      pages: 3,
    });
  });

  it('stops at the page that passes the most characters', async () => {
    const { text, pagesRead } = await readPdf(
      makePdf(['a'.repeat(50), 'b'.repeat(50), 'c'.repeat(50)]),
      { ...limits, charactersMax: 60 },
      calm,
    );
    expect(pagesRead).toBe(2);
    expect(text).toHaveLength(61);
  });

  it('leaves the bytes it was given as they were', async () => {
    const bytes = makePdf(['text']);
    const copy = Uint8Array.from(bytes);
    await readPdf(bytes, limits, calm);
    expect(Buffer.compare(bytes, copy)).toBe(0);
  });

  it('says of an encrypted file that it is', async () => {
    await expect(readPdf(makePdf(['secret'], { encrypted: true }), limits, calm)).rejects.toThrow('it is protected by a password');
  });

  it.each([
    ['garbage after the signature', Buffer.from('%PDF-1.7\nnothing of the kind')],
    ['half a file', makePdf(['text']).subarray(0, 200)],
  ])('says of %s that it is no readable PDF', async (_, bytes) => {
    await expect(readPdf(bytes, limits, calm)).rejects.toThrow('it is not a readable PDF');
  });

  it('says of pages without text that there is none', async () => {
    await expect(readPdf(makePdf(['']), limits, calm)).rejects.toThrow('there is no text in it');
  });

  it('ends a process that is over its time', async () => {
    await expect(readPdf(makePdf(['text']), { ...limits, timeoutMs: 1 }, calm)).rejects.toThrow(
      'it took longer than 0.001 seconds to read',
    );
  });

  it('ends a process whose file unpacks to more than its memory', async () => {
    const bomb = makePdf(['text'], { padding: 100_000_000 });
    expect(bomb.byteLength).toBeLessThan(1_000_000);
    await expect(readPdf(bomb, { ...limits, memoryMb: 64 }, calm)).rejects.toThrow('it takes too much memory to read');
  });

  it('reads one file at a time, in order; who is aborted while he waits leaves the line at once', async () => {
    const leaving = new AbortController();
    const over: string[] = [];
    const read = async (name: string, signal: AbortSignal): Promise<void> =>
      readPdf(makePdf([name]), limits, signal).then(
        ({ text }) => void over.push(text),
        (reason: unknown) => void over.push(String(reason)),
      );
    const reading = [read('first', calm), read('second', calm), read('third', leaving.signal), read('fourth', calm)];
    leaving.abort('left');
    await Promise.all(reading);
    expect(over).toEqual(['left', 'first', 'second', 'fourth']);
  });

  it('rejects with the reason of an abort, before and during the work', async () => {
    await expect(readPdf(makePdf(['text']), limits, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
    const controller = new AbortController();
    const reading = readPdf(makePdf(['text']), limits, controller.signal);
    controller.abort(new Error('stop now'));
    await expect(reading).rejects.toThrow('stop now');
  });
});
