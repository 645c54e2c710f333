import { describe, expect, it } from '@jest/globals';
import { configSchema, REDACTED } from '@openclaw/words';
import { parse } from 'yaml';
import { describeConfig, redactConfig, secretsOf } from './redact-config.js';

const config = configSchema.parse({
  gateway: { auth: { token: 'gateway-secret-1' } },
  providers: {
    primary: { type: 'openai', api_key: 'sk-provider-secret' },
    local: { type: 'ollama', base_url: 'http://me:inner%40secret@ollama:11434/v1' },
  },
  database: { url: 'postgresql://openclaw:db%2Fsecret@postgres/openclaw' },
  redis: { url: 'redis://:redis-secret@redis:6379' },
});

describe('secrets of a configuration', () => {
  it('lists marked values and the passwords of URLs, as written and as meant', () => {
    expect(secretsOf(config).sort()).toEqual(
      [
        'gateway-secret-1',
        'sk-provider-secret',
        'inner%40secret',
        'inner@secret',
        config.database.url,
        'db%2Fsecret',
        'db/secret',
        config.redis.url,
        'redis-secret',
      ].sort(),
    );
  });

  it('replaces every one of them, and nothing else', () => {
    const redacted = redactConfig(config);
    for (const secret of secretsOf(config)) expect(JSON.stringify(redacted)).not.toContain(secret);
    expect(redacted).toEqual({
      ...config,
      gateway: { ...config.gateway, auth: { enabled: true, token: REDACTED } },
      providers: {
        ...config.providers,
        primary: { ...config.providers.primary, api_key: REDACTED },
        local: { ...config.providers.local, base_url: `http://me:${REDACTED}@ollama:11434/v1` },
      },
      database: { ...config.database, url: REDACTED },
      redis: { ...config.redis, url: REDACTED },
    });
  });

  it.each([
    ['https://sk-user-key@host/v1', 'https://***@host/v1', ['sk-user-key']],
    ['https://host/v1?key=k1&api-version=2024-10-21', 'https://host/v1?key=***&api-version=***', ['k1']],
    ['https://host/v1?a-bare-key-0123456789', 'https://host/v1?***', ['a-bare-key-0123456789']],
    ['https://u:p%40ss@host/v1?sig=s%2Fig#frag', 'https://u:***@host/v1?sig=***#frag', ['s%2Fig', 's/ig', 'p%40ss', 'p@ss']],
    ['https://v1/v1?v1=v1&key=key', 'https://v1/v1?v1=***&key=***', ['key']],
    ['https://host:8443/v1/a@b?', 'https://host:8443/v1/a@b?', []],
    ['not https://user@host?key=1', 'not https://user@host?key=1', []],
  ])('an address of a provider may carry its key before the host or behind the path: %s', (url, shown, keys) => {
    const carried = configSchema.parse({ providers: { local: { type: 'ollama', base_url: 'http://x', model: url } } });
    expect(redactConfig(carried).providers.local?.model).toBe(shown.replaceAll('***', REDACTED));
    expect(
      secretsOf(carried)
        .filter((secret) => !/^(postgresql|redis):/.test(secret))
        .sort(),
    ).toEqual([...keys].sort());
  });

  it('shows an empty secret as empty: it is not set', () => {
    expect(redactConfig(configSchema.parse({})).gateway.auth.token).toBe('');
    expect(secretsOf(configSchema.parse({}))).toEqual([configSchema.parse({}).database.url, configSchema.parse({}).redis.url]);
  });

  it('leaves the configuration itself as it is', () => {
    redactConfig(config);
    expect(config.gateway.auth.token).toBe('gateway-secret-1');
  });

  it('describes the configuration as YAML that reads back as the redacted one', () => {
    expect(parse(describeConfig(config))).toEqual(JSON.parse(JSON.stringify(redactConfig(config))));
  });
});
