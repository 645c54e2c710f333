import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Config, Issue } from '@openclaw/words';
import { ConfigError } from './config-error.js';
import type { Environment } from './environment.js';
import { hiddenVariables, loadConfig } from './load-config.js';

const root = mkdtempSync(join(tmpdir(), 'openclaw-config-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

let folders = 0;
function folderWith(yaml: string): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  writeFileSync(join(folder, 'gateway.yaml'), yaml);
  return folder;
}

function load(env: Environment, yaml = ''): Config {
  return loadConfig({ env: { OPENCLAW_CONFIG_DIR: folderWith(yaml), ...env } });
}

function problemsOf(work: () => unknown): readonly Issue[] {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  return [];
}

const pathsOf = (work: () => unknown): string[] => problemsOf(work).map(({ path }) => path);

describe('the layers', () => {
  it('gives every default where nothing is configured and no folder exists', () => {
    const config = loadConfig({ env: {}, homeDir: join(root, 'nowhere') });
    expect(config.gateway).toMatchObject({
      port: 18_789,
      bind: '127.0.0.1',
      auth: { enabled: true, token: '' },
      rate_limit: { requests_per_minute: 60, burst: 10 },
    });
    expect(config.providers.primary).toMatchObject({ type: 'offline', model: 'offline' });
  });

  it('lays the file over the defaults and the environment over the file, key by key', () => {
    const yaml = 'gateway:\n  port: 9000\n  rate_limit: { requests_per_minute: 5, burst: 6 }\n';
    const { gateway } = load({ OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '600' }, yaml);
    expect(gateway).toMatchObject({
      port: 9000,
      rate_limit: { requests_per_minute: 600, burst: 6, failed_authentications_per_minute: 30 },
    });
  });

  it.each([
    ['OPENCLAW_CONFIG_DIR', { OPENCLAW_CONFIG_DIR: 'one', OPENCLAW_DATA_DIR: 'two' }],
    ['OPENCLAW_DATA_DIR', { OPENCLAW_DATA_DIR: 'one', OPENCLAW_CONFIG_DIR: '' }],
    ['the home folder', {}],
  ])('reads the file from %s', (_, variables: Environment) => {
    const home = join(root, `home-${String(++folders)}`);
    const folder = variables['OPENCLAW_CONFIG_DIR'] ?? variables['OPENCLAW_DATA_DIR'] ?? '.openclaw';
    const used = folder === '' ? 'one' : folder;
    mkdirSync(join(home, used), { recursive: true });
    writeFileSync(join(home, used, 'gateway.yaml'), 'gateway: { port: 4242 }');
    const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value ? join(home, value) : value]));
    expect(loadConfig({ env, homeDir: home }).gateway.port).toBe(4242);
  });

  it('takes the names that people know', () => {
    const config = load({
      GATEWAY_AUTH_TOKEN: 'kS8vQ2mZx71LpWd0',
      OPENCLAW_PORT: '8080',
      OPENCLAW_LOG_LEVEL: 'debug',
      DATABASE_URL: 'postgresql://u:p@db/x',
      REDIS_URL: 'rediss://cache',
    });
    expect(config.gateway).toMatchObject({ port: 8080, auth: { token: 'kS8vQ2mZx71LpWd0' }, logging: { level: 'debug' } });
    expect(config.database.url).toBe('postgresql://u:p@db/x');
    expect(config.redis.url).toBe('rediss://cache');
  });

  it('prefers the full name of a key to its alias', () => {
    expect(load({ OPENCLAW_PORT: '8080', OPENCLAW_GATEWAY__PORT: '9090' }).gateway.port).toBe(9090);
  });

  it('counts an empty or blank variable as not set', () => {
    const { gateway } = load({ OPENCLAW_PORT: '', OPENCLAW_GATEWAY__PORT: '  ', GATEWAY_AUTH_TOKEN: '' }, 'gateway: { port: 9000 }');
    expect(gateway).toMatchObject({ port: 9000, auth: { token: '' } });
  });

  it('counts an empty value of the file as not set', () => {
    expect(load({}, 'gateway:\n  port:\n  bind: "${UNSET_VARIABLE}"\nproviders:\nagent: {}\n').gateway).toMatchObject({
      port: 18_789,
      bind: '127.0.0.1',
    });
  });

  it('makes numbers, flags and lists of text, from the environment and from references alike', () => {
    const { gateway, agent } = load(
      { OPENCLAW_GATEWAY__ALLOWED_HOSTS: 'a.example, b.example,', OPENCLAW_GATEWAY__AUTH__ENABLED: 'false', TURNS: '7' },
      'agent: { max_turns: "${TURNS}" }',
    );
    expect(gateway.allowed_hosts).toEqual(['a.example', 'b.example']);
    expect(gateway.auth.enabled).toBe(false);
    expect(agent.max_turns).toBe(7);
  });

  it('reads keys of optional branches and, as JSON, keys with a structure of their own from the environment', () => {
    const { providers } = load({
      OPENCLAW_PROVIDERS__SECONDARY__TYPE: 'google',
      OPENCLAW_PROVIDERS__SECONDARY__MAX_TOKENS: '512',
      OPENCLAW_PROVIDERS__ALIASES: '{"fast": "gemini-flash"}',
    });
    expect(providers.secondary).toMatchObject({ type: 'google', max_tokens: 512 });
    expect(providers.aliases).toEqual({ fast: 'gemini-flash' });
  });

  it('is frozen to its depth', () => {
    const config = load({});
    expect(() => {
      config.gateway.rate_limit.burst = 1;
    }).toThrow(TypeError);
    expect(() => config.gateway.allowed_hosts.push('x')).toThrow(TypeError);
  });
});

describe('problems', () => {
  it('names all of them at once: syntax of references, types, unknown keys, rules, files and variables', () => {
    const yaml = [
      'gateway:',
      '  port: 99999',
      '  bind: example.org',
      '  auth: { token: changeme }',
      '  ratelimit: { burst: 1 }',
      'agent: { max_turns: many }',
      'worker: { lease_ms: 4000, heartbeat_ms: "${OPEN" }',
      'database: { password_file: /nonexistent/password }',
    ].join('\n');
    const paths = pathsOf(() => load({ OPENCLAW_REDIS__URL: 'http://cache', OPENCLAW_AGENT__TURNS: '3' }, yaml));
    expect(paths.sort()).toEqual([
      'OPENCLAW_AGENT__TURNS',
      'agent.max_turns',
      'database.password_file',
      'gateway.auth.token',
      'gateway.bind',
      'gateway.port',
      'gateway.ratelimit',
      'redis.url',
      'worker.heartbeat_ms',
      'worker.heartbeat_ms',
    ]);
  });

  it('says in its message what each problem is and where the value came from', () => {
    const problems = problemsOf(() => load({ OPENCLAW_GATEWAY__PORT: 'high' }, 'gateway:\n  bind: nowhere\n  logging: { level: loud }\n'));
    expect(problems).toEqual([
      { path: 'gateway.port', message: 'must be a number (OPENCLAW_GATEWAY__PORT)' },
      { path: 'gateway.logging.level', message: 'must be one of trace, debug, info, warn, error (gateway.yaml line 3, column 21)' },
      { path: 'gateway.bind', message: 'must be an IP address or localhost (gateway.yaml line 2, column 9)' },
    ]);
    expect(new ConfigError(problems).message).toBe(
      ['The configuration has 3 problems:', ...problems.map(({ path, message }) => `  - ${path}: ${message}`)].join('\n'),
    );
  });

  it('names the variable and not the line where both set the value', () => {
    const problems = problemsOf(() =>
      load({ OPENCLAW_GATEWAY__ALLOWED_HOSTS: 'https://x' }, 'gateway:\n  allowed_hosts:\n    - example.org\n'),
    );
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('(OPENCLAW_GATEWAY__ALLOWED_HOSTS)')]);
  });

  it('suggests the closest known key for one that is unknown', () => {
    const [problem] = problemsOf(() => load({}, 'gateway: { ratelimit: { burst: 1 } }'));
    expect(problem?.message).toBe('is not a known key; did you mean gateway.rate_limit? (gateway.yaml line 1, column 23)');
  });

  it('says of a missing value that it is required', () => {
    const problems = problemsOf(() => load({}, 'providers:\n  secondary: { model: x }\n'));
    expect(problems).toEqual([
      { path: 'providers.secondary.type', message: expect.stringMatching(/^is required and must be one of .*\(gateway.yaml line 2/) },
    ]);
  });

  it('reports a value once, however many rules it breaks', () => {
    expect(pathsOf(() => load({}, 'providers: { secondary: { type: nobody }, routing: { fallback: local } }'))).toEqual([
      'providers.secondary.type',
      'providers.routing.fallback',
    ]);
  });

  it('does not hide a wrong branch of the file behind a variable', () => {
    expect(pathsOf(() => load({ OPENCLAW_GATEWAY__PORT: '1' }, 'gateway: 5'))).toEqual(['gateway']);
  });

  it('names a file that cannot be read', () => {
    const folder = join(root, 'folder-in-place-of-file');
    mkdirSync(join(folder, 'gateway.yaml'), { recursive: true });
    expect(problemsOf(() => loadConfig({ env: { OPENCLAW_CONFIG_DIR: folder } }))).toEqual([
      { path: join(folder, 'gateway.yaml'), message: 'cannot be read (EISDIR)' },
    ]);
  });

  it('holds no secret, whatever is wrong with it', () => {
    const secret = 'hunter2-hunter2';
    const env = {
      GATEWAY_AUTH_TOKEN: secret,
      DATABASE_URL: `mysql://u:${secret}@db`,
      OPENCLAW_PROVIDERS__ALIASES: `{"${secret}`,
      OPENAI_API_BASE_URL: `not a url ${secret}`,
    };
    const problems = problemsOf(() => load(env, `providers: { local: { type: google, api_key: [${secret}] } }`));
    expect(problems).toHaveLength(5);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });
});

describe('rules', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])('lets auth be off when bound to %s', (bind) => {
    expect(load({ OPENCLAW_GATEWAY__BIND: bind, OPENCLAW_GATEWAY__AUTH__ENABLED: 'false' }).gateway.auth.enabled).toBe(false);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', '128.0.0.1', '::ffff:10.0.0.1'])('refuses auth off when bound to %s', (bind) => {
    expect(pathsOf(() => load({ OPENCLAW_GATEWAY__BIND: bind, OPENCLAW_GATEWAY__AUTH__ENABLED: 'false' }))).toEqual([
      'gateway.auth.enabled',
    ]);
  });

  it.each(['example.org', '127.0.0', '127.0.0.1:80', '[::1]', '*'])('refuses %s as the address to bind to', (bind) => {
    expect(pathsOf(() => load({ OPENCLAW_GATEWAY__BIND: bind }))).toEqual(['gateway.bind']);
  });

  it.each(['https://example.org', 'http://example.org:8080', 'http://[::1]:3000'])('takes %s as an origin', (origin) => {
    expect(load({ OPENCLAW_GATEWAY__ALLOWED_ORIGINS: origin }).gateway.allowed_origins).toEqual([origin]);
  });

  it.each(['https://example.org/', 'example.org', 'https://example.org/app', '*', 'null', 'https://example.org:443'])(
    'refuses %s as an origin: it would never match',
    (origin) => {
      expect(pathsOf(() => load({ OPENCLAW_GATEWAY__ALLOWED_ORIGINS: origin }))).toEqual(['gateway.allowed_origins.0']);
    },
  );

  it.each(['https://example.org', 'example.org:8080', 'example.org/x', 'a b'])('refuses %s as a host name', (host) => {
    expect(pathsOf(() => load({ OPENCLAW_GATEWAY__ALLOWED_HOSTS: `good.example,${host}` }))).toEqual(['gateway.allowed_hosts.1']);
  });

  it('wants two heartbeats within a lease', () => {
    expect(pathsOf(() => load({}, 'worker: { lease_ms: 4000, heartbeat_ms: 2000 }'))).toEqual(['worker.heartbeat_ms']);
    expect(load({}, 'worker: { lease_ms: 4000, heartbeat_ms: 1999 }').worker.heartbeat_ms).toBe(1999);
  });

  it('wants an address for a provider that has none of its own', () => {
    expect(pathsOf(() => load({}, 'providers: { local: { type: openai-compatible, model: x } }'))).toEqual(['providers.local.base_url']);
  });

  it.each(['test\u2013key', '\u201ckey\u201d', 'one\ntwo', 'schl\u00fcssel', 'a\u0000b'])(
    'a key that cannot be sent stops the start: %j',
    (key) => {
      const problems = problemsOf(() => load({}, `providers: { primary: { type: google, api_key: ${JSON.stringify(key)} } }`));
      expect(problems).toEqual([{ path: 'providers.primary.api_key', message: expect.stringContaining('cannot be sent') }]);
      expect(JSON.stringify(problems)).not.toContain(key.slice(0, 3));
    },
  );

  it.each([' key-0123 ', 'key\n'])('blanks around a key do no harm: %j', (key) => {
    expect(load({}, `providers: { primary: { type: google, api_key: ${JSON.stringify(key)} } }`).providers.primary?.type).toBe('google');
  });

  it.each([
    ['anthropic', 'gpt-5.4'],
    ['anthropic', 'anthropic/claude-sonnet-5'],
    ['openai', 'claude-sonnet-5'],
    ['openai', 'openai/gpt-5.4'],
    ['google', 'gpt-5.4'],
    ['google', 'google/gemini-3.8-flash'],
  ])('a model that %s does not have stops the start: %s', (type, model) => {
    expect(problemsOf(() => load({}, `providers: { primary: { type: ${type}, model: ${model} } }`))).toEqual([
      { path: 'providers.primary.model', message: expect.stringContaining(`is ${model}, which ${type} does not have`) },
    ]);
    expect(
      load({}, `providers: { primary: { type: ${type}, model: ${model}, base_url: "https://models.example/v1" } }`).providers.primary
        ?.model,
    ).toBe(model);
  });

  it.each([
    ['anthropic', 'claude-next-9'],
    ['openai', 'ft:gpt-4o:me'],
    ['openai', 'o9-mini'],
    ['google', 'models/gemini-9'],
    ['google', 'gemma-4'],
  ])('a model of %s that is not known here is taken: %s', (type, model) => {
    expect(load({}, `providers: { primary: { type: ${type}, model: "${model}" } }`).providers.primary?.model).toBe(model);
  });

  describe('what the API changed', () => {
    const over = (overlay: object, env: Environment = {}, yaml = ''): Config =>
      loadConfig({ env: { OPENCLAW_CONFIG_DIR: folderWith(yaml), ...env }, overlay: { ...overlay } });

    it('lies over file and environment, and what it says wrongly is named', () => {
      const env = { OPENCLAW_AGENT__MAX_TURNS: '4' };
      expect(over({ agent: { max_turns: 5 } }, env, 'agent: { max_turns: 3, tool_calls_per_turn: 6 }').agent).toMatchObject({
        max_turns: 5,
        tool_calls_per_turn: 6,
      });
      expect(problemsOf(() => over({ agent: { max_turns: { a: 1 } } }, env))).toMatchObject([{ path: 'agent.max_turns' }]);
      expect(
        hiddenVariables({
          env: { OPENCLAW_CONFIG_DIR: folderWith(''), OPENAI_API_KEY: 'k', ...env },
          overlay: { agent: { max_turns: 5 }, providers: { primary: { api_key: 'x' } } },
        }),
      ).toEqual([
        { path: 'providers.primary.api_key', variable: 'OPENAI_API_KEY' },
        { path: 'agent.max_turns', variable: 'OPENCLAW_AGENT__MAX_TURNS' },
      ]);
    });

    it('of a provider whose type it changes nothing from below is left: that was another provider’s', () => {
      const yaml = 'providers: { primary: { type: offline, model: offline }, secondary: { type: ollama, model: llama3.2 } }';
      const { providers } = over({ providers: { primary: { type: 'openai' } } }, { OPENAI_API_KEY: 'k' }, yaml);
      expect(providers.primary).toEqual({ type: 'openai', model: 'gpt-5.4-mini', api_key: 'k' });
      expect(providers.secondary).toMatchObject({ type: 'ollama', model: 'llama3.2' });
      expect(over({ providers: { primary: { type: 'offline', max_tokens: 5 } } }, {}, yaml).providers.primary).toMatchObject({
        model: 'offline',
        max_tokens: 5,
      });
    });
  });

  it('a time zone is what the platform takes for one', () => {
    expect(load({}, 'agent: { time_zone: Asia/Kolkata }').agent.time_zone).toBe('Asia/Kolkata');
    expect(problemsOf(() => load({}, 'agent: { time_zone: Mars/Olympus }'))).toEqual([
      { path: 'agent.time_zone', message: expect.stringContaining('must be a time zone') },
    ]);
  });
});

describe('password files', () => {
  const file = join(root, 'password');

  it('puts the trimmed password, percent-encoded, into URLs that have none', () => {
    writeFileSync(file, 'p@ss/w%41:rd?#é\n');
    const config = load({
      DATABASE_URL: 'postgresql://openclaw@postgres:5432/openclaw?sslmode=disable',
      OPENCLAW_DATABASE__PASSWORD_FILE: file,
      REDIS_URL: 'redis://redis:6379/2',
      OPENCLAW_REDIS__PASSWORD_FILE: file,
    });
    expect(decodeURIComponent(new URL(config.database.url).password)).toBe('p@ss/w%41:rd?#é');
    expect(config.database.url.replace(/:[^:@]+@/, '@')).toBe('postgresql://openclaw@postgres:5432/openclaw?sslmode=disable');
    expect(decodeURIComponent(new URL(config.redis.url).password)).toBe('p@ss/w%41:rd?#é');
    expect(new URL(config.redis.url).host).toBe('redis:6379');
    expect(new URL(config.redis.url).pathname).toBe('/2');
  });

  it('leaves a URL alone that has a password, and does not even read the file', () => {
    expect(load({ REDIS_URL: 'redis://:own@redis', OPENCLAW_REDIS__PASSWORD_FILE: '/nonexistent' }).redis.url).toBe('redis://:own@redis');
  });

  it('finds a relative path from the folder of gateway.yaml', () => {
    const folder = folderWith('redis: { password_file: secret.txt }');
    writeFileSync(join(folder, 'secret.txt'), 'abc');
    expect(loadConfig({ env: { OPENCLAW_CONFIG_DIR: folder } }).redis.url).toBe('redis://:abc@127.0.0.1:6379');
  });

  it('names an empty one, a missing one, and a URL that cannot take it', () => {
    const empty = join(root, 'empty');
    writeFileSync(empty, '\n');
    chmodSync(empty, 0o400);
    const problems = problemsOf(() =>
      load({ OPENCLAW_DATABASE__PASSWORD_FILE: empty, OPENCLAW_REDIS__PASSWORD_FILE: '/nonexistent/file' }),
    );
    expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      expect.stringMatching(/^database.password_file is an empty file/),
      expect.stringMatching(/^redis.password_file cannot be read \(ENOENT\)/),
    ]);
    writeFileSync(file, 'abc');
    expect(pathsOf(() => load({ DATABASE_URL: 'postgresql:///x?host=/run/postgresql', OPENCLAW_DATABASE__PASSWORD_FILE: file }))).toEqual([
      'database.password_file',
    ]);
  });
});
