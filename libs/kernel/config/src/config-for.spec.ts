import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { REDACTED } from '@openclaw/words';
import { configFor } from './config-for.js';
import { loadConfig } from './load-config.js';

const folder = mkdtempSync(join(tmpdir(), 'config-for-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const YAML = `
gateway:
  auth: { token: "literal-gateway-token-1" }
  allowed_hosts: [agent.example]
providers:
  primary: { type: anthropic, api_key: "sk-literal-1", base_url: "https://user:pw-in-url@proxy.example/v1?key=key-in-query" }
  secondary: { type: openai, model: "with $\${braces}", api_key: "\${MY_OWN_KEY}" }
database: { url: "postgresql://openclaw:literal-db@db/openclaw", pool_max: 7 }
worker: { concurrency: 3 }
channels: { telegram: { token: "literal-bot-token" }, webhook: { home: { secret: "whsec_bGl0ZXJhbC1zaWduaW5nLXNlY3JldC1vZi0zMmI=" } } }
`;
const SECRETS = [
  'literal-gateway-token-1',
  'sk-literal-1',
  'pw-in-url',
  'key-in-query',
  'own-key-value',
  'literal-db',
  'literal-bot-token',
  'bGl0ZXJhbC1zaWduaW5nLXNlY3JldC1vZi0zMmI=',
] as const;
/** Both ways are signed by it: the gateway hears, the channels process speaks. */
const SHARED = 'bGl0ZXJhbC1zaWduaW5nLXNlY3JldC1vZi0zMmI=';

function configured(): ReturnType<typeof loadConfig> {
  writeFileSync(join(folder, 'gateway.yaml'), YAML);
  return loadConfig({ env: { OPENCLAW_CONFIG_DIR: folder, MY_OWN_KEY: 'own-key-value' } });
}

function readBack(yaml: string): ReturnType<typeof loadConfig> {
  const copied = mkdtempSync(join(folder, 'copy-'));
  writeFileSync(join(copied, 'gateway.yaml'), yaml);
  return loadConfig({ env: { OPENCLAW_CONFIG_DIR: copied } });
}

describe('configFor', () => {
  it.each([
    ['gateway', ['literal-gateway-token-1', SHARED]],
    ['channels', ['literal-bot-token', SHARED]],
    ['worker', ['sk-literal-1', 'pw-in-url', 'key-in-query', 'own-key-value']],
  ] as const)('the copy of the %s holds its own secrets and nobody else’s', (process, own) => {
    const yaml = configFor(process, configured());
    expect(SECRETS.filter((secret) => yaml.includes(secret))).toEqual(own);
  });

  it('invariant 11: whatever the schema marks as a secret is in one copy at most, but the key of both ways of a webhook', () => {
    const config = configured();
    const copies = (['gateway', 'worker', 'channels'] as const).map((process) => configFor(process, config));
    expect(SECRETS.filter((secret) => copies.filter((copy) => copy.includes(secret)).length > 1)).toEqual([SHARED]);
  });

  it('read back, everything else is as it was', () => {
    const config = configured();
    const gateway = readBack(configFor('gateway', config));
    const worker = readBack(configFor('worker', config));
    expect(gateway.gateway).toEqual(config.gateway);
    expect(gateway.providers.primary).toMatchObject({
      type: 'anthropic',
      api_key: REDACTED,
      base_url: 'https://proxy.example/v1',
      model: config.providers.primary?.model,
    });
    expect(worker.providers).toEqual(config.providers);
    expect(worker.providers.secondary?.model).toBe('with ${braces}');
    for (const copy of [gateway, worker]) {
      expect([copy.agent, copy.worker, copy.database.pool_max, copy.redis.prefix]).toEqual([
        config.agent,
        config.worker,
        7,
        config.redis.prefix,
      ]);
    }
    expect(worker.gateway).toEqual({ ...config.gateway, auth: { enabled: true, token: '' } });
  });
});
