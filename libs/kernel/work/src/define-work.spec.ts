import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { backoffMs, defineWork, every, newWork } from './define-work.js';

const policy = { lane: 'background', tries: 3, backoff: { firstMs: 1000, maxMs: 8000 }, timeoutMs: 1000, lossesMax: 1 } as const;
const kind = { name: 'test.work', payload: z.object({ n: z.number() }), stored: [{ n: 1 }], policy } as const;

describe('defineWork', () => {
  it.each([
    ['a name without its room', { ...kind, name: 'work' }],
    ['no try at all', { ...kind, policy: { ...policy, tries: 0 } }],
    ['no time at all', { ...kind, policy: { ...policy, timeoutMs: 0 } }],
    ['a schedule that must bring a payload', { ...kind, schedule: every(1000) }],
    ['a payload that the next version may not add to', { ...kind, payload: z.strictObject({ n: z.number() }) }],
    ['a stored payload that it cannot read', { ...kind, stored: [{ n: 'one' }] as const }],
  ])('%s does not start', (_, wrong) => {
    expect(() => defineWork(wrong)).toThrow();
  });

  it('what is asked for carries its key, its lane and whose it is', () => {
    const keyed = defineWork({ ...kind, key: ({ n }) => String(n) });
    expect(newWork(keyed, { n: 7 }, { person: 'owner' })).toMatchObject({
      kind: 'test.work',
      key: '7',
      person: 'owner',
      lane: 'background',
      payload: { n: 7 },
      runAt: null,
    });
    expect(newWork(kind, { n: 7 }, { person: null }).key).toBeNull();
  });
});

describe('backoff', () => {
  it('doubles with each failure up to its most, and is never more than a quarter early', () => {
    expect([1, 2, 3, 4, 5, 5000].map((failures) => backoffMs(policy.backoff, failures, 0))).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
    expect(backoffMs(policy.backoff, 1, 1)).toBe(750);
  });
});

describe('every', () => {
  it.each(['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:00.001Z', '2026-11-25T12:09:59.999Z'])(
    'after %s: the same moment for whoever asks, and always later',
    (now) => {
      expect(every(600_000)(new Date(now)).toISOString()).toBe('2026-11-25T12:10:00.000Z');
    },
  );
});
