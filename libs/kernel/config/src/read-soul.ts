import { join } from 'node:path';
import { ConfigError } from './config-error.js';
import { readSmallFile } from './read-small-file.js';

/** The agent's character, beside gateway.yaml. */
export const SOUL_FILE = 'soul.md';
const CHARACTERS_MAX = 50_000;

/** What `soul.md` says; empty where there is none. Throws a ConfigError where it cannot be read or is longer than 50,000 characters. */
export function readSoul(folder: string): string {
  const read = readSmallFile(join(folder, SOUL_FILE));
  if ('code' in read && read.code === 'ENOENT') return '';
  if ('code' in read) throw new ConfigError([{ path: SOUL_FILE, message: `cannot be read (${read.code})` }]);
  if ('reason' in read) throw new ConfigError([{ path: SOUL_FILE, message: read.reason }]);
  if (read.text.length > CHARACTERS_MAX)
    throw new ConfigError([{ path: SOUL_FILE, message: `is longer than ${String(CHARACTERS_MAX)} characters` }]);
  return read.text;
}
