import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { codeOf, MissingError } from './missing-error.js';

export interface PdfLimits {
  readonly pagesMax: number;
  readonly charactersMax: number;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

export interface PdfJob extends Pick<PdfLimits, 'pagesMax' | 'charactersMax'> {
  readonly bytes: Uint8Array;
}

export interface PdfText {
  /** One character more than `charactersMax` where there is more. */
  readonly text: string;
  readonly pagesRead: number;
  readonly pages: number;
}

/** What the thread answers. */
export type PdfOutcome = PdfText | { readonly failure: 'encrypted' | 'broken' };

const FAILURES = { encrypted: 'it is protected by a password', broken: 'it is not a readable PDF' } as const;
const TOO_MUCH_MEMORY = 'it takes too much memory to read';
const MEMORY_CHECK_MS = 50;
// Tests run the sources, everything else the build; both have the thread's file beside this one.
const WORKER = new URL(`./pdf-worker${extname(import.meta.url)}`, import.meta.url);

/** When the files before are done with: the process reads one at a time, or their memory would add up. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * The text of a PDF, read in a thread of its own that is ended when it is over the limits or `signal` is aborted. Throws MissingError
 * where there is no text to be had, `signal.reason` when aborted.
 */
export async function readPdf(bytes: Uint8Array, limits: PdfLimits, signal: AbortSignal): Promise<PdfText> {
  const outcome = await inTurn(() => runThread(bytes, limits, signal), signal);
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

async function runThread(bytes: Uint8Array, limits: PdfLimits, signal: AbortSignal): Promise<PdfOutcome> {
  const worker = startThread(bytes, limits);
  const { promise, resolve, reject } = Promise.withResolvers<PdfOutcome>();
  const stopLimits = holdToLimits(worker, limits, reject);
  const abort = (): void => {
    reject(signal.reason);
  };
  signal.addEventListener('abort', abort);
  worker.once('message', resolve);
  worker.once('error', (error) => {
    reject(codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? new MissingError(TOO_MUCH_MEMORY, error) : error);
  });
  try {
    return await promise;
  } finally {
    stopLimits();
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

function startThread(bytes: Uint8Array, { pagesMax, charactersMax, memoryMb }: PdfLimits): Worker {
  const job: PdfJob = { bytes: Uint8Array.from(bytes), pagesMax, charactersMax };
  const worker = new Worker(WORKER, {
    workerData: job,
    env: {}, // it holds secrets, and a parser of strangers' files needs none
    execArgv: [],
    stdout: true, // kept from the log: the parser complains about files
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}

/** V8's own limit leaves out what lies outside of its heap, and there a few kilobytes of PDF can unpack to gigabytes. */
function holdToLimits(worker: Worker, { timeoutMs, memoryMb }: PdfLimits, fail: (error: MissingError) => void): () => void {
  const timeout = setTimeout(() => {
    fail(new MissingError(`it took longer than ${String(timeoutMs / 1000)} seconds to read`));
  }, timeoutMs);
  const check = setInterval(() => {
    worker.getHeapStatistics().then(
      ({ used_heap_size, external_memory }) => {
        if (used_heap_size + external_memory > memoryMb * 1_048_576) fail(new MissingError(TOO_MUCH_MEMORY));
      },
      () => undefined, // the thread is over, which its own events tell
    );
  }, MEMORY_CHECK_MS);
  return () => {
    clearTimeout(timeout);
    clearInterval(check);
  };
}
