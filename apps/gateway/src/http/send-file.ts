import { once } from 'node:events';
import { Fault } from '@openclaw/errors';
import type { StoredBytes } from '@openclaw/feature';
import type { FastifyReply } from 'fastify';
import type { EventStreamOptions } from './event-stream.js';
import { fileReply } from './file-headers.js';

/** A client that takes nothing for this long is gone, or as good as; it can ask for the rest by `Range`. */
const DRAIN_MS_MAX = 30_000;

type SendingOptions = Pick<EventStreamOptions, 'memory' | 'ended'>;

/**
 * Sends a file, or of it what is asked for. The next piece is read only when the client has taken the last one. What fails once it has
 * begun breaks the connection, so that nobody takes a part for the whole.
 * @throws Fault `range_not_satisfiable`, `conflict` (If-Match)
 */
export async function sendFile(reply: FastifyReply, file: StoredBytes, options: SendingOptions): Promise<void> {
  const { status, headers, range } = fileReply(file, reply.request.headers);
  void reply.headers(headers);
  if (status === 416)
    throw new Fault('range_not_satisfiable', `The file has ${String(file.size)} bytes. Ask for a range of them.`, {
      details: { size: file.size },
    });
  if (status === 409) throw new Fault('conflict', 'The file is another than If-Match says.');
  reply.hijack();
  const response = reply.raw;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status);
  if (status !== 304 && reply.request.method !== 'HEAD') await write(response, file.read(range.from, range.to), options);
  response.end();
}

async function write(response: FastifyReply['raw'], pieces: AsyncIterable<Buffer>, { memory, ended }: SendingOptions): Promise<void> {
  const gone = new AbortController();
  const share = memory.open(() => response.destroy());
  response.once('close', () => {
    share.close();
    gone.abort();
  });
  try {
    for await (const piece of pieces) {
      if (gone.signal.aborted) return;
      ended.throwIfAborted();
      if (response.write(piece)) continue;
      share.pend(piece.byteLength);
      await once(response, 'drain', { signal: AbortSignal.any([gone.signal, AbortSignal.timeout(DRAIN_MS_MAX)]) }).catch(() =>
        response.destroy(),
      ); // nobody reads
      share.pend(-piece.byteLength);
    }
  } catch (thrown) {
    response.destroy();
    throw thrown;
  } finally {
    share.close();
  }
}
