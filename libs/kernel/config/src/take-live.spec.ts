import { describe, expect, it } from '@jest/globals';
import { configKeys } from './config-keys.js';
import { loadConfig } from './load-config.js';
import { takeLive } from './take-live.js';

const load = (env: Readonly<Record<string, string>>): ReturnType<typeof loadConfig> => loadConfig({ env, homeDir: '/nonexistent' });

describe('takeLive', () => {
  it('takes each live key from now and each other from the start, and names those that wait', () => {
    const started = load({});
    const changed = load({
      OPENCLAW_AGENT__CONTEXT__RECENT: '0.3',
      OPENCLAW_GATEWAY__PORT: '1234',
      OPENCLAW_PROVIDERS__SECONDARY__TYPE: 'ollama',
      OPENCLAW_PROVIDERS__ALIASES: '{"fast": "gpt"}',
      OPENCLAW_GATEWAY__ALLOWED_HOSTS: 'a,b',
    });
    const { config, pending } = takeLive(started, changed);
    expect(config).toEqual({ ...changed, gateway: started.gateway });
    expect(pending).toEqual(['gateway.port', 'gateway.allowed_hosts']);
    expect(takeLive(started, started)).toEqual({ config: started, pending: [] });
  });

  it('what must not change under a process that runs is not live: addresses, ports, leases and limits of the server', () => {
    const live = new Set(
      configKeys()
        .filter((key) => key.live)
        .map((key) => key.path.join('.')),
    );
    for (const path of [
      'gateway.port',
      'gateway.auth.token',
      'gateway.limits.body_bytes',
      'database.url',
      'redis.prefix',
      'worker.lease_ms',
    ])
      expect(live).not.toContain(path);
    for (const path of [
      'worker.concurrency',
      'gateway.rate_limit.burst',
      'gateway.queue.max_size',
      'agent.max_turns',
      'gateway.logging.level',
      'providers.primary.model',
    ]) {
      expect(live).toContain(path);
    }
  });
});
