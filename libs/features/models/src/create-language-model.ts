import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { ProviderConfig } from '@openclaw/words';

export interface LanguageModel {
  readonly model: LanguageModelV4;
  /** Sent with every request. */
  readonly providerOptions: SharedV4ProviderOptions;
}

/** Base URLs are always given, since the SDK would else look for them in the environment. */
const BASE_URL = {
  anthropic: 'https://api.anthropic.com/v1',
  openai: 'https://api.openai.com/v1',
  'openai-compatible': 'https://api.openai.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  ollama: 'http://127.0.0.1:11434',
} as const;

/**
 * The AI SDK's model of a configured provider. OpenAI is spoken to by its Responses API, and asked to keep nothing; Ollama and
 * everything else by Chat Completions.
 */
export function createLanguageModel(config: ProviderConfig, name: string, fetch: typeof globalThis.fetch): LanguageModel {
  const { type, api_key: apiKey } = config;
  if (type === 'offline') throw new Error('builtin/offline is no language model');
  const settings = { apiKey, baseURL: config.base_url ?? BASE_URL[type], fetch };
  switch (type) {
    case 'anthropic':
      return { model: createAnthropic(settings).languageModel(name), providerOptions: {} };
    case 'openai':
      return { model: createOpenAI(settings).responses(name), providerOptions: { openai: { store: false } } };
    case 'google':
      return { model: createGoogle(settings).languageModel(name), providerOptions: {} };
    case 'ollama':
      return compatible(type, name, { ...settings, baseURL: withVersion(settings.baseURL) });
    case 'openai-compatible':
      return compatible(type, name, settings);
  }
}

function compatible(type: string, name: string, settings: { apiKey: string; baseURL: string; fetch: typeof globalThis.fetch }): LanguageModel {
  const { apiKey, ...rest } = settings;
  const provider = createOpenAICompatible({ ...rest, ...(apiKey === '' ? {} : { apiKey }), name: type, includeUsage: true });
  return { model: provider.chatModel(name), providerOptions: {} };
}

/** Ollama's address is known without `/v1`, where its OpenAI-compatible API lives. */
function withVersion(baseUrl: string): string {
  const trimmed = baseUrl.replace(/(?<!\/)\/+$/, '');
  return trimmed.endsWith('/v1') ? trimmed : `${trimmed}/v1`;
}
