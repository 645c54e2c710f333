/** What an intruder, or a curious neighbour, would find. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { check } from './stack.mjs';

const LONG_RUNNING = ['gateway', 'worker', 'postgres', 'redis'];

export const hardening = [
  check('one port is published, on loopback only', async (stack) => {
    const bindings = (await stack.inspect()).flatMap(({ HostConfig }) => Object.values(HostConfig.PortBindings ?? {}).flat());
    assert.deepEqual(bindings, [{ HostIp: '127.0.0.1', HostPort: String(stack.port) }]);
  }),

  check('postgres and redis are on a network without a way out, and on no other', async (stack) => {
    const [network] = JSON.parse(await stack.docker('network', 'inspect', `${stack.name}_inside`));
    assert.equal(network.Internal, true);
    for (const { NetworkSettings } of await stack.inspect('postgres', 'redis')) {
      assert.deepEqual(Object.keys(NetworkSettings.Networks), [`${stack.name}_inside`]);
    }
  }),

  check('every container is a plain user on a read-only root, without capabilities or a way to get some', async (stack) => {
    for (const { Name, Config, HostConfig } of await stack.inspect()) {
      assert.match(Config.User, /^[1-9]/, `${Name} runs as ${Config.User || 'root'}`);
      assert.equal(HostConfig.ReadonlyRootfs, true, Name);
      assert.deepEqual([HostConfig.CapDrop, HostConfig.CapAdd, HostConfig.Privileged], [['ALL'], null, false], Name);
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], Name);
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
    assert.equal(await stack.exec('postgres', 'ls', '/run/openclaw'), 'postgres');
  }),

  check('without their passwords postgres and redis let nobody in', async (stack) => {
    await assert.rejects(stack.exec('postgres', 'psql', '--no-password', '-h', '127.0.0.1', '-U', 'openclaw', '-c', 'SELECT 1'), /no password/);
    await assert.rejects(stack.exec('postgres', 'psql', '--no-password', '-U', 'openclaw', '-c', 'SELECT 1'), /no password/);
    assert.match(await stack.exec('redis', 'redis-cli', 'ping'), /NOAUTH/);
  }),

  check('the token of the gateway never reaches a worker', async (stack) => {
    const [worker] = await stack.inspect('worker');
    assert.ok(worker.Config.Env.includes('GATEWAY_AUTH_TOKEN='));
    assert.ok(worker.Config.Env.includes('OPENCLAW_GATEWAY__AUTH__TOKEN='));
    assert.ok(worker.Mounts.every(({ Name = '' }) => !Name.includes('gateway')));
  }),
];

export const configuration = [
  check('every problem of the configuration is named at once, and ends the start with 1', async (stack) => {
    const variables = ['GATEWAY_AUTH_TOKEN=changeme', 'OPENCLAW_GATEWAY__PORTT=1', 'OPENCLAW_WORKER__CONCURRENCY=none'];
    const start = stack.compose('run', '--rm', '--no-deps', '--no-TTY', ...variables.flatMap((variable) => ['-e', variable]), 'gateway');
    await assert.rejects(start, ({ message }) => {
      assert.match(message, /ended with 1\n/);
      for (const named of ['gateway.auth.token', 'OPENCLAW_GATEWAY__PORTT', 'worker.concurrency']) assert.ok(message.includes(named), named);
      return true;
    });
  }),

  check('a home folder that does not exist yet is no obstacle', async (stack) => {
    const env = { OPENCLAW_HOME: join(stack.folder, 'missing') };
    const printed = await stack.project.compose(['run', '--rm', '--no-deps', '--no-TTY', 'gateway', 'openclaw', 'config', 'check'], { env });
    assert.match(printed, /ok/);
  }),

  check('gateway.yaml in the home folder is obeyed', async (stack) => {
    await stack.configure('gateway:\n  rate_limit: { requests_per_minute: 60000, burst: 1000 }\n');
    const { headers } = await stack.call('GET', '/api/v1/status');
    assert.equal(headers.get('x-ratelimit-limit'), '60000');
  }, { always: true }),

  check('a second up changes nothing', async (stack) => {
    const identities = async () => (await stack.inspect(...LONG_RUNNING)).map(({ Id, State }) => `${Id} ${State.StartedAt}`).sort();
    const before = await identities();
    await stack.up();
    assert.deepEqual(await identities(), before);
  }),
];

async function passwords(stack) {
  return {
    'the password of postgres': await stack.exec('postgres', 'cat', '/run/openclaw/postgres/password'),
    'the password of redis': await stack.exec('redis', 'cat', '/run/openclaw/redis/password'),
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
