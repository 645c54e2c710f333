import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { logged, type TestProcess } from './processes.js';

/** Variables of a process that can be {@link watchLoop watched}. */
export const WATCHED = { NODE_OPTIONS: `--import=${fileURLToPath(new URL('./loop-watch.mjs', import.meta.url))}` };

/** What held a process's event loop, as the process itself has it, and what memory it takes. */
export interface LoopWatch {
  /** The longest that its main thread worked without a turn of the loop, in ms of processor time. */
  longestHeldMs(): number;
  residentMegabytes(): number;
}

/** Begins to look, best when the process has done each thing once: the first time compiles it. */
export async function watchLoop(process: TestProcess): Promise<LoopWatch> {
  process.signal('SIGUSR2');
  await logged(process, 'event loop is watched');
  return {
    longestHeldMs: () =>
      Math.max(0, ...process.log.filter(({ message }) => message === 'event loop held').map((line) => Number(line['held_ms']))),
    residentMegabytes: () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(process.pid)}/status`, 'utf8'))?.[1] ?? 0) / 1024,
  };
}
