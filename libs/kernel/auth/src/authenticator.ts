import { hash, timingSafeEqual } from 'node:crypto';
import { type Principal, SCOPES } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { RateLimiter } from './rate-limiter.js';

export interface AuthenticatorOptions {
  readonly enabled: boolean;
  readonly gatewayToken: string;
  /** The budget of failures per address. Success costs nothing. */
  readonly failures: RateLimiter;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

/** Whose token it is. Guessing is bounded per address, loopback included: a web page or a container speaks from there too. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #gatewayDigest: Buffer;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#gatewayDigest = digest(options.gatewayToken);
  }

  /**
   * @param authorization the header of that name
   * @throws Fault `unauthorized`, or `rate_limited` once the address has spent its failures: then right tokens are refused too
   */
  authenticateHeader(authorization: string | undefined, address: string): Principal {
    if (!this.#options.enabled) return { tokenId: 'anonymous', scopes: SCOPES };
    this.checkBudget(address);
    if (authorization === undefined) throw unauthorized('Send the header "Authorization: Bearer <token>".');
    const token = BEARER.exec(authorization)?.[1];
    return token === undefined ? this.#refuse(address, 'The Authorization header must be "Bearer <token>".') : this.authenticateToken(token, address);
  }

  /** As {@link authenticateHeader}, for a token that came in a frame. */
  authenticateToken(token: string, address: string): Principal {
    if (!this.#options.enabled) return { tokenId: 'anonymous', scopes: SCOPES };
    this.checkBudget(address);
    // Digests have one length and tell nothing of the token: the comparison takes the same time for every guess.
    if (timingSafeEqual(digest(token), this.#gatewayDigest)) return { tokenId: 'gateway', scopes: SCOPES };
    return this.#refuse(address, 'This token is not valid. Show the right one with "openclaw token show".');
  }

  /** Costs nothing. @throws Fault `rate_limited` once the address has spent its failures */
  checkBudget(address: string): void {
    if (!this.#options.enabled) return;
    const budget = this.#options.failures.peekLocal(address);
    if (budget.allowed) return;
    throw rateLimited('Too many failed authentications from this address. Wait, then send the right token.', 0, budget.retryAfterMs, budget.resetAtMs);
  }

  /** Charges the address for what was no authentication at all: what cannot be read costs as much as a wrong token. */
  countFailure(address: string): void {
    this.#options.failures.takeLocal(address);
    void this.#options.failures.takeShared(address);
  }

  #refuse(address: string, sentence: string): never {
    this.countFailure(address);
    throw unauthorized(sentence);
  }
}

/** 429 with the details of the contract. */
export function rateLimited(sentence: string, limit: number, retryAfterMs: number, resetAtMs: number): Fault {
  return new Fault('rate_limited', sentence, {
    details: { limit, remaining: 0, reset_at: new Date(resetAtMs).toISOString(), retry_after_seconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) },
  });
}

function unauthorized(sentence: string): Fault {
  return new Fault('unauthorized', sentence);
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
