import { isIPv4 } from 'node:net';
import { type Authenticator, rateLimited, type RateLimiter } from '@openclaw/auth';
import { type Config, type Principal, type RouteContract, routes, type Scope } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setCaller } from './caller.js';

export interface GuardOptions {
  readonly gateway: Config['gateway'];
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  readonly isDraining: () => boolean;
}

const PROTECTED = /^\/(api\/v1|v1|metrics)(\/|\?|$)/;
const all: readonly RouteContract[] = Object.values(routes);
const byName = new Map(all.map((route) => [`${route.method} ${route.path}`, route]));

/**
 * Host and Origin ─► authentication ─► rate ─► route ─► method ─► scope; media type and body follow in Fastify
 *
 * Every request passes here before a byte of its body is read. Deny by default: what names no scope is not served.
 */
export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** @throws the Fault of the first check that fails */
  async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    checkHost(request.headers.host, this.#options.gateway);
    checkOrigin(request.headers, this.#options.gateway);
    if (this.#options.isDraining()) {
      void reply.header('connection', 'close');
      throw new Fault('service_unavailable', 'The gateway is shutting down. Try again in a few seconds.');
    }
    if (isOpen(request)) {
      findRoute(request);
      return;
    }
    const principal = this.#options.authenticator.authenticateHeader(request.headers.authorization, request.ip);
    await this.spend(principal, reply);
    checkScope(findRoute(request).scope, principal);
    setCaller(request, { principal, requestId: request.id });
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

/** Names of this very machine: people tunnel to it, so any port will do. Anything else may be a page that rebinds its name. */
export function checkHost(host: string | undefined, gateway: Config['gateway']): void {
  const name = hostName(host);
  if (name !== null && (isLoopback(name) || gateway.allowed_hosts.some((allowed) => allowed.toLowerCase() === name))) return;
  throw new Fault('forbidden', 'This Host is not served. Use 127.0.0.1 or localhost, or add the name to gateway.allowed_hosts.');
}

/** What a browser says of the page that asks: only the gateway's own pages and the allowed ones may. */
export function checkOrigin(headers: FastifyRequest['headers'], gateway: Config['gateway']): void {
  const { origin, host } = headers;
  if (origin !== undefined && gateway.allowed_origins.includes(origin)) return;
  const isOwn = origin === undefined || origin === `http://${host ?? ''}` || origin === `https://${host ?? ''}`;
  const site = headers['sec-fetch-site'];
  if (isOwn && site !== 'cross-site' && site !== 'same-site') return;
  throw new Fault('forbidden', 'Pages of other origins may not call this gateway. Add the origin to gateway.allowed_origins to allow it.');
}

/** @returns the name without its port, in lower case; null where the header is not a host */
function hostName(host: string | undefined): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(host ?? '');
  return match?.[1]?.toLowerCase() ?? null;
}

/** True for the names by which a machine calls itself. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/** By the route that was found, since a path can be spelled in many ways; an unknown one is judged by how it begins. */
function isOpen(request: FastifyRequest): boolean {
  const route = routeOf(request);
  return route ? route.scope === null : !PROTECTED.test(request.url);
}

function routeOf(request: FastifyRequest): RouteContract | undefined {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  return byName.get(`${method} ${request.routeOptions.url ?? ''}`);
}

function findRoute(request: FastifyRequest): RouteContract {
  const route = routeOf(request);
  if (route) return route;
  const [path = ''] = request.url.split('?', 1);
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

/** Called for each route as it is registered: one that the contract does not know, with its scope, does not boot. */
export function assertInContract(method: string | string[], path: string): void {
  for (const each of [method].flat()) {
    if (each !== 'HEAD' && each !== 'OPTIONS' && !byName.has(`${each} ${path}`)) throw new Error(`route without a contract: ${each} ${path}`);
  }
}
