import { describe, expect, it } from '@jest/globals';
import { costOf } from './cost-of.js';
import { describeModel } from './model-catalogue.js';

describe('what is known of models', () => {
  it('knows a model by its name, a dated name and -latest', () => {
    const sonnet = describeModel('anthropic', 'claude-sonnet-4-6');
    expect(sonnet).toMatchObject({ contextTokens: 1_000_000, images: true, price: { input: 3, output: 15 } });
    expect(describeModel('anthropic', 'claude-sonnet-4-6-20260101')).toEqual(sonnet);
    expect(describeModel('openai', 'gpt-4o-2024-08-06')).toEqual(describeModel('openai', 'gpt-4o'));
  });

  it('does not take one model for another whose name begins alike', () => {
    expect(describeModel('anthropic', 'claude-sonnet-5-5').price).toBeNull();
    expect(describeModel('openai', 'gpt-4o-mini').price?.input).toBe(0.15);
    expect(describeModel('openai', 'gpt-5-pro').price).toBeNull();
  });

  it('has no price for what it does not know, and none for another seller’s', () => {
    expect(describeModel('openai', 'nobody-knows').price).toBeNull();
    expect(describeModel('openai-compatible', 'gpt-4o').price).toBeNull();
    expect(describeModel('ollama', 'gpt-oss:120b-cloud').price).toBeNull();
  });

  it('what runs at home costs nothing', () => {
    expect(describeModel('ollama', 'llama3.2').price).toMatchObject({ input: 0, output: 0 });
  });

  it('is overruled by the configuration, field by field', () => {
    const models = { 'claude-haiku-4-5': { context_tokens: 5_000, price: { input: 7, output: 8 } } };
    expect(describeModel('anthropic', 'claude-haiku-4-5', models)).toEqual({
      contextTokens: 5_000,
      images: true,
      files: true,
      price: { input: 7, output: 8, cachedInput: 7, cacheWrite: 7 },
    });
  });
});

describe('cost', () => {
  const price = { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5 };

  it('counts plain, cached and written input each at its price', () => {
    expect(costOf({ input: 1_000_000, cachedInput: 400_000, cacheWrite: 100_000, output: 100_000 }, price)).toBeCloseTo(
      1 + 0.08 + 0.25 + 1,
    );
  });

  it('has the surcharge of a long request', () => {
    const long = { ...price, surchargeAbove: 100 };
    expect(costOf({ input: 100, cachedInput: 0, cacheWrite: 0, output: 0 }, long)).toBeCloseTo(200e-6);
    expect(costOf({ input: 101, cachedInput: 0, cacheWrite: 0, output: 10 }, long)).toBeCloseTo(404e-6 + 150e-6);
  });

  it('is null where the price or the count is not known, and 0 only for what is free', () => {
    expect(costOf({ input: 1, cachedInput: 0, cacheWrite: 0, output: 1 }, null)).toBeNull();
    expect(costOf({ input: null, cachedInput: 0, cacheWrite: 0, output: 1 }, price)).toBeNull();
    expect(
      costOf({ input: null, cachedInput: 0, cacheWrite: 0, output: null }, { input: 0, output: 0, cachedInput: 0, cacheWrite: 0 }),
    ).toBe(0);
  });
});
