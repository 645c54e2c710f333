import { timingSafeEqual } from 'node:crypto';
import type { IssuedTokens } from '@openclaw/auth';
import { Fault } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';
import { isId, type Principal } from '@openclaw/words';
import type { RevocationNotices } from './revocation-notices.js';
import { readTokenId, type TokenId } from './token-text.js';
import type { TokenRecord, TokensStore } from './tokens.store.js';

export interface KnownTokensOptions {
  readonly store: Pick<TokensStore, 'find' | 'valid' | 'touch'>;
  readonly notices: Pick<RevocationNotices, 'start' | 'tell' | 'stop'>;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back; the process's own by default. */
  readonly now?: () => number;
}

/** What this process knows of a token. Times are of its own steady clock. */
interface Known {
  /** null: Postgres has none of that id. */
  readonly record: TokenRecord | null;
  /** When Postgres was last asked. */
  confirmedAt: number;
  expiresAt: number;
  usedAt: number;
  /** When its use was last noted for Postgres. */
  notedAt: number;
}

/** Half of what a revocation may take: one look may just have missed it, the next one sees it. */
const LOOK_MS = 1000;
/** A token is let in on what Postgres said no longer ago than this; beyond it, it is asked again. */
const FRESH_MS = 1500;
/** What is not valid does not become so: it is asked after again only because a database may be restored. */
const REFUSED_FRESH_MS = 60_000;
/** A token that was not used for so long is not looked after any more, and asked for when it comes again. */
const IDLE_MS = 60_000;
/** A little more than the minute by which Postgres decides whether a use is news. */
const NOTE_MS = 61_000;
/** Tokens that a process remembers, wrong ones included; beyond it the one asked for longest ago is forgotten. */
const KNOWN_MAX = 10_000;

/**
 * token ─► its id, from its form ─► what Postgres said within 1.5 s, else asked now ─► digest, revoked?, expired? ─► principal
 * every second, and at each notice: the ids in use ─► Postgres: which are valid? ─► the others are forgotten, and what they hold open ends
 *
 * Postgres alone decides, by its own clock. While it is away nobody new is let in by a token that was made; what is open stays open, since
 * then nobody can revoke either.
 */
export class KnownTokens implements IssuedTokens {
  readonly #options: KnownTokensOptions;
  readonly #now: () => number;
  readonly #known = new Map<TokenId, Known>();
  readonly #asking = new Map<TokenId, Promise<Known>>();
  readonly #held = new Map<TokenId, Set<(why: Fault) => void>>();
  readonly #used = new Set<TokenId>();
  /** One more at each revocation that this process hears of: what was asked before it is asked again. */
  #epoch = 0;
  #looking: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: KnownTokensOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
  }

  start(): void {
    this.#options.notices.start(() => void this.#lookAnew());
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Notes what was used since the last look, and waits for what is under way. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#options.notices.stop();
    await this.look();
  }

  idOf(token: string): TokenId | null {
    return readTokenId(token);
  }

  async identify(token: string, digest: Buffer): Promise<Principal | Fault> {
    const id = readTokenId(token);
    const known = id === null ? null : await this.#get(id);
    const now = this.#now();
    if (id === null || !known?.record || !timingSafeEqual(known.record.digest, digest))
      return unauthorized('There is no such token, or it was revoked long ago.');
    if (known.record.revoked) return unauthorized('This token was revoked.');
    if (known.expiresAt <= now) return unauthorized('This token has expired.');
    known.usedAt = now;
    if (now - known.notedAt >= NOTE_MS) {
      known.notedAt = now;
      this.#used.add(id);
    }
    return known.record.principal;
  }

  hold(tokenId: string, end: (why: Fault) => void): () => void {
    if (!isId('tok', tokenId)) return () => undefined; // the gateway's own is never revoked
    const held = this.#held.get(tokenId) ?? new Set();
    this.#held.set(tokenId, held.add(end));
    return () => {
      held.delete(end);
      if (held.size === 0 && this.#held.get(tokenId) === held) this.#held.delete(tokenId);
    };
  }

  /** Tokens were revoked: resolves when this gateway knows; the others are told. Never fails. */
  async changed(): Promise<void> {
    this.#options.notices.tell();
    await this.#lookAnew();
  }

  /** Asks after every token that is in use or holds something open, and notes what was used. Never fails. */
  async look(): Promise<void> {
    this.#forgetIdle();
    const looking = Promise.all([this.#looking, this.#check(), this.#note()]);
    this.#looking = looking;
    await looking;
  }

  async #lookAnew(): Promise<void> {
    this.#epoch += 1;
    await this.look();
  }

  async #get(id: TokenId): Promise<Known> {
    const known = this.#known.get(id);
    if (known && this.#isFresh(known)) return known;
    const asking = this.#asking.get(id) ?? this.#ask(id).finally(() => this.#asking.delete(id));
    this.#asking.set(id, asking);
    return asking;
  }

  #isFresh({ record, confirmedAt, expiresAt }: Known): boolean {
    const now = this.#now();
    const isValid = record !== null && !record.revoked && expiresAt > now;
    return now - confirmedAt < (isValid ? FRESH_MS : REFUSED_FRESH_MS);
  }

  /** An answer that a revocation has overtaken does not count. */
  async #ask(id: TokenId): Promise<Known> {
    for (;;) {
      const [epoch, askedAt] = [this.#epoch, this.#now()];
      const record = await this.#options.store.find(id);
      if (epoch === this.#epoch) return this.#keep(id, record, askedAt);
    }
  }

  #keep(id: TokenId, record: TokenRecord | null, askedAt: number): Known {
    const before = this.#known.get(id);
    const known = {
      record,
      confirmedAt: askedAt,
      expiresAt: askedAt + (record?.expiresInMs ?? Number.POSITIVE_INFINITY),
      usedAt: before?.usedAt ?? askedAt,
      notedAt: before?.notedAt ?? Number.NEGATIVE_INFINITY,
    };
    this.#known.delete(id);
    this.#known.set(id, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  async #check(): Promise<void> {
    const askedAt = this.#now();
    for (const [id, { expiresAt }] of this.#known) if (expiresAt <= askedAt) this.#end(id); // also while Postgres is away
    const inUse = [...this.#known].flatMap(([id, { record, expiresAt }]) => (record && !record.revoked && expiresAt > askedAt ? [id] : []));
    const ids = [...new Set([...inUse, ...this.#held.keys()])];
    if (ids.length === 0) return;
    const valid = await this.#options.store.valid(ids).catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'tokens were not looked after');
      return null;
    });
    if (valid) for (const id of ids) this.#settle(id, valid, askedAt);
  }

  #settle(id: TokenId, valid: ReadonlyMap<TokenId, number | null>, askedAt: number): void {
    const expiresInMs = valid.get(id);
    if (expiresInMs === undefined) {
      this.#known.delete(id); // who comes with it asks why
      this.#end(id);
      return;
    }
    const known = this.#known.get(id);
    if (!known || known.confirmedAt > askedAt) return;
    known.confirmedAt = askedAt;
    known.expiresAt = askedAt + (expiresInMs ?? Number.POSITIVE_INFINITY);
  }

  #end(id: TokenId): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    for (const end of held ?? []) end(unauthorized('This token was revoked or has expired. What it had accepted goes on.'));
  }

  #forgetIdle(): void {
    const now = this.#now();
    for (const [id, { usedAt }] of this.#known) if (now - usedAt >= IDLE_MS && !this.#held.has(id)) this.#known.delete(id);
  }

  async #note(): Promise<void> {
    if (this.#used.size === 0) return;
    const ids = [...this.#used];
    this.#used.clear();
    await this.#options.store.touch(ids).catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'the use of tokens was not noted');
    });
  }
}

function unauthorized(sentence: string): Fault {
  return new Fault('unauthorized', sentence);
}
