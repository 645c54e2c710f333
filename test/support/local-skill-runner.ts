import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SkillAnswer, SkillCall, SkillRunner } from '@openclaw/feature';

/** A runner for skills of our own, which isolates nothing: for tests alone. */
export interface LocalSkillRunner extends SkillRunner {
  /** What it was asked for, in order. */
  readonly calls: readonly Pick<SkillCall, 'entry' | 'input' | 'timeoutS' | 'env' | 'permissions'>[];
}

/** Runs a skill's entry as a child of the test, with its arguments on standard input. @param variables for all of them, beside their own */
export function localSkillRunner(variables: Readonly<Record<string, string>> = {}): LocalSkillRunner {
  const calls: LocalSkillRunner['calls'][number][] = [];
  return {
    calls,
    refusal: () => null,
    sandbox: () => ({ lanes: 1, runtime: 'none', landlock: null }),
    run: async (call) => {
      const { entry, input, timeoutS, env, permissions } = call;
      calls.push({ entry, input, timeoutS, env, permissions });
      const folder = mkdtempSync(join(tmpdir(), 'skill-'));
      try {
        for (const [path, bytes] of await call.bundle()) {
          mkdirSync(dirname(join(folder, path)), { recursive: true });
          writeFileSync(join(folder, path), bytes);
        }
        return await runEntry(join(folder, entry), { ...call, env: { ...variables, ...env } });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

async function runEntry(
  file: string,
  { runtime, input, env, signal }: Pick<SkillCall, 'runtime' | 'input' | 'env' | 'signal'>,
): Promise<SkillAnswer> {
  const [command, args] = runtime === 'node' ? [process.execPath, [file]] : ['/usr/bin/python3', ['-B', file]];
  const child = spawn(command, args, { env, signal });
  const [output, error] = [child.stdout, child.stderr].map((stream) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    return pieces;
  });
  child.stdin.on('error', () => undefined); // a skill need not read its arguments
  child.stdin.end(JSON.stringify(input));
  const [code] = (await once(child, 'close')) as [number | null]; // its exit status comes first
  const text = (pieces: readonly Buffer[] = []): string => Buffer.concat(pieces).toString();
  return {
    output: text(output),
    files: [],
    refused: [],
    failure: code === 0 ? null : `exit status ${String(code)}: ${text(error)}`,
    costLane: false,
    givenUp: null,
  };
}
