import type { ModelPrice } from './model-catalogue.js';

/** Tokens as a provider bills them; `input` holds the cached and the written ones too. null: the provider did not say. */
export interface BilledTokens {
  readonly input: number | null;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number | null;
  /** Of the output, what was thought. */
  readonly reasoning?: number;
}

const MILLION = 1_000_000;

/** US dollars; null where the price or the count of tokens is not known. */
export function costOf(tokens: BilledTokens, price: ModelPrice | null): number | null {
  if (price === null) return null;
  if (price.input === 0 && price.output === 0) return 0;
  if (tokens.input === null || tokens.output === null) return null;
  const plain = Math.max(0, tokens.input - tokens.cachedInput - tokens.cacheWrite);
  const input = plain * price.input + tokens.cachedInput * price.cachedInput + tokens.cacheWrite * price.cacheWrite;
  const isLong = price.surchargeAbove !== undefined && tokens.input > price.surchargeAbove;
  return ((isLong ? 2 : 1) * input + (isLong ? 1.5 : 1) * tokens.output * price.output) / MILLION;
}
