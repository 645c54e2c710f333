import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import type { ModelUsage } from '@openclaw/language-model';
import { run } from './observed-run.fake.js';

const usage = (input: number, output: number, more: Partial<ModelUsage> = {}): { readonly usage: ModelUsage } => ({
  usage: { input, output, ...more },
});
const HANG = { wait: () => new Promise(() => undefined) };
/** What the question of these runs comes to, where nobody counts it. */
const ASKED = expect.any(Number);

describe('spendings', () => {
  it('row 42: cached input is part of the input and thoughts part of the output, summed over turns', async () => {
    const turns = [
      [{ call: 'missing' }, { finish: { ...usage(100, 20, { cachedInput: 60, reasoning: 8 }), costUsd: 0.25 } }],
      ['Done.', { finish: { ...usage(130, 10, { cachedInput: 100 }), costUsd: 0.5 } }],
    ];
    const { outcome } = await run(turns);
    expect(outcome.spent).toEqual([
      { model: 'scripted/script', requests: 2, input: 230, cachedInput: 160, output: 30, reasoning: 8, costUsd: 0.75, estimated: false },
    ]);
  });

  it('a price that is not known stays not known, and an explicit 0 stays 0', async () => {
    const unpriced = await run([['a', { finish: { ...usage(1, 1), costUsd: null } }]]);
    expect(unpriced.outcome.spent).toMatchObject([{ costUsd: null, estimated: false }]);
    const free = await run([['a', { finish: { ...usage(0, 0), costUsd: 0 } }]]);
    expect(free.outcome.spent).toMatchObject([{ input: 0, output: 0, costUsd: 0, estimated: false }]);
  });

  it('row 41: a reply that breaks off counts as far as it came, as an estimate', async () => {
    const broken = new Fault('upstream_error', 'The reply broke off.', { details: { billed: true } });
    const { outcome } = await run([['12345678', { throws: broken }]]);
    expect(outcome).toMatchObject({
      status: 'failed',
      spent: [{ model: 'scripted/script', requests: 1, output: 2, costUsd: null, estimated: true }],
    });
  });

  it('row 38: a provider that refuses before it begins has cost nothing', async () => {
    const refused = new Fault('upstream_error', 'The provider is busy.', { details: { upstream_status: 429 } });
    const { outcome } = await run([[{ throws: refused }]]);
    expect(outcome).toMatchObject({ status: 'failed', spent: [] });
  });

  it('row 41: one that is stopped counts as far as it came', async () => {
    const stop = new AbortController();
    const turns = [
      [
        '1234',
        {
          wait: async () => {
            await Promise.resolve();
            stop.abort();
          },
        },
        HANG,
      ],
    ];
    const { outcome } = await run(turns, { signal: stop.signal });
    expect(outcome).toMatchObject({ status: 'aborted', spent: [{ requests: 1, input: ASKED, output: 1, estimated: true }] });
  });

  it('row 38: after a failover both are counted, each under its own name', async () => {
    const { outcome } = await run([
      ['1234', { restart: { provider: 'p2', model: 'm2' } }, 'Fine.', { finish: { ...usage(7, 3), costUsd: 0.5 } }],
    ]);
    expect(outcome.spent).toEqual([
      { model: 'scripted/script', requests: 1, input: ASKED, cachedInput: 0, output: 1, reasoning: 0, costUsd: null, estimated: true },
      { model: 'p2/m2', requests: 1, input: 7, cachedInput: 0, output: 3, reasoning: 0, costUsd: 0.5, estimated: false },
    ]);
  });
});
