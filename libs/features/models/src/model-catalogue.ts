import type { ModelConfig, PROVIDER_TYPES } from '@openclaw/words';

export type ProviderType = (typeof PROVIDER_TYPES)[number];

/** What the house knows of a model. */
export interface ModelFacts {
  /** The window: input and output together. */
  readonly contextTokens: number;
  readonly images: boolean;
  readonly files: boolean;
  /** null where it is not known; never assumed. */
  readonly price: ModelPrice | null;
}

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  /** Above so many input tokens the whole request costs double for input and half as much again for output. */
  readonly surchargeAbove?: number;
}

/** Window, input, output, cached input, cache write, and above how many input tokens the vendor's long-context price holds. */
type Row = readonly [
  contextTokens: number,
  input: number,
  output: number,
  cachedInput: number,
  cacheWrite?: number,
  surchargeAbove?: number,
];

/** What the provider's own entry says of it. */
interface Can {
  readonly images?: boolean | undefined;
  readonly files?: boolean | undefined;
}

const K = 1000;
const M = 1_000_000;
/**
 * The vendors' price pages as collected by github.com/pydantic/genai-prices 0.1.8 (November 2026), rounded nowhere. A model that
 * is missing here has no price until `providers.models` gives it one.
 */
const ROWS: Partial<Record<ProviderType, Readonly<Record<string, Row>>>> = {
  anthropic: {
    'claude-opus-5-5': [M, 4, 20, 0.2, 5],
    'claude-opus-5': [M, 5, 25, 0.5, 6.25],
    'claude-sonnet-5': [M, 2, 10, 0.2, 2.5],
    'claude-fable-5-1': [M, 10, 50, 0.25, 12.5],
    'claude-fable-5': [M, 10, 50, 1, 12.5],
    'claude-opus-4-8': [M, 5, 25, 0.5, 6.25],
    'claude-opus-4-7': [M, 5, 25, 0.5, 6.25],
    'claude-opus-4-6': [M, 5, 25, 0.5, 6.25],
    'claude-opus-4-5': [200 * K, 5, 25, 0.5, 6.25],
    'claude-opus-4-1': [200 * K, 15, 75, 1.5, 18.75],
    'claude-sonnet-4-6': [M, 3, 15, 0.3, 3.75],
    'claude-sonnet-4-5': [200 * K, 3, 15, 0.3, 3.75, 200 * K],
    'claude-haiku-4-5': [200 * K, 1, 5, 0.1, 1.25],
  },
  openai: {
    'gpt-6-astra': [1050 * K, 10, 50, 1, 12.5, 272 * K],
    'gpt-6-sol': [1050 * K, 2, 10, 0.2, 2.5, 272 * K],
    'gpt-6-luna': [1050 * K, 0.1, 0.5, 0.01, 0.125, 272 * K],
    'gpt-5.6': [1050 * K, 4, 20, 0.4, 5, 272 * K],
    'gpt-5.6-sol': [1050 * K, 4, 20, 0.4, 5, 272 * K],
    'gpt-5.6-terra': [1050 * K, 2, 12, 0.2, 2.5, 272 * K],
    'gpt-5.6-luna': [1050 * K, 0.2, 1.2, 0.02, 0.25, 272 * K],
    'gpt-5.5': [M, 5, 30, 0.5, 5, 272 * K],
    'gpt-5.4': [1050 * K, 2.5, 15, 0.25, 2.5, 272 * K],
    'gpt-5.4-mini': [400 * K, 0.75, 4.5, 0.075],
    'gpt-5.4-nano': [400 * K, 0.2, 1.25, 0.02],
    'gpt-5.3-codex': [400 * K, 1.75, 14, 0.175],
    'gpt-5.2': [400 * K, 1.75, 14, 0.175],
    'gpt-5.1': [400 * K, 1.25, 10, 0.125],
    'gpt-5': [400 * K, 1.25, 10, 0.125],
    'gpt-5-mini': [400 * K, 0.25, 2, 0.025],
    'gpt-5-nano': [400 * K, 0.05, 0.4, 0.005],
    'gpt-4.1': [M, 2, 8, 0.5],
    'gpt-4.1-mini': [M, 0.4, 1.6, 0.1],
    'gpt-4.1-nano': [M, 0.1, 0.4, 0.025],
    'gpt-4o': [128 * K, 2.5, 10, 1.25],
    'gpt-4o-mini': [128 * K, 0.15, 0.6, 0.075],
    o3: [200 * K, 2, 8, 0.5],
    'o4-mini': [200 * K, 1.1, 4.4, 0.275],
  },
  google: {
    'gemini-3.8-flash': [M, 0.75, 3.75, 0.075],
    'gemini-3.7-flash': [M, 0.75, 3.75, 0.075],
    'gemini-3.6-flash': [M, 0.75, 3.75, 0.075],
    'gemini-3.5-flash': [M, 1.5, 9, 0.15],
    'gemini-3.5-flash-lite': [M, 0.3, 2.5, 0.03],
    'gemini-3.1-pro-preview': [M, 2, 12, 0.2, 2, 200 * K],
    'gemini-3.1-flash-lite': [M, 0.25, 1.5, 0.025],
    'gemini-3-flash-preview': [M, 0.5, 3, 0.05],
    'gemini-2.5-pro': [M, 1.25, 10, 0.125, 1.25, 200 * K],
    'gemini-2.5-flash': [M, 0.3, 2.5, 0.03],
    'gemini-2.5-flash-lite': [M, 0.1, 0.4, 0.01],
  },
};

const FREE: ModelPrice = { input: 0, output: 0, cachedInput: 0, cacheWrite: 0 };
/**
 * A model that the table lacks is taken for a small one of its kind. Ollama's own window is 4096 tokens unless its server is told
 * otherwise.
 */
const UNKNOWN: Readonly<Record<ProviderType, ModelFacts>> = {
  anthropic: { contextTokens: 200 * K, images: true, files: true, price: null },
  openai: { contextTokens: 128 * K, images: true, files: true, price: null },
  google: { contextTokens: M, images: true, files: true, price: null },
  'openai-compatible': { contextTokens: 32 * K, images: false, files: false, price: null },
  ollama: { contextTokens: 4096, images: false, files: false, price: FREE },
  offline: { contextTokens: 128 * K, images: false, files: false, price: FREE },
};
/** What vendors append to a name without changing model or price: a date, a revision, `-latest`. */
const REVISION = /^-(?:\d{8}|\d{4}-\d{2}-\d{2}|\d{3}|latest)$/;

/**
 * What is known of a model: what `providers.models` says of exactly that name, then its provider's `capabilities`, then the table, then a
 * cautious guess for its
 * kind of provider, which never has a price but for what runs on one's own machine.
 */
export function describeModel(
  type: ProviderType,
  model: string,
  overrides: Readonly<Record<string, ModelConfig>> = {},
  can: Can = {},
): ModelFacts {
  const base = baseFacts(type, model);
  const told = overrides[model] ?? {};
  const { context_tokens: contextTokens = base.contextTokens, price } = told;
  const { images = can.images ?? base.images, files = can.files ?? base.files } = told;
  return { contextTokens, images, files, price: price ? priceOf(price) : base.price };
}

function baseFacts(type: ProviderType, model: string): ModelFacts {
  const facts = withRow(UNKNOWN[type], rowOf(type, model));
  const isRemote = type === 'ollama' && model.endsWith('-cloud'); // Ollama's own name for a model that runs on its servers
  return isRemote ? { ...facts, price: null } : facts;
}

function rowOf(type: ProviderType, model: string): Row | undefined {
  const rows = Object.entries(ROWS[type] ?? {});
  return rows.find(([name]) => model === name || (model.startsWith(name) && REVISION.test(model.slice(name.length))))?.[1];
}

function withRow(facts: ModelFacts, row: Row | undefined): ModelFacts {
  if (!row) return facts;
  const [contextTokens, input, output, cachedInput, cacheWrite = input, surchargeAbove] = row;
  return { ...facts, contextTokens, price: { input, output, cachedInput, cacheWrite, ...(surchargeAbove ? { surchargeAbove } : {}) } };
}

function priceOf({ input, output, cached_input, cache_write }: NonNullable<ModelConfig['price']>): ModelPrice {
  return { input, output, cachedInput: cached_input ?? input, cacheWrite: cache_write ?? input };
}
