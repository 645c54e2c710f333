import { Unreachable } from '@openclaw/errors';
import type { Lease } from './lease.js';

const RETRY_MS = 250;

/**
 * Repeats a fenced write while Postgres is out of reach: the work is done and must not be lost with it. Repeating is safe, the
 * fence turns away the second of two.
 * @returns what the write returned; false as well where the lease was lost meanwhile
 */
export async function untilWritten<T>(write: () => Promise<T | false>, lease: Lease): Promise<T | false> {
  for (;;) {
    const written = await write().catch((thrown: unknown) => {
      if (thrown instanceof Unreachable) return null;
      throw thrown;
    });
    if (written !== null) return written;
    if (lease.reason === 'lost') return false;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
