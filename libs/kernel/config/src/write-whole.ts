import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

/** Replaces `file` by `content`, with exactly `mode`: whoever reads it at that moment gets the old one or the new one, never a part. */
export async function writeWhole(file: string, content: string, mode: number): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await writeFile(draft, content, { mode, flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
