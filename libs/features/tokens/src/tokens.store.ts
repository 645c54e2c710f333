import { writeAudit } from '@openclaw/audit';
import { type Caller, idToUuid, isId, type PersonId, type Principal, type Scope, uuidToId } from '@openclaw/words';
import { as, type Database, of, type OwnedStatement, ownedStatement, type Query, type Row, statement, type Statement } from '@openclaw/db';
import type { TokenId } from './token-text.js';

/** A token as it is kept. */
export interface TokenRow {
  readonly id: TokenId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly person: PersonId;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** A token that is to be kept. */
export interface NewToken {
  readonly id: TokenId;
  readonly name: string;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
  readonly scopes: readonly Scope[];
  readonly person: PersonId;
  /** null: as long as its maker. */
  readonly expiresAt: Date | null;
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
}

/** What came of keeping a token: it is kept, or why nothing is. */
export type Making =
  | { readonly outcome: 'made'; readonly token: TokenRow }
  /** The key was used before: for the same request or another, and this came of it. */
  | { readonly outcome: 'key_used'; readonly id: TokenId; readonly same: boolean }
  | { readonly outcome: 'name_taken'; readonly id: TokenId }
  | { readonly outcome: 'beyond_maker'; readonly expiresAt: Date }
  | { readonly outcome: 'maker_gone' | 'past' | 'full' };

/** What a gateway must know of a token to let its holder in. */
export interface TokenRecord {
  readonly principal: Principal;
  readonly digest: Buffer;
  readonly revoked: boolean;
  /** By Postgres' clock, from the moment of asking; null for never, negative once it has expired. */
  readonly expiresInMs: number | null;
}

/** Tokens that are not revoked, of all makers: who needs more has a script that forgets to revoke. */
const TOKENS_MAX = 10_000;
const KEPT = {
  id: 'uuid',
  name: 'text',
  scopes: of<Scope[]>('text[]'),
  person: 'text',
  created_by: 'text',
  created_at: 'timestamptz',
  expires_at: 'timestamptz?',
  last_used_at: 'timestamptz?',
} as const;
const COLUMNS = Object.keys(KEPT).join(', ');
const LIVE = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())';
const EXPIRES_IN = '(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS expires_in_ms';
const FINDS_OUT = 'it finds out whose token it is';
const OF_THE_MAKER = 'a key is its maker’s';

/** Held to the end of the transaction: nothing is made by a token while it is revoked, and no name is taken twice at once. */
const LOCK = statement({ name: 'lock_tokens', text: 'SELECT pg_advisory_xact_lock(78, 0)' });
const FORGET_KEY = statement({
  anybodys: OF_THE_MAKER,
  name: 'forget_token_key',
  params: { createdBy: 'text', key: 'text' },
  text: `UPDATE tokens SET idempotency_key = NULL, request_hash = NULL
WHERE created_by = :createdBy AND idempotency_key = :key AND created_at <= now() - interval '24 hours'`,
});
const FIND_KEY = statement({
  anybodys: OF_THE_MAKER,
  name: 'find_token_key',
  params: { createdBy: 'text', key: 'text' },
  row: { id: 'uuid', request_hash: 'text' },
  text: 'SELECT id, request_hash FROM tokens WHERE created_by = :createdBy AND idempotency_key = :key',
});
const MAKE = ownedStatement({
  name: 'make_token',
  params: {
    id: 'uuid',
    name: 'text',
    digest: 'bytea',
    scopes: 'text[]',
    parentId: 'uuid?',
    createdBy: 'text',
    expiresAt: 'timestamptz?',
    key: 'text?',
    requestHash: 'text?',
    max: 'int4',
  },
  row: {
    maker_gone: 'bool',
    namesake: 'uuid?',
    past: 'bool',
    full: 'bool',
    bound: 'timestamptz?',
    created_at: 'timestamptz?',
    expires_at: 'timestamptz?',
  },
  text: `WITH maker AS (SELECT expires_at FROM tokens WHERE id = :parentId AND ${LIVE}),
gate AS (SELECT
  :parentId IS NOT NULL AND NOT EXISTS (SELECT FROM maker) AS maker_gone,
  (SELECT id FROM tokens WHERE person = :person AND name = :name AND ${LIVE} LIMIT 1) AS namesake,
  coalesce(:expiresAt <= now(), false) AS past,
  (SELECT count(*) FROM tokens WHERE revoked_at IS NULL) >= :max AS "full",
  (SELECT expires_at FROM maker) AS bound),
made AS (
  INSERT INTO tokens (id, name, digest, scopes, person, parent_id, created_by, expires_at, idempotency_key, request_hash)
  SELECT :id, :name, :digest, :scopes, :person, :parentId, :createdBy, least(:expiresAt, bound), :key, :requestHash FROM gate
  WHERE NOT maker_gone AND namesake IS NULL AND NOT past AND NOT "full" AND NOT coalesce(:expiresAt > bound, false)
  RETURNING created_at, expires_at)
SELECT maker_gone, namesake, past, "full", bound, made.created_at, made.expires_at FROM gate LEFT JOIN made ON true`,
});
const LIST = ownedStatement({
  name: 'list_tokens',
  params: { limit: 'int4', offset: 'int4' },
  row: KEPT,
  text: `SELECT ${COLUMNS} FROM tokens WHERE revoked_at IS NULL AND (:sees IS NULL OR person = :sees) ORDER BY id DESC LIMIT :limit OFFSET :offset`,
});
const COUNT = ownedStatement({
  name: 'count_tokens',
  row: { total: 'int4' },
  text: 'SELECT count(*)::int4 AS total FROM tokens WHERE revoked_at IS NULL AND (:sees IS NULL OR person = :sees)',
});
/** The token and whatever it made, whatever that made, and so on. */
const REVOKE = ownedStatement({
  name: 'revoke_token',
  params: { id: 'uuid' },
  row: { id: 'uuid' },
  text: `WITH RECURSIVE line AS (
  SELECT id FROM tokens WHERE id = :id AND revoked_at IS NULL AND (:sees IS NULL OR person = :sees)
  UNION SELECT made.id FROM tokens made JOIN line ON made.parent_id = line.id)
UPDATE tokens SET revoked_at = now() FROM line WHERE tokens.id = line.id AND tokens.revoked_at IS NULL RETURNING tokens.id`,
});
const FIND = statement({
  anybodys: FINDS_OUT,
  name: 'find_token',
  params: { id: 'uuid' },
  row: { digest: 'bytea', scopes: of<Scope[]>('text[]'), person: 'text', revoked: 'bool', expires_in_ms: 'float8?' },
  pipelined: true,
  text: `SELECT digest, scopes, person, revoked_at IS NOT NULL AS revoked, ${EXPIRES_IN} FROM tokens WHERE id = :id`,
});
const VALID = statement({
  anybodys: FINDS_OUT,
  name: 'valid_tokens',
  params: { ids: 'uuid[]' },
  row: { id: 'uuid', expires_in_ms: 'float8?' },
  pipelined: true,
  text: `SELECT id, ${EXPIRES_IN} FROM tokens WHERE id = ANY(:ids) AND ${LIVE}`,
});
const TOUCH = statement({
  anybodys: 'each holder’s own use of it',
  name: 'touch_tokens',
  params: { ids: 'uuid[]' },
  text: `UPDATE tokens SET last_used_at = now()
WHERE id = ANY(:ids) AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`,
});
const FORGET = statement({
  anybodys: 'tokens of all persons grow old alike',
  name: 'forget_tokens',
  text: `DELETE FROM tokens WHERE least(revoked_at, expires_at) < now() - interval '30 days'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [
  LOCK,
  FORGET_KEY,
  FIND_KEY,
  MAKE,
  LIST,
  COUNT,
  REVOKE,
  FIND,
  VALID,
  TOUCH,
  FORGET,
];

/** Tokens in Postgres, whose clock decides when one has expired. */
export class TokensStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a token that `maker` made, or nothing. @param maker as it came, not as it acts for somebody */
  async make(maker: Caller, token: NewToken): Promise<Making> {
    return this.#database.transaction(async (query) => {
      await query(LOCK);
      const making = (await this.#findKey(query, maker, token.idempotency)) ?? (await make(query, maker, token));
      if (making.outcome === 'made') {
        const { id, name, scopes, person, expiresAt } = making.token;
        await writeAudit(query, maker, { action: 'token.created', target: id, details: { name, scopes, person, expires_at: expiresAt } });
      }
      return making;
    });
  }

  /** Those that are not revoked, newest first; expired ones are among them for 30 days. */
  async list(caller: Caller, page: { readonly limit: number; readonly offset: number }): Promise<{ tokens: TokenRow[]; total: number }> {
    const own = this.#database.as(caller);
    const [rows, [count]] = await Promise.all([own(LIST, page), own(COUNT)]);
    return { tokens: rows.map(toToken), total: count?.total ?? 0 };
  }

  /** @returns the ids of all that are revoked by it, none where there is no such token */
  async revoke(caller: Caller, id: TokenId): Promise<TokenId[]> {
    return this.#database.transaction(async (query) => {
      await query(LOCK);
      const revoked = (await as(query, caller)(REVOKE, { id: idToUuid(id) })).map((row) => uuidToId('tok', row.id));
      if (revoked.length > 0)
        await writeAudit(query, caller, {
          action: 'token.revoked',
          target: id,
          details: { with_it: revoked.filter((other) => other !== id) },
        });
      return revoked;
    });
  }

  /** null where there is none. */
  async find(id: TokenId): Promise<TokenRecord | null> {
    const [row] = await this.#database.query(FIND, { id: idToUuid(id) });
    if (!row) return null;
    const { scopes, person, digest, revoked } = row;
    return { principal: { tokenId: id, scopes, person }, digest, revoked, expiresInMs: row.expires_in_ms };
  }

  /** Those of `ids` that are valid now, each with how long it still is. */
  async valid(ids: readonly TokenId[]): Promise<ReadonlyMap<TokenId, number | null>> {
    const rows = await this.#database.query(VALID, { ids: ids.map((id) => idToUuid(id)) });
    return new Map(rows.map((row) => [uuidToId('tok', row.id), row.expires_in_ms]));
  }

  /** They were used just now; written where that is news by a minute. */
  async touch(ids: readonly TokenId[]): Promise<void> {
    await this.#database.query(TOUCH, { ids: ids.map((id) => idToUuid(id)) });
  }

  /** Drops what was revoked or has expired a month ago. */
  async forgetOld(): Promise<void> {
    await this.#database.query(FORGET);
  }

  async #findKey(query: Query, { tokenId: createdBy }: Principal, idempotency: NewToken['idempotency']): Promise<Making | null> {
    if (!idempotency) return null;
    const { key, requestHash } = idempotency;
    await query(FORGET_KEY, { createdBy, key });
    const [row] = await query(FIND_KEY, { createdBy, key });
    return row ? { outcome: 'key_used', id: uuidToId('tok', row.id), same: row.request_hash === requestHash } : null;
  }
}

async function make(query: Query, maker: Principal, token: NewToken): Promise<Making> {
  const { name, digest, scopes, person, expiresAt, idempotency } = token;
  const [row] = await as(query, { person, sees: person })(MAKE, {
    id: idToUuid(token.id),
    ...{ name, digest, scopes, expiresAt },
    parentId: isId('tok', maker.tokenId) ? idToUuid(maker.tokenId) : null,
    createdBy: maker.tokenId,
    key: idempotency?.key ?? null,
    requestHash: idempotency?.requestHash ?? null,
    max: TOKENS_MAX,
  });
  if (row?.created_at) {
    return {
      outcome: 'made',
      token: {
        id: token.id,
        name,
        scopes,
        person,
        createdBy: maker.tokenId,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        lastUsedAt: null,
      },
    };
  }
  return refusalOf(row);
}

function refusalOf(row: Row<typeof MAKE.owned.row> | undefined): Making {
  if (!row || row.maker_gone) return { outcome: 'maker_gone' };
  if (row.namesake !== null) return { outcome: 'name_taken', id: uuidToId('tok', row.namesake) };
  if (row.past) return { outcome: 'past' };
  if (row.full) return { outcome: 'full' };
  return row.bound ? { outcome: 'beyond_maker', expiresAt: row.bound } : { outcome: 'maker_gone' };
}

function toToken(row: Row<typeof KEPT>): TokenRow {
  const { name, scopes, person } = row;
  return {
    id: uuidToId('tok', row.id),
    name,
    scopes,
    person,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
