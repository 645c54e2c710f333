import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readCode } from './read-code.js';

const BYTES_MAX = 1_048_576;
/** Opens what waits for somebody at its other end, such as a named pipe, without waiting; Windows knows no such thing. */
export const WITHOUT_WAITING = (constants.O_NONBLOCK as number | undefined) ?? 0; // absent on Windows, which Node's types leave out
const REASONS = { irregular: 'is not a regular file', large: 'is larger than 1 MiB' } as const;

/** What a file says, or why it cannot be used: the code of a system call, or words that go on its name. */
export type SmallFile = { readonly text: string } | { readonly code: string } | { readonly reason: (typeof REASONS)[keyof typeof REASONS] };

/**
 * Reads a regular file of at most 1 MiB, by whatever link. A pipe, a device, a folder (`EISDIR`) and what grows while it is read are
 * refused at once: nothing that a name can point to makes a start hang or fill the memory.
 */
export function readSmallFile(path: string): SmallFile {
  try {
    return readOpen(openSync(path, constants.O_RDONLY | WITHOUT_WAITING));
  } catch (thrown) {
    const code = readCode(thrown);
    if (code === null) throw thrown;
    return { code };
  }
}

function readOpen(file: number): SmallFile {
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) return { code: 'EISDIR' };
    if (!stats.isFile()) return { reason: REASONS.irregular };
    const bytes = Buffer.alloc(BYTES_MAX + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    return length > BYTES_MAX ? { reason: REASONS.large } : { text: bytes.toString('utf8', 0, length) };
  } finally {
    closeSync(file);
  }
}
