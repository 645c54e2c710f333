import { Answer, checkHandlers, EventAnswer, type HandlerRequest, invalid, parseInput, type RouteHandler } from '@openclaw/feature';
import type { IssuedTokens } from '@openclaw/auth';
import { type Caller, idempotencyKeySchema, type RouteContract } from '@openclaw/words';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from './caller.js';
import type { ClientMemory } from './client-memory.js';
import { type EventStreamOptions, wantsEvents, writeEventStream } from './event-stream.js';
import { holdToken, type TokenHold, whileValid } from './token-hold.js';

export interface Serving {
  /** Aborts when the gateway begins to shut down: streams end with a hint. */
  readonly draining: AbortSignal;
  /** Aborts a while later: who still waits is told where to ask. */
  readonly leaving: AbortSignal;
  /** What clients make this process hold. */
  readonly memory: ClientMemory;
  /** Tells when a token ends. */
  readonly tokens: Pick<IssuedTokens, 'hold'>;
  /** Callers that wait for a reply of the agent, or read it as it comes. */
  readonly waiting: { count: number };
}

/** What is answered at once does not outlast the look that let it in. */
const NEVER_ENDS = new AbortController().signal;

/**
 * request ─► (guard) ─► parsed by the route's schemas ─► handler ─► body │ status and body │ events
 *
 * A token that ends meanwhile ends what may take long: who waits gets 401, a stream stops.
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
        const input = parseInput(route, request);
        if (route.stream) {
          await serveLong(serving, caller, async (hold) => {
            const leaving = AbortSignal.any([serving.leaving, hold.ended]);
            const answer = await whileValid(hold, respond(input, caller, toHandlerRequest(request, leaving)));
            await send(answer, route, reply, { ...serving, ended: hold.ended });
          });
        } else {
          await send(await respond(input, caller, toHandlerRequest(request, serving.leaving)), route, reply, { ...serving, ended: NEVER_ENDS });
        }
        return reply;
      },
    });
  }
}

/** Counts who waits, and hears when the token ends. */
async function serveLong({ tokens, waiting }: Serving, caller: Caller | null, serve: (hold: TokenHold) => Promise<void>): Promise<void> {
  const hold = holdToken(tokens, caller);
  waiting.count += 1;
  try {
    await serve(hold);
  } finally {
    waiting.count -= 1;
    hold.release();
  }
}

async function send(answer: unknown, route: RouteContract, reply: FastifyReply, options: EventStreamOptions): Promise<void> {
  if (answer instanceof EventAnswer) {
    void reply.headers(answer.headers);
    await writeEventStream(reply, answer.events, options);
  } else if (answer instanceof Answer) {
    void reply.status(answer.status).headers(answer.headers).send(answer.body);
  } else {
    const [status = 200] = Object.keys(route.replies).map(Number);
    void reply.status(status).send(answer);
  }
}

function toHandlerRequest(request: FastifyRequest, leaving: AbortSignal): HandlerRequest {
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
