import { once } from 'node:events';
import type { EventReader, StreamEvent } from '@openclaw/feature';
import type { FastifyReply } from 'fastify';
import type { ClientMemory } from './client-memory.js';

const KEEP_ALIVE_MS = 15_000;
/** A reader that takes nothing for this long is gone, or as good as; it can come back with Last-Event-ID. */
const DRAIN_MS_MAX = 60_000;
/** How long a reader may take for what it was sent before its token ended, or the gateway began to stop. */
const PARTING_MS = 500;

export interface EventStreamOptions {
  /** Aborts when the gateway shuts down: then the stream ends with a hint to resume. */
  readonly draining: AbortSignal;
  /** Aborts when the reader's token is revoked or expires: then the stream ends, and coming back gets 401. */
  readonly ended: AbortSignal;
  /** What clients make this process hold: beyond its bound a stream that is not read is cut off. */
  readonly memory: ClientMemory;
}

/**
 * Writes events as Server-Sent Events (WHATWG HTML, 9.2) until they end, the client goes away, or the gateway shuts down. The next
 * event is asked for only when the client has taken the last one, so a slow reader costs no memory here. Going away ends the
 * stream and nothing else.
 * @param follow makes the events
 */
export async function writeEventStream(
  reply: FastifyReply,
  follow: (reader: EventReader) => AsyncIterable<StreamEvent>,
  { draining, ended, memory: clients }: EventStreamOptions,
): Promise<void> {
  const gone = new AbortController();
  const response = reply.raw;
  const memory = clients.open(() => response.destroy());
  response.once('close', () => {
    memory.close();
    gone.abort();
  });
  openStream(reply);
  const parting = AbortSignal.any([draining, ended]);
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
  }, KEEP_ALIVE_MS);
  try {
    for await (const event of follow({ signal: AbortSignal.any([gone.signal, parting]), memory })) {
      const text = `id: ${String('position' in event ? event.position : event.seq)}\ndata: ${JSON.stringify(event)}\n\n`;
      if (response.write(text)) continue;
      memory.pend(text.length);
      await drained(response, gone, parting);
      memory.pend(-text.length);
    }
    if (ended.aborted) response.write(': the token was revoked or has expired\n\n');
    else if (draining.aborted) response.write(': the gateway restarts; come back with Last-Event-ID\nretry: 1000\n\n');
  } finally {
    clearInterval(keepAlive);
    response.end();
    if (parting.aborted) destroyUnread(response);
  }
}

/** Who does not read keeps nothing open by it. */
function destroyUnread(response: FastifyReply['raw']): void {
  const timer = setTimeout(() => response.destroy(), PARTING_MS);
  response.once('close', () => {
    clearTimeout(timer);
  });
}

function openStream(reply: FastifyReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
}

async function drained(response: FastifyReply['raw'], gone: AbortController, parting: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([gone.signal, parting, AbortSignal.timeout(DRAIN_MS_MAX)]);
  await once(response, 'drain', { signal }).catch(() => {
    if (parting.aborted) return;
    // Closed, or too slow for too long: either way nobody reads.
    gone.abort();
    response.destroy();
  });
}

/** True where the client asked for events. */
export function wantsEvents(accept: string | undefined): boolean {
  return accept?.split(',').some((type) => type.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream') ?? false;
}
