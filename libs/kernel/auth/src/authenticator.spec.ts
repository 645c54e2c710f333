import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import type { Principal } from '@openclaw/words';
import type { Redis } from '@openclaw/redis';
import { Authenticator } from './authenticator.js';
import { FailureBudget } from './failure-budget.js';
import { PassedTokens } from './passed-tokens.js';
import { RateLimiter } from './rate-limiter.js';

const TOKEN = 'k7Qv2mXw9ZrT4bNc8LsD';

/** Tokens beside the gateway's, by the token: one that is valid, one that is revoked, one of which the id is right alone. */
const ISSUED = new Map<string, { readonly id: string; readonly outcome: Principal | Fault }>([
  ['valid-valid-valid', { id: 'tok_valid', outcome: { tokenId: 'tok_valid', scopes: ['read'], person: 'anna' } }],
  ['revoked-revoked', { id: 'tok_revoked', outcome: new Fault('unauthorized', 'This token was revoked.') }],
  ['valid-id-wrong-secret', { id: 'tok_valid', outcome: new Fault('unauthorized', 'There is no such token.') }],
]);

const fail = (): Promise<never> => Promise.reject(new Error('away'));
/** Redis out of reach: every gateway is on its own. */
const away = { eval: fail, set: fail, exists: fail } as unknown as Redis; // nothing else is called

function authenticator(enabled = true): Authenticator {
  const limiter = new RateLimiter({ redis: away, prefix: 'test', shape: () => ({ capacity: 30, refillPerMinute: 30 }) });
  return new Authenticator({
    enabled,
    gatewayToken: TOKEN,
    issued: {
      idOf: (token) => ISSUED.get(token)?.id ?? null,
      identify: (token) => Promise.resolve(ISSUED.get(token)?.outcome ?? new Fault('unauthorized', 'Unknown.')),
    },
    failures: new FailureBudget({ limiter, redis: away, prefix: 'test' }),
    passed: new PassedTokens({ redis: away, prefix: 'test' }),
  });
}

async function refusal(attempt: () => Promise<unknown>): Promise<Fault | null> {
  try {
    await attempt();
    return null;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

async function outcome(attempt: () => Promise<unknown>): Promise<string> {
  return (await refusal(attempt))?.code ?? 'in';
}

async function spend(auth: Authenticator, address: string): Promise<void> {
  for (let n = 0; n < 30; n += 1) await outcome(() => auth.authenticateToken(`guess ${String(n)}`, address));
}

describe('Authenticator', () => {
  it('knows the gateway token in a bearer header, however the scheme is spelt', async () => {
    for (const header of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN} `]) {
      expect(await authenticator().authenticateHeader(header, '10.0.0.1')).toEqual({
        tokenId: 'gateway',
        scopes: ['read', 'message', 'memory', 'admin'],
        person: 'owner',
      });
    }
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN.toLowerCase()}`,
    `Bearer ${TOKEN} ${TOKEN}`,
  ])('401: %p', async (header) => {
    expect(await outcome(() => authenticator().authenticateHeader(header, '10.0.0.1'))).toBe('unauthorized');
  });

  it('401: guesses of any length and script are compared and refused, never an error', async () => {
    for (const guess of ['', 'x', 'é'.repeat(10), TOKEN.repeat(200), '\0']) {
      expect(await outcome(() => authenticator().authenticateToken(guess, '10.0.0.1'))).toBe('unauthorized');
    }
  });

  it('429: of 1000 guesses at once an address has 30; then a right token that never passed is refused too, and other addresses are not', async () => {
    const auth = authenticator();
    const guesses = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => outcome(() => auth.authenticateToken(`guess ${String(index)}`, '127.0.0.1'))),
    );
    expect(guesses.filter((code) => code === 'unauthorized')).toHaveLength(30);
    expect(guesses.filter((code) => code === 'rate_limited')).toHaveLength(970);
    expect(await outcome(() => auth.authenticateHeader(`Bearer ${TOKEN}`, '127.0.0.1'))).toBe('rate_limited');
    expect(await outcome(() => auth.authenticateHeader(`Bearer ${TOKEN}`, '127.0.0.2'))).toBe('in');
  });

  it('a token that has passed is let in, from whatever address, however much was guessed there; guesses are not', async () => {
    const auth = authenticator();
    await auth.authenticateToken(TOKEN, '10.0.0.9');
    await spend(auth, '127.0.0.1');
    expect(await outcome(() => auth.authenticateHeader(`Bearer ${TOKEN}`, '127.0.0.1'))).toBe('in');
    expect(await outcome(() => auth.authenticateToken('one guess more', '127.0.0.1'))).toBe('rate_limited');
    expect(await outcome(() => auth.authenticateHeader(undefined, '127.0.0.1'))).toBe('rate_limited');
  });

  it('the same wrong token, or header, is charged once: a script that was forgotten spends nothing', async () => {
    const auth = authenticator();
    for (let n = 0; n < 100; n += 1) {
      expect(await outcome(() => auth.authenticateToken('stale-stale-stale', '10.0.0.1'))).toBe('unauthorized');
      expect(await outcome(() => auth.authenticateHeader('Basic stale', '10.0.0.1'))).toBe('unauthorized');
    }
    expect(await outcome(() => auth.authenticateToken(TOKEN, '10.0.0.1'))).toBe('in');
  });

  it('429: one customer of IPv6 has one budget, however many addresses he uses', async () => {
    const auth = authenticator();
    for (let n = 0; n < 30; n += 1) await outcome(() => auth.authenticateToken(`guess ${String(n)}`, `2001:db8:1:2::${n.toString(16)}`));
    expect(await outcome(() => auth.authenticateToken('guess', '2001:db8:1:2:ffff::'))).toBe('rate_limited');
    expect(await outcome(() => auth.authenticateToken('guess', '2001:db8:1:3::'))).toBe('unauthorized');
  });

  it('429: says when to come back', async () => {
    const auth = authenticator();
    await spend(auth, '::1');
    expect(await refusal(() => auth.authenticateToken(TOKEN, '::1'))).toMatchObject({
      code: 'rate_limited',
      details: { remaining: 0, retry_after_seconds: 2 },
    });
  });

  it('a token that was made is whose it says; the refusal of another says why', async () => {
    expect(await authenticator().authenticateHeader('Bearer valid-valid-valid', '10.0.0.1')).toEqual({
      tokenId: 'tok_valid',
      scopes: ['read'],
      person: 'anna',
    });
    expect(await refusal(() => authenticator().authenticateToken('revoked-revoked', '10.0.0.1'))).toMatchObject({
      code: 'unauthorized',
      message: 'This token was revoked.',
    });
  });

  it('429: with the budget spent a made token that has passed is let in, and neither one that is revoked nor its id with another secret', async () => {
    const auth = authenticator();
    await auth.authenticateToken('valid-valid-valid', '10.0.0.9');
    await spend(auth, '127.0.0.1');
    expect(await outcome(() => auth.authenticateToken('valid-valid-valid', '127.0.0.1'))).toBe('in');
    expect(await outcome(() => auth.authenticateToken('revoked-revoked', '127.0.0.1'))).toBe('rate_limited');
    expect(await outcome(() => auth.authenticateToken('valid-id-wrong-secret', '127.0.0.1'))).toBe('rate_limited');
  });

  it('429: guesses that are looked up all at once are no way around the budget', async () => {
    const auth = authenticator();
    const guesses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        ISSUED.set(`slow guess ${String(index)}`, {
          id: `tok_${String(index)}`,
          outcome: new Fault('unauthorized', 'There is no such token.'),
        });
        return outcome(() => auth.authenticateToken(`slow guess ${String(index)}`, '127.0.0.1'));
      }),
    );
    expect(guesses.filter((code) => code === 'unauthorized')).toHaveLength(30);
    expect(guesses.filter((code) => code === 'rate_limited')).toHaveLength(70);
  });

  it('success costs nothing', async () => {
    const auth = authenticator();
    for (let n = 0; n < 500; n += 1) await auth.authenticateToken(TOKEN, '10.0.0.1');
    expect(await outcome(() => auth.authenticateToken('guess', '10.0.0.1'))).toBe('unauthorized');
  });

  it('switched off, everyone is the same stranger with every scope', async () => {
    expect((await authenticator(false).authenticateHeader(undefined, '127.0.0.1')).tokenId).toBe('anonymous');
    expect((await authenticator(false).authenticateToken('', '127.0.0.1')).tokenId).toBe('anonymous');
  });
});
