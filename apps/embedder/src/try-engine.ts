import { spawnSync } from 'node:child_process';
import type { Engine } from './engine.types.js';

const TRY_MS = 20_000;
const NOT_WORKING = 'The engine does not work on this machine.';

/**
 * Runs the engine once in a process of its own, which it may end.
 * @param script that calls {@link provesWorking}
 * @returns why it does not work, or null
 */
export function tryEngine(script: string, args: readonly string[]): string | null {
  const { status, signal, error } = spawnSync(process.execPath, [script, ...args], { timeout: TRY_MS, stdio: 'ignore' });
  if (status === 0) return null;
  const how = error?.message ?? (signal === null ? `status ${String(status)}` : signal);
  return `${NOT_WORKING} (${how})`;
}

/** Whether it finds the answer of a question nearer than something else, as this model does: rubbish is not near to anything. */
export async function provesWorking(engine: Engine): Promise<boolean> {
  const question = await engine.embed('Where is the spare key?', true);
  const answer = await engine.embed('The spare key lies under the flower pot.', false);
  const other = await engine.embed('Prices of wheat fell in March.', false);
  return Math.abs(Math.hypot(...question) - 1) < 0.01 && dot(question, answer) > dot(question, other);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, number, index) => sum + number * (b[index] ?? 0), 0);
}
