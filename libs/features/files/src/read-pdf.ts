import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type ConfinedProcess, spawnConfined } from './confined-process.js';
import { codeOf, MissingError } from './missing-error.js';

export interface PdfLimits {
  readonly pagesMax: number;
  readonly charactersMax: number;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/** The line that goes before the bytes. */
export type PdfJob = Pick<PdfLimits, 'pagesMax' | 'charactersMax'>;

export interface PdfText {
  /** One character more than `charactersMax` where there is more. */
  readonly text: string;
  readonly pagesRead: number;
  readonly pages: number;
}

/** What the process answers. */
export type PdfOutcome = PdfText | { readonly failure: 'encrypted' | 'broken' };

const FAILURES = { encrypted: 'it is protected by a password', broken: 'it is not a readable PDF' } as const;
const TOO_MUCH_MEMORY = 'it takes too much memory to read';
const MEMORY_CHECK_MS = 50;
/** What Node and the parser take before they read anything. */
const BASE_MB = 128;
const PAGE_BYTES = 4096;
const BYTES_PER_MB = 1_048_576;
// Tests run the sources, everything else the build; both have the reader's file beside this one.
const READER = new URL(`./pdf-reader${extname(import.meta.url)}`, import.meta.url);
const PARSER = dirname(dirname(fileURLToPath(import.meta.resolve('unpdf'))));

/** When the files before are done with: the process reads one at a time, or their memory would add up. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * The text of a PDF, read in a process of its own, without rights, that is ended when it is over the limits or `signal` is aborted. Throws
 * MissingError
 * where there is no text to be had, `signal.reason` when aborted.
 */
export async function readPdf(bytes: Uint8Array, limits: PdfLimits, signal: AbortSignal): Promise<PdfText> {
  const outcome = await inTurn(() => runChild(bytes, limits, signal), signal);
  if ('failure' in outcome) throw new MissingError(FAILURES[outcome.failure]);
  if (outcome.text === '') throw new MissingError('there is no text in it; it may be a scan');
  return outcome;
}

/** Runs `work` once all that came before it is over; whoever is aborted while he waits leaves the line at once. */
async function inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: left, reject: leave } = Promise.withResolvers<never>();
  const abort = (): void => {
    leave(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  const done = turn.then(async () => {
    signal.throwIfAborted();
    return work();
  });
  turn = done.catch(() => undefined); // its own caller hears of it
  try {
    return await Promise.race([done, left]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** One process for one file. */
async function runChild(bytes: Uint8Array, limits: PdfLimits, signal: AbortSignal): Promise<PdfOutcome> {
  const child = spawnConfined(fileURLToPath(READER), { readable: [PARSER], memoryMb: limits.memoryMb });
  const { promise, resolve, reject } = Promise.withResolvers<PdfOutcome>();
  const stopLimits = holdToLimits(child, limits, reject);
  const abort = (): void => {
    reject(signal.reason);
  };
  signal.addEventListener('abort', abort);
  child.once('error', reject);
  child.stdin.on('error', () => undefined); // it ended before it had read everything, which its own end tells
  child.stdin.write(`${JSON.stringify({ pagesMax: limits.pagesMax, charactersMax: limits.charactersMax })}\n`);
  child.stdin.end(bytes);
  Promise.all([text(child.stdout), once(child, 'close')]).then(([answer]) => {
    if (answer === '')
      reject(new MissingError(TOO_MUCH_MEMORY)); // nothing else ends it without an answer
    else resolve(JSON.parse(answer) as PdfOutcome); // written by pdf-reader.ts, of the same build
  }, reject);
  try {
    return await promise;
  } finally {
    stopLimits();
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

/** V8's own limit leaves out what lies outside of its heap, and there a few kilobytes of PDF can unpack to gigabytes. */
function holdToLimits(child: ConfinedProcess, { timeoutMs, memoryMb }: PdfLimits, fail: (error: MissingError) => void): () => void {
  const timeout = setTimeout(() => {
    fail(new MissingError(`it took longer than ${String(timeoutMs / 1000)} seconds to read`));
  }, timeoutMs);
  const check = setInterval(() => {
    if (residentMb(child.pid) > memoryMb + BASE_MB) fail(new MissingError(TOO_MUCH_MEMORY));
  }, MEMORY_CHECK_MS);
  return () => {
    clearTimeout(timeout);
    clearInterval(check);
  };
}

/** Linux tells (proc(5), statm, in pages); elsewhere the limit of the heap has to do. */
function residentMb(pid: number | undefined): number {
  try {
    return (Number(readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES) / BYTES_PER_MB;
  } catch (thrown) {
    if (codeOf(thrown) === null) throw thrown;
    return 0;
  }
}
