import { hash, timingSafeEqual } from 'node:crypto';
import { OWNER, type Principal, SCOPES } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { FailureBudget } from './failure-budget.js';
import type { IssuedTokens } from './issued-tokens.types.js';
import type { PassedTokens } from './passed-tokens.js';

export interface AuthenticatorOptions {
  readonly enabled: boolean;
  readonly gatewayToken: string;
  /** The tokens beside it. */
  readonly issued: Pick<IssuedTokens, 'idOf' | 'identify'>;
  /** What each address may guess wrong. Success costs nothing. */
  readonly failures: FailureBudget;
  /** Tokens that are let in whatever their address has guessed. */
  readonly passed: PassedTokens;
}

/** The gateway's own token may do everything, and is nobody's child. */
const GATEWAY: Principal = { tokenId: 'gateway', scopes: SCOPES, person: OWNER };
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
   * @throws Fault `unauthorized`; `rate_limited` once the address has spent its failures, for every token but those that have passed
   * within the last day: somebody else's forgotten script must not lock their owners out
   */
  async authenticateHeader(authorization: string | undefined, address: string): Promise<Principal> {
    if (!this.#options.enabled) return { tokenId: 'anonymous', scopes: SCOPES, person: OWNER };
    const token = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    if (token !== undefined) return this.authenticateToken(token, address);
    this.#checkBudget(address);
    if (authorization === undefined) throw unauthorized('Send the header "Authorization: Bearer <token>".');
    return this.#refuse(address, digest(authorization), 'The Authorization header must be "Bearer <token>".');
  }

  /** As {@link authenticateHeader}, for a token that came in a frame. @throws Unreachable where it is not known whose it is */
  async authenticateToken(token: string, address: string): Promise<Principal> {
    const { enabled, failures, passed, issued } = this.#options;
    if (!enabled) return { tokenId: 'anonymous', scopes: SCOPES, person: OWNER };
    const given = digest(token);
    // Digests have one length and tell nothing of the token: the comparison takes the same time for every guess.
    const isGateways = timingSafeEqual(given, this.#gatewayDigest);
    const tokenId = isGateways ? GATEWAY.tokenId : issued.idOf(token);
    const mayGuess = failures.look(address).allowed;
    if (!mayGuess && !(tokenId !== null && (await passed.hasPassed(tokenId)))) this.#checkBudget(address);
    if (tokenId === null) return this.#refuse(address, given, 'This token is not valid. Show the right one with "openclaw token show".');
    const found = isGateways ? GATEWAY : await issued.identify(token, given);
    if (found instanceof Fault) return this.#refuse(address, given, found.message);
    passed.remember(found.tokenId);
    return found;
  }

  /** Costs nothing. @throws Fault `rate_limited` once the address has spent its failures */
  #checkBudget(address: string): void {
    const budget = this.#options.failures.look(address);
    if (budget.allowed) return;
    throw rateLimited(
      'Too many failed authentications from this address. Wait, then send the right token.',
      0,
      budget.retryAfterMs,
      budget.resetAtMs,
    );
  }

  /** Charges the address for what was no authentication at all: what cannot be read costs as much as a wrong token. */
  countFailure(address: string): void {
    this.#options.failures.spend(address);
  }

  /** Who has guessed too much learns nothing of this token, however long it took to look it up. */
  #refuse(address: string, credential: Buffer, sentence: string): never {
    this.#checkBudget(address);
    this.#options.failures.charge(address, credential);
    throw unauthorized(sentence);
  }
}

/** 429 with the details of the contract. */
export function rateLimited(sentence: string, limit: number, retryAfterMs: number, resetAtMs: number): Fault {
  return new Fault('rate_limited', sentence, {
    details: {
      limit,
      remaining: 0,
      reset_at: new Date(resetAtMs).toISOString(),
      retry_after_seconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
    },
  });
}

function unauthorized(sentence: string): Fault {
  return new Fault('unauthorized', sentence);
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
