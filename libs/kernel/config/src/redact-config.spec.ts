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
        'gateway-secret-1', 'sk-provider-secret', 'inner%40secret', 'inner@secret', config.database.url, 'db%2Fsecret', 'db/secret',
        config.redis.url, 'redis-secret',
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
