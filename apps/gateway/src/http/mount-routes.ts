import { Answer, checkHandlers, EventAnswer, type HandlerRequest, invalid, parseInput, type RouteHandler } from '@openclaw/feature';
import { idempotencyKeySchema, type RouteContract } from '@openclaw/words';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from './caller.js';
import type { ClientMemory } from './client-memory.js';
import { wantsEvents, writeEventStream } from './event-stream.js';

export interface Serving {
  /** Aborts when the gateway begins to shut down: streams end with a hint. */
  readonly draining: AbortSignal;
  /** Aborts a while later: who still waits is told where to ask. */
  readonly leaving: AbortSignal;
  /** What clients make this process hold. */
  readonly memory: ClientMemory;
  /** Callers that wait for a reply of the agent, or read it as it comes. */
  readonly waiting: { count: number };
}

/**
 * request ─► (guard) ─► parsed by the route's schemas ─► handler ─► body │ status and body │ events
 *
 * @throws Error where a route has not exactly one handler: then nothing boots
 */
export function mountRoutes(fastify: FastifyInstance, routes: Readonly<Record<string, RouteContract>>, handlers: readonly RouteHandler[], serving: Serving): void {
  checkHandlers(routes, handlers);
  for (const { route, respond } of handlers) {
    fastify.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const caller = route.scope === null ? null : callerOf(request);
        const { waiting } = serving;
        const input = parseInput(route, request);
        const weight = route.stream ? 1 : 0;
        waiting.count += weight;
        try {
          await send(await respond(input, caller, toHandlerRequest(request, serving)), route, reply, serving);
        } finally {
          waiting.count -= weight;
        }
        return reply;
      },
    });
  }
}

async function send(answer: unknown, route: RouteContract, reply: FastifyReply, serving: Serving): Promise<void> {
  if (answer instanceof EventAnswer) {
    void reply.headers(answer.headers);
    await writeEventStream(reply, answer.events, serving);
  } else if (answer instanceof Answer) {
    void reply.status(answer.status).headers(answer.headers).send(answer.body);
  } else {
    const [status = 200] = Object.keys(route.replies).map(Number);
    void reply.status(status).send(answer);
  }
}

function toHandlerRequest(request: FastifyRequest, { leaving }: Serving): HandlerRequest {
  return {
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'object' ? value.join(', ') : value;
    },
    get idempotencyKey() {
      return idempotencyKeyOf(request);
    },
    wantsEvents: wantsEvents(request.headers.accept),
    leaving,
  };
}

function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = idempotencyKeySchema.safeParse(header);
  if (!key.success) throw invalid([{ path: 'Idempotency-Key', message: 'must be 1–255 visible ASCII characters' }]);
  return key.data;
}
