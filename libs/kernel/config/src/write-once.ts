import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readCode } from './read-code.js';

/**
 * Creates `file` with `content` and exactly `mode`, unless it exists; its folder is made where it is missing. However many
 * processes try at once, one of them wins, and nobody ever reads half a file: it is written and flushed under another name, and
 * then linked to its own.
 * @returns whether this call created it
 */
export async function writeOnce(file: string, content: string, mode: number): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeFlushed(draft, content, mode);
    await link(draft, file);
    await flushFolder(dirname(file));
    return true;
  } catch (thrown) {
    if (readCode(thrown) === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeFlushed(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode); // open() would take the umask off
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new name survives a power cut only once its folder has been flushed. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
