import type { Readable } from 'node:stream';

/** What may wait to be read; beyond it the sender waits. */
const WAITING_BYTES_MAX = 1_048_576;

/**
 * The bytes of a body, all that came before it failed included: a stream that is destroyed drops what it holds, and a connection
 * that is reset right behind the end of a reply would take the end with it. Chunks that wait together come as one.
 *
 * @param onByte called for each chunk as it arrives
 */
export async function* drainBody(body: Readable, onByte: () => void): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let failure: { readonly error: Error } | null = null;
  let wake = Promise.withResolvers<undefined>();
  body.on('data', (chunk: Uint8Array) => {
    onByte();
    waiting.push(chunk);
    size += chunk.byteLength;
    if (size > WAITING_BYTES_MAX) body.pause();
    wake.resolve(undefined);
  });
  body.on('error', (error) => (failure = { error }));
  body.once('close', () => {
    wake.resolve(undefined);
  });
  try {
    for (;;) {
      await wake.promise;
      wake = Promise.withResolvers();
      const chunks = waiting;
      [waiting, size] = [[], 0];
      const [first] = chunks;
      if (first) yield chunks.length === 1 ? first : Buffer.concat(chunks);
      if (waiting.length > 0) continue;
      if (body.destroyed) {
        throwIfFailed(failure);
        return;
      }
      body.resume();
    }
  } finally {
    body.destroy();
  }
}

function throwIfFailed(failure: { readonly error: Error } | null): void {
  if (failure) throw failure.error;
}
