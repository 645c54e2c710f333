import { beforeEach, describe, expect, it } from '@jest/globals';
import { Fault, Unreachable } from '@openclaw/errors';
import { silentLogger } from '@openclaw/telemetry';
import { newId } from '@openclaw/words';
import { KnownTokens } from './known-tokens.js';
import { digestOf, makeToken, type TokenId } from './token-text.js';
import type { TokenRecord } from './tokens.store.js';

interface Kept {
  revoked: boolean;
  /** By the test's clock. */
  expiresAt: number;
  readonly token: string;
}

/** Postgres, as far as tokens go, on a clock that the test moves. */
class FakeStore {
  readonly kept = new Map<TokenId, Kept>();
  readonly asked: string[] = [];
  readonly touched: TokenId[] = [];
  away = false;
  /** Answers of `find` wait for it, once they are made. */
  gate: Promise<void> = Promise.resolve();
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(lasts = Number.POSITIVE_INFINITY): { id: TokenId; token: string } {
    const id = newId('tok');
    const token = makeToken(id);
    this.kept.set(id, { revoked: false, expiresAt: this.#now() + lasts, token });
    return { id, token };
  }

  revoke(id: TokenId): void {
    const kept = this.kept.get(id);
    if (kept) kept.revoked = true;
  }

  async find(id: TokenId): Promise<TokenRecord | null> {
    this.#ask('find');
    const kept = this.kept.get(id);
    const record: TokenRecord | null = kept
      ? {
          principal: { tokenId: id, scopes: ['read'], person: 'owner' },
          digest: digestOf(kept.token),
          revoked: kept.revoked,
          expiresInMs: this.#left(kept),
        }
      : null;
    await this.gate;
    return record;
  }

  async valid(ids: readonly TokenId[]): Promise<Map<TokenId, number | null>> {
    this.#ask('valid');
    return new Map(
      ids.flatMap((id) => {
        const kept = this.kept.get(id);
        return kept && !kept.revoked && kept.expiresAt > this.#now() ? [[id, this.#left(kept)] as const] : [];
      }),
    );
  }

  async touch(ids: readonly TokenId[]): Promise<void> {
    this.touched.push(...ids);
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (this.away) throw new Unreachable('postgres', new Error('away'));
  }

  #left({ expiresAt }: Kept): number | null {
    return expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt - this.#now();
  }
}

describe('KnownTokens', () => {
  let now: number;
  let store: FakeStore;
  let tokens: KnownTokens;
  let told: number;

  beforeEach(() => {
    [now, told] = [1_000_000, 0];
    store = new FakeStore(() => now);
    const notices = {
      start: () => undefined,
      stop: () => undefined,
      tell: () => {
        told += 1;
      },
    };
    tokens = new KnownTokens({ store, notices, logger: silentLogger(), now: () => now });
  });

  const identify = (token: string): ReturnType<KnownTokens['identify']> => tokens.identify(token, digestOf(token));
  async function outcome(token: string): Promise<string> {
    const found = await identify(token);
    return found instanceof Fault ? found.message : 'in';
  }

  it('asks Postgres once for many requests, and again once its answer is 1.5 s old', async () => {
    const { token } = store.add();
    await Promise.all(Array.from({ length: 100 }, () => identify(token)));
    expect(store.asked).toEqual(['find']);
    now += 1499;
    expect(await outcome(token)).toBe('in');
    expect(store.asked).toEqual(['find']);
    now += 1;
    expect(await outcome(token)).toBe('in');
    expect(store.asked).toEqual(['find', 'find']);
  });

  it('a look each second keeps the answer fresh: requests of a token in use wait for nothing', async () => {
    const { token } = store.add();
    await identify(token);
    for (let second = 0; second < 30; second += 1) {
      now += 1000;
      await tokens.look();
      expect(await outcome(token)).toBe('in');
    }
    expect(store.asked.filter((what) => what === 'find')).toHaveLength(1);
  });

  it('a revocation elsewhere that nobody tells of: out within 2 s, whether it is asked for or looked after', async () => {
    const [asked, looked] = [store.add(), store.add()];
    await Promise.all([identify(asked.token), identify(looked.token)]);
    store.revoke(asked.id);
    store.revoke(looked.id);
    now += 1000;
    await tokens.look();
    expect(await outcome(looked.token)).toBe('This token was revoked.');
    now += 500;
    expect(await outcome(asked.token)).toBe('This token was revoked.');
  });

  it('an answer that a revocation overtakes on its way does not count', async () => {
    const { id, token } = store.add();
    const late = Promise.withResolvers<undefined>();
    store.gate = late.promise.then(() => undefined);
    const filling = outcome(token);
    store.revoke(id);
    await tokens.changed();
    late.resolve(undefined);
    expect(await filling).toBe('This token was revoked.');
    expect(store.asked.filter((what) => what === 'find')).toHaveLength(2);
    expect(told).toBe(1);
  });

  it('what is held ends once: at a revocation, or when its time is over, also while Postgres is away; what was let go of does not', async () => {
    const [revoked, expiring, gone] = [store.add(), store.add(5000), store.add()];
    const ended: string[] = [];
    for (const [name, { id, token }] of Object.entries({ revoked, expiring, gone })) {
      await identify(token);
      const release = tokens.hold(id, (why) => ended.push(`${name}: ${why.code}`));
      if (name === 'gone') release();
    }
    store.revoke(gone.id);
    await tokens.changed();
    expect(ended).toEqual([]);
    store.revoke(revoked.id);
    await tokens.changed();
    await tokens.look();
    expect(ended).toEqual(['revoked: unauthorized']);
    store.away = true;
    now += 5000;
    await tokens.look();
    expect(ended).toEqual(['revoked: unauthorized', 'expiring: unauthorized']);
  });

  it('what was held only after the revocation ends at the next look', async () => {
    const { id, token } = store.add();
    await identify(token);
    store.revoke(id);
    await tokens.changed();
    const ended: string[] = [];
    tokens.hold(id, ({ code }) => ended.push(code));
    await tokens.look();
    expect(ended).toEqual(['unauthorized']);
  });

  it('the gateway’s own token holds what it likes', async () => {
    tokens.hold('gateway', () => {
      throw new Error('never');
    });
    tokens.hold('anonymous', () => {
      throw new Error('never');
    });
    await tokens.changed();
    expect(store.asked).toEqual([]);
  });

  it('503: with Postgres away nobody is let in on an old answer, and what is open stays', async () => {
    const { id, token } = store.add();
    await identify(token);
    const ended: string[] = [];
    tokens.hold(id, ({ code }) => ended.push(code));
    store.away = true;
    await tokens.look();
    expect(await outcome(token)).toBe('in');
    now += 1500;
    await expect(identify(token)).rejects.toMatchObject({ code: 'service_unavailable' });
    expect(ended).toEqual([]);
    store.away = false;
    expect(await outcome(token)).toBe('in');
  });

  it('a wrong token is asked after once a minute, however often it comes', async () => {
    const { id, token } = store.add();
    store.revoke(id);
    const [unknown, otherSecret] = [makeToken(newId('tok')), makeToken(id)];
    for (let n = 0; n < 100; n += 1) for (const each of [token, unknown, otherSecret]) expect(await outcome(each)).not.toBe('in');
    expect(store.asked).toEqual(['find', 'find']);
    now += 60_000;
    await outcome(token);
    expect(store.asked).toHaveLength(3);
  });

  it('what it says of a revoked token it says to who has its secret alone', async () => {
    const { id, token } = store.add();
    store.revoke(id);
    expect(await outcome(token)).toBe('This token was revoked.');
    expect(await outcome(makeToken(id))).not.toContain('This token');
  });

  it('a use is noted once a minute, and looked for no more after a minute without one', async () => {
    const { id, token } = store.add();
    for (let second = 0; second < 60; second += 1) {
      await identify(token);
      await tokens.look();
      now += 1000;
    }
    expect(store.touched).toEqual([id]);
    now += 1000;
    await identify(token);
    await tokens.look();
    expect(store.touched).toEqual([id, id]);
    now += 60_000;
    await tokens.look();
    const asked = store.asked.length;
    await tokens.look();
    expect(store.asked).toHaveLength(asked);
  });

  it('invariant 9: it remembers ten thousand tokens, and forgets the one asked for longest ago', async () => {
    const first = store.add();
    await identify(first.token);
    for (let n = 0; n < 10_000; n += 1) await tokens.identify(makeToken(newId('tok')), Buffer.alloc(32));
    store.asked.length = 0;
    await identify(first.token);
    expect(store.asked).toEqual(['find']);
  });
});
