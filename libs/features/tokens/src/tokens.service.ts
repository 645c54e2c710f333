import { hash } from 'node:crypto';
import { type Caller, newId, type PersonId, type Principal, SCOPES, type Scope } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { invalid } from '@openclaw/feature';
import canonicalize from 'canonicalize';
import type { CreatedToken, CreateToken, ListTokensQuery, Token, TokenList } from './token.schema.js';
import { digestOf, makeToken, type TokenId } from './token-text.js';
import type { Making, TokenRow, TokensStore } from './tokens.store.js';

/**
 * maker's rights ─► at most those ─► one transaction, under one lock {key, name, maker still valid} ─► the token, shown once
 *
 * A token makes no token that may do more than itself, of another person, or that lives longer.
 */
export class TokensService {
  readonly #store: TokensStore;
  readonly #changed: () => Promise<void>;

  /** @param changed called when tokens were revoked: whoever lets tokens in looks anew */
  constructor(store: TokensStore, changed: () => Promise<void>) {
    this.#store = store;
    this.#changed = changed;
  }

  /**
   * @throws Fault `forbidden` for more than the maker has; `conflict` where the name is taken, the key used, or there are too many;
   * `bad_request` for a time that is over; `unauthorized` where the maker was revoked meanwhile
   */
  async create(maker: Caller, wanted: CreateToken, idempotencyKey?: string): Promise<CreatedToken> {
    const { name, expires_at: expiresAt = null } = wanted;
    const scopes = scopesOf(maker, wanted.scopes);
    const person = personOf(maker, wanted.person);
    const id = newId('tok');
    const token = makeToken(id);
    const idempotency = idempotencyKey === undefined ? null : { key: idempotencyKey, requestHash: hashOf(wanted) };
    const making = await this.#store.make(maker, {
      id,
      name,
      digest: digestOf(token),
      scopes,
      person,
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      idempotency,
    });
    if (making.outcome !== 'made') throw refusalOf(making);
    return { ...toToken(making.token), token };
  }

  async list(caller: Caller, { limit, offset }: ListTokensQuery): Promise<TokenList> {
    const { tokens, total } = await this.#store.list(caller, { limit, offset });
    return { tokens: tokens.map(toToken), total, limit, offset };
  }

  /** Revokes it and what it made. Runs that they asked for go on: they were accepted. @throws Fault `not_found` */
  async revoke(caller: Caller, id: TokenId): Promise<void> {
    const revoked = await this.#store.revoke(caller, id);
    if (revoked.length === 0) throw new Fault('not_found', 'There is no such token.');
    await this.#changed();
  }
}

/** In their own order, each once. */
function scopesOf(maker: Principal, wanted: readonly Scope[]): Scope[] {
  const missing = wanted.find((scope) => !maker.scopes.includes(scope));
  if (missing !== undefined) {
    throw new Fault('forbidden', `A token gives no more than it has, and this one lacks the scope "${missing}".`, {
      details: { required_scope: missing },
    });
  }
  return SCOPES.filter((scope) => wanted.includes(scope));
}

/** The gateway's own token makes tokens for everybody, another one for its person. */
function personOf(maker: Principal, wanted: PersonId | undefined): PersonId {
  if (wanted === undefined || wanted === maker.person) return maker.person;
  if (!maker.tokenId.startsWith('tok_')) return wanted;
  throw new Fault('forbidden', `This token is of the person "${maker.person}", and so is what it makes. Use the gateway token.`, {
    details: { person: maker.person },
  });
}

function hashOf(wanted: CreateToken): string {
  return hash('sha256', canonicalize(wanted) ?? '');
}

function refusalOf(making: Exclude<Making, { outcome: 'made' }>): Fault {
  switch (making.outcome) {
    case 'key_used':
      return making.same
        ? new Fault(
            'conflict',
            'This Idempotency-Key has made a token already, and tokens are shown once. If it did not reach you, revoke it and send a new key.',
            { details: { id: making.id } },
          )
        : new Fault('conflict', 'This Idempotency-Key was used for another token. Use a new key.', { details: { id: making.id } });
    case 'name_taken':
      return new Fault('conflict', 'A token of this person has that name. Choose another, or revoke that one first.', {
        details: { id: making.id },
      });
    case 'full':
      return new Fault('conflict', 'There are as many tokens as there may be. Revoke those that nobody uses.');
    case 'past':
      return invalid([{ path: 'expires_at', message: 'must be in the future' }]);
    case 'beyond_maker':
      return new Fault('forbidden', `A token makes none that outlives it, and this one expires at ${making.expiresAt.toISOString()}.`, {
        details: { expires_at: making.expiresAt.toISOString() },
      });
    case 'maker_gone':
      return new Fault('unauthorized', 'This token was revoked or has expired.');
  }
}

function toToken(row: TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    scopes: [...row.scopes],
    person: row.person,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    limits: null,
  };
}
