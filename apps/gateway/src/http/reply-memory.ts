import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUpload } from './body-deadline.js';
import type { ClientMemory, ClientShare } from './client-memory.js';
import { wantsEvents } from './event-stream.js';
import type { RouteIndex } from './route-index.js';

/** What the largest reply takes as JSON, a page of a conversation or of conversations: there must be room before it is read. */
const PAGE_BYTES = 4_194_304;
/** Smaller bodies and replies are no more than what a connection costs anyway. */
const COUNTED_BYTES_MIN = 16_384;
/** A client that takes nothing of its reply for this long is gone, or as good as. */
const UNREAD_MS_MAX = 30_000;

export interface CountingParts {
  readonly memory: ClientMemory;
  readonly routes: RouteIndex;
  readonly bodyBytesMax: number;
}

/**
 * body arrives ─► counted until it is whole ─► large reply: room for a page ─► counted until it is read, or nothing of it was for 30 s
 */
export function countBodiesAndReplies(fastify: FastifyInstance, { memory, routes, bodyBytesMax }: CountingParts): void {
  const shares = new WeakMap<FastifyReply, ClientShare>();
  const shareOf = (reply: FastifyReply): ClientShare => {
    const known = shares.get(reply);
    if (known) return known;
    const share = memory.open(() => reply.raw.destroy());
    reply.raw.once('close', () => {
      share.close();
    });
    shares.set(reply, share);
    return share;
  };
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const bytes = isUpload(request) ? 0 : bodyBytesOf(request, bodyBytesMax); // a file counts piece by piece
    if (bytes >= COUNTED_BYTES_MIN) shareOf(reply).pend(bytes);
    done(null, payload);
  });
  fastify.addHook('preHandler', async (request, reply) => {
    const share = shares.get(reply);
    share?.pend(-share.bytes);
    if (isPage(request, routes)) await shareOf(reply).reserve(PAGE_BYTES, AbortSignal.timeout(UNREAD_MS_MAX));
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : 0;
    if (bytes >= COUNTED_BYTES_MIN || shares.has(reply)) {
      const share = shareOf(reply);
      share.hold(-share.bytes);
      share.pend(bytes);
      reply.raw.setTimeout(UNREAD_MS_MAX, () => reply.raw.destroy());
    }
    done(null, payload);
  });
}

/** What is read for somebody by the page: all else is as large as one thing is, and counted when it is sent. */
function isPage(request: FastifyRequest, routes: RouteIndex): boolean {
  if (request.method !== 'GET' || request.is404) return false;
  const { scope, stream, query } = routes.find(request);
  return scope !== null && query !== undefined && (stream === undefined || (stream === 'optional' && !wantsEvents(request.headers.accept)));
}

/** What the client says it sends; of what it does not say, as much as it may. */
function bodyBytesOf({ headers }: FastifyRequest, bytesMax: number): number {
  if (headers['transfer-encoding'] !== undefined) return bytesMax;
  return Math.min(bytesMax, Number(headers['content-length'] ?? 0));
}
