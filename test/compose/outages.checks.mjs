/** Parts stop, die and come back; nothing accepted is lost. */
import assert from 'node:assert/strict';
import { check, until } from './stack.mjs';

const REFUSED_WITHIN_MS = 2000;
const BACK_WITHIN_MS = 5000;
const LONG_OUTAGE_MS = 30_000;
const OUTAGES = 4;

export const outages = [
  ...['postgres', 'redis', 'gateway', 'worker'].map((service) =>
    check(`${service} stops and starts: the next message is answered`, async (stack) => {
      await stack.compose('stop', service);
      await stack.compose('start', service);
      const { ms } = await untilAnswered(stack, 30_000);
      return `after ${(ms / 1000).toFixed(1)} s`;
    }),
  ),

  ...['redis', 'postgres'].map((service) =>
    check(`${service} away: 503 within 2 s; back: answers within 5 s`, async (stack) => {
      const rounds = [];
      // More than once: how long after the last look at its health a service went decides what the gateway knows.
      for (let round = 0; round < OUTAGES; round += 1) {
        await stack.compose('stop', service);
        const refusedMs = await assertRefused(stack, service);
        await stack.compose('start', service);
        const { ms } = await untilAnswered(stack, BACK_WITHIN_MS);
        rounds.push(`503 in ${refusedMs.toFixed(0)} ms and back in ${(ms / 1000).toFixed(1)} s`);
      }
      return rounds.join(', ');
    }),
  ),

  check(
    'redis full: readiness and health say so, and new messages are refused instead of left lying; with room again they are answered',
    async (stack) => {
      await stack.exec('redis', 'sh', '-c', redis('config set maxmemory 1mb'));
      const { ms } = await until('readyz says 503', async () => (await stack.call('GET', '/readyz', { token: '' })).status === 503, {
        withinMs: 10_000,
      });
      await assertRefused(stack, 'redis');
      await stack.exec('redis', 'sh', '-c', redis('config set maxmemory 256mb'));
      await untilAnswered(stack, 10_000);
      return `seen after ${(ms / 1000).toFixed(1)} s`;
    },
  ),

  check('redis away for 30 s: consumption resumes within 5 s of its return', async (stack) => {
    await stack.compose('stop', 'redis');
    await new Promise((resolve) => setTimeout(resolve, LONG_OUTAGE_MS));
    await assertRefused(stack, 'redis');
    await stack.compose('start', 'redis');
    const { ms } = await untilAnswered(stack, BACK_WITHIN_MS);
    for (let count = 0; count < 5; count += 1) assert.equal((await stack.say(`once more ${count}`)).status, 200);
    return `back in ${(ms / 1000).toFixed(1)} s`;
  }),

  check('redis emptied with work waiting: every accepted message is answered', async (stack) => {
    await stack.compose('pause', 'worker');
    const runs = await acceptMany(stack);
    await stack.exec('redis', 'sh', '-c', 'REDISCLI_AUTH="$(cat /run/openclaw/redis/password)" redis-cli FLUSHALL');
    await stack.compose('unpause', 'worker');
    await untilCompleted(stack, runs);
  }),

  check('the worker killed with work in hand: every accepted message is answered, once', async (stack) => {
    await stack.compose('pause', 'worker');
    const runs = await acceptMany(stack);
    await stack.compose('unpause', 'worker');
    await stack.compose('kill', '--signal', 'KILL', 'worker');
    await stack.compose('start', 'worker');
    await untilCompleted(stack, runs);
    await Promise.all(runs.map((run) => assertAnsweredOnce(stack, run)));
  }),

  check('everything goes down and comes up again: conversations and the token are still there', async (stack) => {
    const { body } = await stack.say('Remember the lighthouse');
    await stack.compose('down');
    await stack.up();
    assert.equal(await stack.exec('gateway', 'openclaw', 'token', 'show'), stack.token);
    const next = await stack.say('What did I say?', { conversation_id: body.conversation_id });
    assert.match(next.body.content, /Remember the lighthouse/);
  }),
];

/** A command of redis-cli, with the password. */
function redis(command) {
  return `REDISCLI_AUTH="$(cat /run/openclaw/redis/password)" redis-cli ${command}`;
}

/** A new message is refused at once and in the shape of every error; soon after, the probes tell what is the matter. */
async function assertRefused(stack, service) {
  const { status, body, headers, ms } = await stack.say('Anyone there?', {}, { timeoutMs: 10_000 });
  assert.deepEqual([status, body.error], [503, 'service_unavailable']);
  assert.ok(Number(headers.get('retry-after')) > 0);
  assert.ok(ms < REFUSED_WITHIN_MS, `503 came after ${ms.toFixed(0)} ms`);
  await until('readyz says 503', async () => (await stack.call('GET', '/readyz', { token: '' })).status === 503, {
    withinMs: REFUSED_WITHIN_MS,
  });
  assert.equal((await stack.call('GET', '/healthz', { token: '' })).status, 200);
  const health = await stack.call('GET', '/api/v1/health');
  assert.deepEqual([health.status, health.body.status, health.body.checks[service]], [503, 'degraded', 'failing']);
  return ms;
}

function untilAnswered(stack, withinMs) {
  return until('a message is answered', async () => (await stack.say('Are you back?', {}, { timeoutMs: withinMs })).status === 200, {
    withinMs,
  });
}

async function acceptMany(stack) {
  return Promise.all(Array.from({ length: 30 }, (_, index) => stack.accepted(`waiting ${index}`)));
}

async function untilCompleted(stack, runs) {
  await until(
    'every message completed',
    async () => {
      const statuses = await Promise.all(runs.map(({ id }) => stack.statusOf(id)));
      return statuses.every(({ status }) => status === 'completed');
    },
    { withinMs: 60_000, everyMs: 500 },
  );
}

async function assertAnsweredOnce(stack, { id, conversation_id }) {
  const { messages } = (await stack.call('GET', `/api/v1/conversations/${conversation_id}`)).body;
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant'],
  );
  assert.equal(messages[1].id, id);
}
