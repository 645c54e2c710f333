/** What an intruder, or a curious neighbour, would find. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { check } from './stack.mjs';

const LONG_RUNNING = ['gateway', 'worker', 'channels', 'postgres', 'redis', 'embedder', 'skill-gate'];
/** Beside what every container has: what lets lanes and gate meet under SELinux. */
const ONE_LEVEL = { 'skill-gate': ['label=level:s0:c700,c701'], 'skill-runner': ['label=level:s0:c700,c701'] };
const NETWORKS = {
  gateway: ['database', 'front', 'queue'],
  worker: ['database', 'embedding', 'outside', 'queue', 'skills'],
  channels: ['database', 'outside', 'queue'],
  'skill-gate': ['outside', 'skills'],
  'skill-runner': ['none'],
  embedder: ['embedding'],
  postgres: ['database'],
  redis: ['queue'],
  migrate: ['database'],
  config: ['none'],
  secrets: ['none'],
};
const SECRETS = {
  gateway: ['gateway-config', 'gateway-data', 'postgres-secret', 'redis-secret'],
  worker: ['postgres-secret', 'redis-secret', 'skills-secret', 'worker-config'],
  channels: ['channels-config', 'postgres-secret', 'redis-secret'],
  'skill-gate': ['skills-secret'],
  'skill-runner': [],
  postgres: ['owner-secret', 'postgres-secret'],
  redis: ['redis-secret'],
  embedder: [],
  migrate: ['owner-secret', 'postgres-secret'],
};
const STRANGERS = 4200;
const CHEAP = '/api/v1/conversations?limit=1';
const KEY = 'sk-a-key-that-only-workers-may-see';

export const hardening = [
  check('one port is published, on loopback only', async (stack) => {
    const bindings = (await stack.inspect()).flatMap(({ HostConfig }) => Object.values(HostConfig.PortBindings ?? {}).flat());
    assert.deepEqual(bindings, [{ HostIp: '127.0.0.1', HostPort: String(stack.port) }]);
  }),

  check('each service is on its own networks alone: postgres and redis have no way out, nor to each other', async (stack) => {
    for (const name of ['database', 'embedding', 'queue', 'skills']) {
      const [network] = JSON.parse(await stack.docker('network', 'inspect', `${stack.name}_${name}`));
      assert.equal(network.Internal, true, name);
    }
    const [front] = JSON.parse(await stack.docker('network', 'inspect', `${stack.name}_front`));
    assert.equal(front.Options['com.docker.network.bridge.enable_ip_masquerade'], 'false');
    for (const [service, names] of Object.entries(NETWORKS)) {
      for (const { NetworkSettings } of await stack.inspect(service)) {
        assert.deepEqual(
          Object.keys(NetworkSettings.Networks).sort(),
          names.map((name) => (name === 'none' ? name : `${stack.name}_${name}`)),
          service,
        );
      }
    }
  }),

  check('the gateway has no way out, where the worker has one', async (stack) => {
    const script =
      'const s=require("node:net").connect(443,"1.1.1.1");s.on("connect",()=>console.log("out")||s.destroy());s.on("error",()=>console.log("blocked"));setTimeout(()=>s.destroy(),4000).unref()';
    const [gateway, worker] = await Promise.all(['gateway', 'worker'].map((service) => stack.exec(service, 'node', '-e', script)));
    assert.notEqual(gateway, 'out');
    return worker === 'out' ? 'the worker gets out' : 'nobody does from this machine';
  }),

  check('the role of gateways and workers is no superuser, owns nothing, and runs no programs', async (stack) => {
    const roles = await asApplication(
      stack,
      'SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user',
    );
    assert.equal(roles, 'openclaw|f|f|f|f');
    assert.equal(await asApplication(stack, "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'openclaw'"), '0');
    await assert.rejects(asApplication(stack, "COPY (SELECT 1) TO PROGRAM 'id'"), /permission denied/);
    await assert.rejects(asApplication(stack, 'DROP TABLE runs'), /must be owner/);
    assert.match(
      await asApplication(stack, "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'openclaw-%'"),
      /^openclaw$/,
    );
  }),

  check('each service sees the secrets it needs and no others', async (stack) => {
    for (const [service, names] of Object.entries(SECRETS)) {
      const [{ Mounts }] = await stack.inspect(service);
      const own = Mounts.map(({ Name = '' }) => Name.replace(`${stack.name}_`, '')).filter((name) =>
        /-(secret|config)$|^gateway-data$/.test(name),
      );
      assert.deepEqual(own.sort(), names, service);
    }
    for (const service of ['gateway', 'worker', 'channels', 'postgres', 'redis', 'migrate']) {
      const [{ Mounts }] = await stack.inspect(service);
      assert.ok(
        Mounts.every(({ Source }) => Source !== stack.home),
        `${service} sees the person's folder`,
      );
    }
  }),

  check('every container is a plain user on a read-only root, without capabilities or a way to get some', async (stack) => {
    for (const { Name, Config, HostConfig } of await stack.inspect()) {
      assert.match(Config.User, /^[1-9]/, `${Name} runs as ${Config.User || 'root'}`);
      assert.equal(HostConfig.ReadonlyRootfs, true, Name);
      assert.deepEqual([HostConfig.CapDrop, HostConfig.CapAdd, HostConfig.Privileged], [['ALL'], null, false], Name);
      assert.deepEqual(
        HostConfig.SecurityOpt,
        ['no-new-privileges:true', ...(ONE_LEVEL[Config.Labels['com.docker.compose.service']] ?? [])],
        Name,
      );
    }
    for (const service of LONG_RUNNING) {
      const status = await stack.exec(service, 'cat', '/proc/1/status');
      assert.match(status, /^Uid:\t[1-9]/m, service);
      assert.match(status, /^CapEff:\t0+$/m, service);
      assert.match(status, /^NoNewPrivs:\t1$/m, service);
    }
  }),

  check('memory, processes and logs of every container are bounded', async (stack) => {
    for (const { Name, HostConfig } of await stack.inspect()) {
      assert.ok(HostConfig.Memory > 0, `${Name} has no memory limit`);
      assert.ok(HostConfig.PidsLimit > 0, `${Name} has no process limit`);
      assert.deepEqual(Object.keys(HostConfig.LogConfig.Config).sort(), ['max-file', 'max-size'], Name);
    }
  }),

  check('no secret is in docker inspect, a log, a process list, an environment or the image', async (stack) => {
    const places = await placesToLook(stack);
    const secrets = { 'the gateway token': stack.token, ...(await passwords(stack)) };
    for (const [what, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 43, `${what} is short`);
      for (const [where, text] of Object.entries(places)) assert.ok(!text.includes(secret), `${what} is in ${where}`);
    }
  }),

  check('redis cannot read the password of postgres, nor postgres that of redis', async (stack) => {
    assert.equal(await stack.exec('redis', 'ls', '/run/openclaw'), 'redis');
    assert.deepEqual((await stack.exec('postgres', 'ls', '/run/openclaw')).split('\n'), ['owner', 'postgres']);
  }),

  check('without their passwords postgres and redis let nobody in', async (stack) => {
    await assert.rejects(
      stack.exec('postgres', 'psql', '--no-password', '-h', '127.0.0.1', '-U', 'openclaw', '-c', 'SELECT 1'),
      /no password/,
    );
    await assert.rejects(stack.exec('postgres', 'psql', '--no-password', '-U', 'openclaw', '-c', 'SELECT 1'), /no password/);
    assert.match(await stack.exec('redis', 'redis-cli', 'ping'), /NOAUTH/);
  }),

  check('the token of the gateway never reaches a worker', async (stack) => {
    const [worker] = await stack.inspect('worker');
    assert.ok(worker.Config.Env.includes('GATEWAY_AUTH_TOKEN='));
    assert.ok(worker.Config.Env.includes('OPENCLAW_GATEWAY__AUTH__TOKEN='));
    assert.ok(worker.Mounts.every(({ Name = '' }) => !Name.includes('gateway')));
  }),

  check('4,200 idle connections of strangers: the right token is served meanwhile, and the port lives on', async (stack) => {
    const { hostname, port } = new URL(stack.url);
    const sockets = [];
    for (let count = 0; count < STRANGERS; count += 1) {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${count % 2 === 0 ? '\r\n' : ''}`);
      sockets.push(socket);
      if (count % 300 === 0) assert.equal((await stack.call('GET', CHEAP)).status, 200);
    }
    const slowest = [];
    for (let count = 0; count < 20; count += 1) {
      const { status, ms } = await stack.call('GET', CHEAP, { headers: { connection: 'close' } });
      assert.equal(status, 200);
      slowest.push(ms);
    }
    for (const socket of sockets) socket.destroy();
    assert.equal((await stack.say('Still there?')).status, 200);
    const [{ RestartCount }] = await stack.inspect('gateway');
    assert.equal(RestartCount, 0);
    return `${STRANGERS} strangers, slowest reply ${Math.max(...slowest).toFixed(0)} ms`;
  }),
];

export const configuration = [
  check('every problem of the configuration is named at once, and ends the start with 1', async (stack) => {
    const variables = ['GATEWAY_AUTH_TOKEN=changeme', 'OPENCLAW_GATEWAY__PORTT=1', 'OPENCLAW_WORKER__CONCURRENCY=none'];
    const start = stack.compose('run', '--rm', '--no-deps', '--no-TTY', ...variables.flatMap((variable) => ['-e', variable]), 'gateway');
    await assert.rejects(start, ({ message }) => {
      assert.match(message, /ended with 1\n/);
      for (const named of ['gateway.auth.token', 'OPENCLAW_GATEWAY__PORTT', 'worker.concurrency'])
        assert.ok(message.includes(named), named);
      return true;
    });
  }),

  check('a home folder that does not exist yet is no obstacle', async (stack) => {
    const env = { OPENCLAW_HOME: join(stack.folder, 'missing') };
    const printed = await stack.project.compose(['run', '--rm', '--no-deps', '--no-TTY', 'config', 'openclaw', 'config', 'check'], { env });
    assert.match(printed, /ok/);
  }),

  check(
    'gateway.yaml in the home folder is obeyed',
    async (stack) => {
      await stack.configure('gateway:\n  rate_limit: { requests_per_minute: 60000, burst: 1000 }\n');
      const { headers } = await stack.call('GET', '/api/v1/status');
      assert.equal(headers.get('x-ratelimit-limit'), '60000');
    },
    { always: true },
  ),

  check('a token and keys in gateway.yaml reach the gateway and the worker respectively, and nobody else', async (stack) => {
    const yaml = readFileSync(join(stack.home, 'gateway.yaml'), 'utf8');
    await stack.configure(`${yaml}  auth: { token: "${stack.token}" }\nproviders:\n  secondary: { type: openai, api_key: "${KEY}" }\n`);
    const see = async (service) =>
      `${await stack.exec(service, 'cat', '/etc/openclaw/gateway.yaml')} ${await stack.exec(service, 'cat', '/proc/1/environ')}`;
    const [gateway, worker] = [await see('gateway'), await see('worker')];
    assert.deepEqual([gateway.includes(stack.token), worker.includes(stack.token)], [true, false]);
    assert.deepEqual([gateway.includes(KEY), worker.includes(KEY)], [false, true]);
    assert.equal((await stack.call('GET', '/api/v1/status')).status, 200);
    await stack.configure(yaml);
  }),

  check('keys in the environment reach the worker and not the gateway', async (stack) => {
    const variables = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GOOGLE_API_KEY'];
    const env = Object.fromEntries(variables.map((name) => [name, KEY]));
    const printed = async (service) => stack.project.compose(['run', '--rm', '--no-deps', '--no-TTY', service, 'env'], { env });
    assert.equal((await printed('gateway')).includes(KEY), false);
    assert.equal((await printed('worker')).split(KEY).length - 1, variables.length);
  }),

  check('a second up changes nothing', async (stack) => {
    const identities = async () => (await stack.inspect(...LONG_RUNNING)).map(({ Id, State }) => `${Id} ${State.StartedAt}`).sort();
    const before = await identities();
    await stack.up();
    assert.deepEqual(await identities(), before);
  }),
];

/** What Postgres says to the application's role, in psql's unaligned form. */
function asApplication(stack, sql) {
  const script = 'PGPASSWORD=$(cat /run/openclaw/postgres/password) exec psql -v ON_ERROR_STOP=1 -h 127.0.0.1 -U openclaw -Atc "$1"';
  return stack.exec('postgres', 'sh', '-c', script, '_', sql);
}

async function passwords(stack) {
  return {
    'the password of postgres': await stack.exec('postgres', 'cat', '/run/openclaw/postgres/password'),
    'the password of the owner of the database': await stack.exec('postgres', 'cat', '/run/openclaw/owner/password'),
    'the password of redis': await stack.exec('redis', 'cat', '/run/openclaw/redis/password'),
    'the password of skill-gate': await stack.exec('worker', 'cat', '/run/openclaw/skills/password'),
  };
}

async function placesToLook(stack) {
  const containers = await stack.inspect();
  const running = containers.filter(({ State }) => State.Running);
  const places = {
    'docker inspect of a container': JSON.stringify(containers),
    'docker inspect of the image': await stack.docker('image', 'inspect', `${stack.name}:local`),
    'docker history': await stack.docker('history', '--no-trunc', `${stack.name}:local`),
    'docker compose config': await stack.compose('config'),
    'a log': await stack.compose('logs'),
  };
  for (const { Id, Name } of running) {
    places[`the process list of ${Name}`] = await stack.docker('top', Id, '-eo', 'pid,args');
  }
  // Not that of postgres: its image hands the file's content to the server in a variable, at the start that makes the database.
  for (const service of ['gateway', 'worker', 'redis']) {
    places[`the environment of ${service}`] = await stack.exec(service, 'cat', '/proc/1/environ');
  }
  return places;
}
