import { readFileSync } from 'node:fs';

const KB = 1024;

/** What a process holds and has held at most, in bytes, as Linux counts it. */
export function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * KB;
  return { now: read('VmRSS'), most: read('VmHWM') };
}
