import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import type { Redis } from '@openclaw/redis';
import { Authenticator } from './authenticator.js';
import { RateLimiter } from './rate-limiter.js';

const TOKEN = 'k7Qv2mXw9ZrT4bNc8LsD';

/** Redis out of reach: every gateway is on its own. */
const away = { eval: () => Promise.reject(new Error('away')) } as unknown as Redis; // the limiter calls nothing else

function authenticator(enabled = true): Authenticator {
  const failures = new RateLimiter({ redis: away, prefix: 'test', shape: { capacity: 30, refillPerMinute: 30 } });
  return new Authenticator({ enabled, gatewayToken: TOKEN, failures });
}

function refusal(attempt: () => unknown): Fault | null {
  try {
    attempt();
    return null;
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

function outcome(attempt: () => unknown): string {
  return refusal(attempt)?.code ?? 'in';
}

describe('Authenticator', () => {
  it('knows the gateway token in a bearer header, however the scheme is spelt', () => {
    for (const header of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN} `]) {
      expect(authenticator().authenticateHeader(header, '10.0.0.1')).toEqual({ tokenId: 'gateway', scopes: ['read', 'message', 'memory', 'admin'] });
    }
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Bearer ${TOKEN.toLowerCase()}`, `Bearer ${TOKEN} ${TOKEN}`])(
    '401: %p',
    (header) => {
      expect(outcome(() => authenticator().authenticateHeader(header, '10.0.0.1'))).toBe('unauthorized');
    },
  );

  it('401: guesses of any length and script are compared and refused, never an error', () => {
    for (const guess of ['', 'x', 'é'.repeat(10), TOKEN.repeat(200), '\0']) {
      expect(outcome(() => authenticator().authenticateToken(guess, '10.0.0.1'))).toBe('unauthorized');
    }
  });

  it('429: of 1000 guesses at once an address has 30; then the right token is refused too, and other addresses are not', async () => {
    const auth = authenticator();
    const guesses = await Promise.all(Array.from({ length: 1000 }, async (_, index) => Promise.resolve().then(() => outcome(() => auth.authenticateToken(`guess ${String(index)}`, '127.0.0.1')))));
    expect(guesses.filter((code) => code === 'unauthorized')).toHaveLength(30);
    expect(guesses.filter((code) => code === 'rate_limited')).toHaveLength(970);
    expect(outcome(() => auth.authenticateHeader(`Bearer ${TOKEN}`, '127.0.0.1'))).toBe('rate_limited');
    expect(outcome(() => auth.authenticateHeader(`Bearer ${TOKEN}`, '127.0.0.2'))).toBe('in');
  });

  it('429: says when to come back', () => {
    const auth = authenticator();
    for (let n = 0; n < 30; n += 1) outcome(() => auth.authenticateToken('guess', '::1'));
    expect(refusal(() => auth.authenticateToken(TOKEN, '::1'))).toMatchObject({ code: 'rate_limited', details: { remaining: 0, retry_after_seconds: 2 } });
  });

  it('success costs nothing', () => {
    const auth = authenticator();
    for (let n = 0; n < 500; n += 1) auth.authenticateToken(TOKEN, '10.0.0.1');
    expect(outcome(() => auth.authenticateToken('guess', '10.0.0.1'))).toBe('unauthorized');
  });

  it('switched off, everyone is the same stranger with every scope', () => {
    expect(authenticator(false).authenticateHeader(undefined, '127.0.0.1').tokenId).toBe('anonymous');
    expect(authenticator(false).authenticateToken('', '127.0.0.1').tokenId).toBe('anonymous');
  });
});
