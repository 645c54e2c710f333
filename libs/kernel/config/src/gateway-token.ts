import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { findTokenProblem } from './check-token.js';
import { ConfigError } from './config-error.js';
import { readCode } from './read-code.js';
import { WITHOUT_WAITING } from './read-small-file.js';
import { writeOnce } from './write-once.js';

/** The file in the data folder that keeps the token where the configuration has none. */
export const TOKEN_FILE = 'gateway-token';
const OWNER_ONLY = 0o600;
const TOKEN_BYTES = 32;
const BYTES_MAX = 4096;

export interface KeptToken {
  readonly token: string;
  /** Whether this call made it. */
  readonly created: boolean;
}

/**
 * The token kept in `folder`; where there is none, one of 256 random bits (base64url) is made, in a file that its owner alone may
 * read. Several gateways may start at once: all get the same one. A file that others may read is tightened. Throws a ConfigError
 * where what the file holds is no token, or where it cannot be tightened.
 */
export async function readOrCreateToken(folder: string): Promise<KeptToken> {
  const kept = await findToken(folder);
  if (kept !== null) return { token: kept, created: false };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const made = randomBytes(TOKEN_BYTES).toString('base64url');
  const created = await writeOnce(join(folder, TOKEN_FILE), `${made}\n`, OWNER_ONLY);
  return created ? { token: made, created } : readOrCreateToken(folder);
}

/** The token kept in `folder`, null where none has been made yet; tightens and throws as {@link readOrCreateToken} does. */
export async function findToken(folder: string): Promise<string | null> {
  const handle = await openIfThere(join(folder, TOKEN_FILE));
  if (handle === null) return null;
  try {
    await checkFile(handle);
    await tighten(handle);
    const token = (await handle.readFile('utf8')).trim();
    const problem = token === '' ? 'is empty; delete it, and the next start makes a new one' : findTokenProblem(token);
    if (problem !== null) throw new ConfigError([{ path: TOKEN_FILE, message: problem }]);
    return token;
  } finally {
    await handle.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, constants.O_RDONLY | WITHOUT_WAITING);
  } catch (thrown) {
    const code = readCode(thrown);
    if (code === 'ENOENT') return null;
    if (code === null) throw thrown;
    throw new ConfigError([{ path: TOKEN_FILE, message: `cannot be read (${code}): ${file}` }]);
  }
}

/** @throws ConfigError for a pipe, a device, or what no token is as long as */
async function checkFile(handle: FileHandle): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > BYTES_MAX) throw new ConfigError([{ path: TOKEN_FILE, message: 'is not a file with a token' }]);
}

async function tighten(handle: FileHandle): Promise<void> {
  const { mode } = await handle.stat();
  if ((mode & 0o077) === 0) return;
  try {
    await handle.chmod(OWNER_ONLY);
  } catch (thrown) {
    if (readCode(thrown) === null) throw thrown;
    throw new ConfigError([{ path: TOKEN_FILE, message: 'may be read by others than its owner, and this process cannot change that' }]);
  }
}
