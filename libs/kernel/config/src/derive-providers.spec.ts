import { describe, expect, it } from '@jest/globals';
import { deriveProviders, PROVIDER_DEFAULTS } from './derive-providers.js';
import type { Environment } from './environment.js';

const everything = {
  ANTHROPIC_API_KEY: 'ant',
  OPENAI_API_KEY: 'oai',
  OPENAI_API_BASE_URL: 'https://api.openai.com/v1',
  GOOGLE_API_KEY: 'goo',
  OLLAMA_BASE_URL: 'http://ollama:11434',
};
const derive = (env: Environment, providers?: unknown): unknown =>
  deriveProviders(providers === undefined ? {} : { providers }, env).tree['providers'];
const without = (...names: string[]): Environment =>
  Object.fromEntries(Object.entries(everything).filter(([name]) => !names.includes(name)));

describe('providers.primary, where none is configured', () => {
  it.each([
    ['anthropic first', everything, { type: 'anthropic', api_key: 'ant' }],
    ['then openai', without('ANTHROPIC_API_KEY'), { type: 'openai', api_key: 'oai', base_url: 'https://api.openai.com/v1' }],
    ['openai by its key alone', { OPENAI_API_KEY: 'oai' }, { type: 'openai', api_key: 'oai' }],
    [
      'openai-compatible at another address',
      { OPENAI_API_BASE_URL: 'http://host:1234/v1' },
      { type: 'openai-compatible', base_url: 'http://host:1234/v1' },
    ],
    [
      '… with its key',
      { OPENAI_API_BASE_URL: 'http://host/v1', OPENAI_API_KEY: 'k' },
      { type: 'openai-compatible', base_url: 'http://host/v1', api_key: 'k' },
    ],
    ['then google', without('ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENAI_API_BASE_URL'), { type: 'google', api_key: 'goo' }],
    ['then ollama', { OLLAMA_BASE_URL: 'http://ollama:11434' }, { type: 'ollama', base_url: 'http://ollama:11434' }],
    ['else offline', { OPENAI_API_KEY: '' }, { type: 'offline' }],
  ] as const)('%s', (_, env, primary) => {
    expect(derive(env)).toEqual({ primary: { model: PROVIDER_DEFAULTS[primary.type].model, ...primary } });
  });

  it('takes the type from the environment for an entry that has all but that', () => {
    expect(derive({ OPENAI_API_KEY: 'oai' }, { primary: { model: 'gpt-x' } })).toEqual({
      primary: { type: 'openai', model: 'gpt-x', api_key: 'oai' },
    });
  });

  it('guesses no type for an entry where the environment names no provider', () => {
    expect(derive({}, { primary: { model: 'gpt-x' } })).toEqual({ primary: { model: 'gpt-x' } });
  });
});

describe('entries', () => {
  it('keeps what an entry says and adds what it leaves out, by its type', () => {
    const providers = {
      primary: { type: 'openai', model: 'mine', api_key: 'own' },
      secondary: { type: 'google' },
      local: { type: 'ollama', model: 'qwen3' },
    };
    expect(derive(everything, providers)).toEqual({
      primary: { type: 'openai', model: 'mine', api_key: 'own', base_url: 'https://api.openai.com/v1' },
      secondary: { type: 'google', model: PROVIDER_DEFAULTS.google.model, api_key: 'goo' },
      local: { type: 'ollama', model: 'qwen3', base_url: 'http://ollama:11434' },
    });
  });

  it('gives OpenAI’s key to no other server', () => {
    expect(derive(everything, { primary: { type: 'openai-compatible', base_url: 'http://elsewhere/v1', model: 'm' } })).toEqual({
      primary: { type: 'openai-compatible', base_url: 'http://elsewhere/v1', model: 'm' },
    });
  });

  it('remembers which variable a value came from', () => {
    expect(Object.fromEntries(deriveProviders({}, { OPENAI_API_BASE_URL: 'nonsense' }).origins)).toEqual({
      'providers.primary.base_url': 'OPENAI_API_BASE_URL',
    });
  });

  it.each(['text', 5, ['list']])('leaves %j in place of a branch for the schema to refuse', (wrong) => {
    expect(derive(everything, wrong)).toBe(wrong);
    expect(derive(everything, { primary: wrong })).toEqual({ primary: wrong });
  });

  it('leaves an unknown type and other keys of providers alone', () => {
    const providers = { primary: { type: 'nobody' }, aliases: { fast: 'x' } };
    expect(derive(everything, providers)).toEqual(providers);
  });
});
