import { type Authenticator, rateLimited, type RateLimiter } from '@openclaw/auth';
import { type Principal, type Scope, toCaller } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { Settings } from '@openclaw/settings';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setCaller } from './caller.js';
import type { Connections } from './connections.js';
import { checkHostAndOrigin } from './host-and-origin.js';
import type { RouteIndex } from './route-index.js';

export interface GuardOptions {
  readonly settings: Settings;
  readonly authenticator: Authenticator;
  readonly limiter: RateLimiter;
  readonly routes: RouteIndex;
  /** Told which connections have shown a right token. */
  readonly connections: Pick<Connections, 'know'>;
  readonly isDraining: () => boolean;
}

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
    checkHostAndOrigin(request.raw, this.#options.settings.get().gateway);
    if (this.#options.isDraining()) {
      void reply.header('connection', 'close');
      throw new Fault('service_unavailable', 'The gateway is shutting down. Try again in a few seconds.');
    }
    if (asksOnly) return;
    const { routes } = this.#options;
    if (routes.isOpen(request)) {
      routes.find(request);
      return;
    }
    const principal = await this.#options.authenticator.authenticateHeader(request.headers.authorization, request.ip);
    setCaller(request, toCaller(principal, request.id));
    this.#options.connections.know(request.raw.socket);
    await this.spend(principal, reply);
    checkScope(routes.find(request).scope, principal);
    checkCoding(request);
  }

  /** Takes one request from the token's budget. @throws Fault `rate_limited` */
  async spend(principal: Principal, reply?: FastifyReply): Promise<void> {
    const limit = this.#options.settings.get().gateway.rate_limit.requests_per_minute;
    const { allowed, remaining, retryAfterMs, resetAtMs } = await this.#options.limiter.take(principal.tokenId);
    void reply?.headers({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.min(remaining, limit)),
      'x-ratelimit-reset': String(Math.ceil(resetAtMs / 1000)),
    });
    if (!allowed) throw rateLimited('Too many requests. Wait as long as Retry-After says.', limit, retryAfterMs, resetAtMs);
  }
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
  throw new Fault('unsupported_media_type', 'Send the body as it is, without Content-Encoding: packed bodies are not unpacked.');
}
