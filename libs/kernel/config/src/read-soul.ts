import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';
import { readCode } from './read-code.js';

/** The agent's character, beside gateway.yaml. */
export const SOUL_FILE = 'soul.md';
const CHARACTERS_MAX = 50_000;

/** What `soul.md` says; empty where there is none. Throws a ConfigError where it cannot be read or is longer than 50,000 characters. */
export async function readSoul(folder: string): Promise<string> {
  const text = await readFile(join(folder, SOUL_FILE), 'utf8').catch((thrown: unknown) => {
    const code = readCode(thrown);
    if (code === 'ENOENT') return '';
    if (code === null) throw thrown;
    throw new ConfigError([{ path: SOUL_FILE, message: `cannot be read (${code})` }]);
  });
  if (text.length > CHARACTERS_MAX) throw new ConfigError([{ path: SOUL_FILE, message: `is longer than ${String(CHARACTERS_MAX)} characters` }]);
  return text;
}
