import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { configSchema } from '@openclaw/words';
import { configKeys } from './config-keys.js';
import { configReference, envExample } from './config-reference.js';
import type { Environment } from './environment.js';
import { loadConfig } from './load-config.js';

const keys = configKeys();
const onDisk = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

describe('the generated documents', () => {
  it('docs/configuration.md is what the schema says; scripts/generate-docs.mjs writes it', () => {
    expect(onDisk('docs/configuration.md')).toBe(configReference());
  });

  it('deploy/.env.example is what the schema says; scripts/generate-docs.mjs writes it', () => {
    expect(onDisk('deploy/.env.example')).toBe(envExample());
  });

  it.each(keys.map((key) => [key.path.join('.'), key] as const))('%s is documented, with its meaning', (path, key) => {
    expect(key.description).not.toBe('');
    expect(configReference()).toContain(`| \`${path}\` | \`${key.variable}\` |`);
  });

  it('the example sets nothing until a line is uncommented', () => {
    expect(
      envExample()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    ).toEqual([]);
  });

  it('every default of the example, uncommented, gives the very defaults', () => {
    const pairs = [...envExample().matchAll(/^#([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const);
    const env: Environment = Object.fromEntries(pairs);
    const config = loadConfig({ env, homeDir: '/nonexistent' });
    const { primary, ...providers } = config.providers;
    expect(primary).toMatchObject({ type: 'offline' });
    expect({ ...config, providers }).toEqual(configSchema.parse({}));
    expect(pairs.length).toBeGreaterThanOrEqual(keys.length);
  });
});
