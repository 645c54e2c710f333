import {
  Answer,
  checkHandlers,
  EventAnswer,
  FileAnswer,
  type HandlerRequest,
  invalid,
  parseInput,
  type RouteHandler,
} from '@openclaw/feature';
import type { IssuedTokens } from '@openclaw/auth';
import { type Caller, idempotencyKeySchema, type RouteContract } from '@openclaw/words';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from './caller.js';
import type { ClientMemory } from './client-memory.js';
import { type EventStreamOptions, wantsEvents, writeEventStream } from './event-stream.js';
import { openUpload } from './read-upload.js';
import { sendFile } from './send-file.js';
import { checkStillAdmitted } from './still-admitted.js';
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
  /** How long a client may send nothing of its file. */
  readonly uploadStallMs: number;
}

/** One request as it is served. */
type Served = Serving & EventStreamOptions;

/** What is answered at once does not outlast the look that let it in. */
const NEVER_ENDS = new AbortController().signal;

/**
 * request ─► (guard) ─► parsed by the route's schemas ─► handler ─► body │ status and body │ a file │ events
 *
 * A token that ends meanwhile ends what may take long: who waits gets 401, a stream stops.
 *
 * @throws Error where a route has not exactly one handler: then nothing boots
 */
export function mountRoutes(
  fastify: FastifyInstance,
  routes: Readonly<Record<string, RouteContract>>,
  handlers: readonly RouteHandler[],
  serving: Serving,
): void {
  checkHandlers(routes, handlers);
  for (const handler of handlers.filter(({ route }) => !route.upload)) mount(fastify, handler, serving);
  // Parsers of bodies are a scope's: in this one every body is left to its handler.
  void fastify.register((uploads, _options, done) => {
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, _body, parsed) => {
      parsed(null);
    });
    for (const handler of handlers.filter(({ route }) => route.upload)) mount(uploads, handler, serving);
    done();
  });
}

function mount(fastify: FastifyInstance, { route, respond }: RouteHandler, serving: Serving): void {
  const takesLong = route.stream ?? route.upload ?? route.download;
  fastify.route({
    method: route.method,
    url: route.path,
    config: route.upload ? { upload: true } : {},
    handler: async (request, reply) => {
      const caller = route.scope === null ? null : callerOf(request);
      const input = parseInput(route, request);
      if (takesLong) {
        await serveLong(serving, route, caller, async ({ ended }) => {
          const options = { ...serving, leaving: AbortSignal.any([serving.leaving, ended]), ended };
          await send(await whileValid({ ended }, respond(input, caller, toHandlerRequest(reply, options))), route, reply, options);
        });
      } else {
        const options = { ...serving, ended: NEVER_ENDS };
        await send(await respond(input, caller, toHandlerRequest(reply, options)), route, reply, options);
      }
      return reply;
    },
  });
}

/** Counts who waits for the agent, and hears when the token ends. */
async function serveLong(
  { tokens, waiting }: Serving,
  { stream, events }: RouteContract,
  caller: Caller | null,
  serve: (hold: TokenHold) => Promise<void>,
): Promise<void> {
  const hold = holdToken(tokens, caller);
  const weight = stream && !events ? 1 : 0;
  waiting.count += weight;
  try {
    await serve(hold);
  } finally {
    waiting.count -= weight;
    hold.release();
  }
}

async function send(answer: unknown, route: RouteContract, reply: FastifyReply, options: Served): Promise<void> {
  if (answer instanceof EventAnswer) {
    void reply.headers(answer.headers);
    await writeEventStream(reply, answer.events, options);
  } else if (answer instanceof FileAnswer) {
    await sendFile(reply, answer.file, options);
  } else if (answer instanceof Answer) {
    void reply.status(answer.status).headers(answer.headers).send(answer.body);
  } else {
    const [status = 200] = Object.keys(route.replies).map(Number);
    void reply.status(status).send(answer);
  }
}

function toHandlerRequest(reply: FastifyReply, { leaving, memory, ended, uploadStallMs }: Served): HandlerRequest {
  const { request } = reply;
  return {
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'object' ? value.join(', ') : value;
    },
    get idempotencyKey() {
      return idempotencyKeyOf(request);
    },
    wantsEvents: wantsEvents(request.headers.accept),
    checkAdmittedBy: (config) => {
      checkStillAdmitted(request, config);
    },
    leaving,
    file: (bytesMax) => openUpload(reply, bytesMax, { memory, ended, stallMs: uploadStallMs }),
  };
}

function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = idempotencyKeySchema.safeParse(header);
  if (!key.success) throw invalid([{ path: 'Idempotency-Key', message: 'must be 1–255 visible ASCII characters' }]);
  return key.data;
}
