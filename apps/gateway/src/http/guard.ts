import { type Authenticator, rateLimited, type RateLimiter } from '@openclaw/auth';
import { type Caller, type Config, onBehalfOf, type PersonId, type Principal, type RouteContract, routes, type Scope, toCaller } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setCaller } from './caller.js';
import type { Connections } from './connections.js';
import { checkHostAndOrigin, pathOf } from './host-and-origin.js';

export interface GuardOptions {
  readonly gateway: Config['gateway'];
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  /** Told which connections have shown a right token. */
  readonly connections: Pick<Connections, 'know'>;
  readonly isDraining: () => boolean;
}

const PROTECTED = /^\/(api\/v1|v1|metrics)(\/|\?|$)/;
const all: readonly RouteContract[] = Object.values(routes);
const byName = new Map(all.map((route) => [`${route.method} ${route.path}`, route]));

/**
 * Host and Origin ─► authentication ─► rate ─► route ─► method ─► scope ─► coding ─► media type, body (Fastify)
 *
 * Every request passes here before a byte of its body is read. Deny by default: what names no scope is not served.
 */
export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /**
   * @param asksOnly true for a browser's question before a request, which carries no token: Host and Origin decide alone
   * @throws the Fault of the first check that fails
   */
  async admit(request: FastifyRequest, reply: FastifyReply, asksOnly = false): Promise<void> {
    checkHostAndOrigin(request.raw, this.#options.gateway);
    if (this.#options.isDraining()) {
      void reply.header('connection', 'close');
      throw new Fault('service_unavailable', 'The gateway is shutting down. Try again in a few seconds.');
    }
    if (asksOnly) return;
    if (isOpen(request)) {
      findRoute(request);
      return;
    }
    const principal = await this.#options.authenticator.authenticateHeader(request.headers.authorization, request.ip);
    setCaller(request, toCaller(principal, request.id));
    this.#options.connections.know(request.raw.socket);
    await this.spend(principal, reply);
    checkScope(findRoute(request).scope, principal);
    checkCoding(request);
  }

  /** Takes one request from the token's budget. @throws Fault `rate_limited` */
  async spend(principal: Principal, reply?: FastifyReply): Promise<void> {
    const limit = this.#options.gateway.rate_limit.requests_per_minute;
    const { allowed, remaining, retryAfterMs, resetAtMs } = await this.#options.limiter.take(principal.tokenId);
    void reply?.headers({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.min(remaining, limit)),
      'x-ratelimit-reset': String(Math.ceil(resetAtMs / 1000)),
    });
    if (!allowed) throw rateLimited('Too many requests. Wait as long as Retry-After says.', limit, retryAfterMs, resetAtMs);
  }
}

/** By the route that was found, since a path can be spelled in many ways; an unknown one is judged by how it begins. */
function isOpen(request: FastifyRequest): boolean {
  const route = routeOf(request);
  return route ? route.scope === null : !PROTECTED.test(pathOf(request.url));
}

function routeOf(request: FastifyRequest): RouteContract | undefined {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  return byName.get(`${method} ${request.routeOptions.url ?? ''}`);
}

function findRoute(request: FastifyRequest): RouteContract {
  const route = routeOf(request);
  if (route) return route;
  const [path = ''] = pathOf(request.url).split('?', 1);
  const allow = all.filter((candidate) => matches(candidate.path, path)).map((candidate) => candidate.method);
  if (allow.length === 0) throw new Fault('not_found', 'There is no such route.');
  throw new Fault('method_not_allowed', `This path takes ${allow.join(', ')}.`, { details: { allow: allow.join(', ') } });
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}

/** @param scope null where any token will do. @throws Fault `forbidden` that names the missing scope */
export function checkScope(scope: Scope | null, principal: Principal): void {
  if (scope === null || principal.scopes.includes(scope)) return;
  throw new Fault('forbidden', `This token lacks the scope "${scope}".`, { details: { required_scope: scope } });
}

/** A packed body would be measured and parsed as if it were not. @throws Fault `unsupported_media_type` */
function checkCoding({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return;
  throw new Fault('unsupported_media_type', 'Send the body as plain JSON, without Content-Encoding: packed bodies are not unpacked.');
}

/** The caller, acting for the person that it named, if it did. @throws Fault `forbidden` where it may not */
export function actingFor(caller: Caller, person: PersonId | undefined): Caller {
  const acting = onBehalfOf(caller, person);
  if (acting) return acting;
  throw new Fault('forbidden', 'Naming another person takes a token with the scope "admin".', { details: { required_scope: 'admin' } });
}

/** Called for each route as it is registered: one that the contract does not know, with its scope, does not boot. */
export function assertInContract(method: string | string[], path: string): void {
  for (const each of [method].flat()) {
    if (each !== 'HEAD' && each !== 'OPTIONS' && !byName.has(`${each} ${path}`)) throw new Error(`route without a contract: ${each} ${path}`);
  }
}
