import { PROVIDER_ENTRIES, PROVIDER_TYPES } from '@openclaw/words';
import { findVariable, type Environment } from './environment.js';
import { isTree, type Tree } from './merge-trees.js';

export type ProviderType = (typeof PROVIDER_TYPES)[number];

/** What a provider of a type is given where its entry does not say. */
export interface ProviderDefaults {
  readonly model: string;
  readonly keyVariable?: string;
  readonly baseUrlVariable?: string;
}

const OPENAI = { model: 'gpt-5.4-mini', keyVariable: 'OPENAI_API_KEY', baseUrlVariable: 'OPENAI_API_BASE_URL' } as const;

/** Middle-sized models whose prices libs/features/models knows: neither the strongest, which surprise by their bill, nor the weakest. */
export const PROVIDER_DEFAULTS: Readonly<Record<ProviderType, ProviderDefaults>> = {
  anthropic: { model: 'claude-sonnet-5', keyVariable: 'ANTHROPIC_API_KEY' },
  openai: OPENAI,
  'openai-compatible': OPENAI,
  google: { model: 'gemini-3.8-flash', keyVariable: 'GOOGLE_API_KEY' },
  ollama: { model: 'llama3.2', baseUrlVariable: 'OLLAMA_BASE_URL' },
  offline: { model: 'offline' },
};

export interface DerivedProviders {
  readonly tree: Tree;
  /** Which variable each dotted path came from. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * `tree` with `providers.primary` in it, and with the model, key and address that each entry leaves out. A primary without a type
 * takes that of the first of ANTHROPIC_API_KEY, OPENAI_API_KEY or OPENAI_API_BASE_URL, GOOGLE_API_KEY, OLLAMA_BASE_URL that is set;
 * where none is and nothing else names a primary either, it is `offline`. What is no entry at all is left for the schema to refuse.
 */
export function deriveProviders(tree: Tree, env: Environment): DerivedProviders {
  const origins = new Map<string, string>();
  const providers = tree['providers'] ?? {};
  if (!isTree(providers)) return { tree, origins };
  const completed: Tree = { ...providers, primary: withType(providers['primary'], env) };
  const entries = Object.entries(completed).map(([name, entry]) => {
    if (!PROVIDER_ENTRIES.some((known) => known === name) || !isTree(entry)) return [name, entry] as const;
    const missing = findMissing(entry, env);
    for (const { key, variable } of missing) origins.set(`providers.${name}.${key}`, variable);
    return [name, { ...withModel(entry), ...Object.fromEntries(missing.map(({ key, value }) => [key, value])) }] as const;
  });
  return { tree: { ...tree, providers: Object.fromEntries(entries) }, origins };
}

function withType(primary: unknown, env: Environment): unknown {
  if (primary === undefined) return { type: deriveType(env) ?? 'offline' };
  const type = deriveType(env);
  return isTree(primary) && primary['type'] === undefined && type !== null ? { ...primary, type } : primary;
}

function deriveType(env: Environment): ProviderType | null {
  const isSet = (name: string): boolean => findVariable(env, name) !== undefined;
  if (isSet('ANTHROPIC_API_KEY')) return 'anthropic';
  if (isSet('OPENAI_API_KEY') || isSet('OPENAI_API_BASE_URL')) return isOpenAi(env) ? 'openai' : 'openai-compatible';
  if (isSet('GOOGLE_API_KEY')) return 'google';
  return isSet('OLLAMA_BASE_URL') ? 'ollama' : null;
}

function isOpenAi(env: Environment): boolean {
  const baseUrl = findVariable(env, 'OPENAI_API_BASE_URL');
  return baseUrl === undefined || URL.parse(baseUrl)?.hostname === 'api.openai.com';
}

function withModel(entry: Tree): Tree {
  const type = findType(entry);
  return type === null || entry['model'] !== undefined ? entry : { ...entry, model: PROVIDER_DEFAULTS[type].model };
}

interface Missing {
  readonly key: 'api_key' | 'base_url';
  readonly value: string;
  readonly variable: string;
}

/** What the well-known variables of the entry's type add to it. */
function findMissing(entry: Tree, env: Environment): Missing[] {
  const type = findType(entry);
  if (type === null) return [];
  // Some other server's address: OpenAI's key is not for it.
  if (type === 'openai-compatible' && entry['base_url'] !== undefined) return [];
  const { keyVariable, baseUrlVariable } = PROVIDER_DEFAULTS[type];
  const wanted = [['api_key', keyVariable] as const, ['base_url', baseUrlVariable] as const];
  return wanted.flatMap(([key, variable]) => {
    const value = variable === undefined ? undefined : findVariable(env, variable);
    return variable === undefined || value === undefined || entry[key] !== undefined ? [] : [{ key, value, variable }];
  });
}

function findType(entry: Tree): ProviderType | null {
  return PROVIDER_TYPES.find((type) => type === entry['type']) ?? null;
}
