import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export type ConfinedProcess = ChildProcessByStdio<Writable, Readable, null>;

export interface Confinement {
  /** Folders whose code it needs, beside that of its script. */
  readonly readable: readonly string[];
  /** What V8's heap may take. */
  readonly memoryMb: number;
}

/**
 * Starts `script` by this Node in a process that has no environment, may read its own code and else no file, and may write none, start
 * none, load no native code and make none from text (Node's permission model, nodejs.org/api/permissions.html). It can still open
 * connections: Node 24 has no right that would be taken away for that. Its errors go nowhere.
 */
export function spawnConfined(script: string, { readable, memoryMb }: Confinement): ConfinedProcess {
  const flags = [
    '--permission',
    ...[dirname(script), ...readable].map((folder) => `--allow-fs-read=${folder}`),
    '--disallow-code-generation-from-strings',
    '--no-warnings',
    `--max-old-space-size=${String(memoryMb)}`,
  ];
  return spawn(process.execPath, [...flags, script], { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] });
}
