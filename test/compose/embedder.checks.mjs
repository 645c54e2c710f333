/** The embedder: what it finds, what it may reach, and that nothing waits for it. */
import assert from 'node:assert/strict';
import { check, until } from './stack.mjs';

const SAID = 'Unser Hund heißt Bello und schläft in der Küche';
const ASKED = '我的狗叫什么名字？';
const REACH =
  'const s=require("node:net").connect({port:PORT,host:"HOST"});s.on("connect",()=>{console.log("reached");process.exit()});s.on("error",()=>{console.log("blocked");process.exit()});setTimeout(()=>{console.log("blocked");process.exit()},3000)';

const reach = (stack, host, port) => stack.exec('embedder', 'node', '-e', REACH.replace('PORT', String(port)).replace('HOST', host));
const search = async (stack, query) => (await stack.call('POST', '/api/v1/memory/search', { body: { query } })).body;
const state = async (stack) => (await stack.call('GET', '/api/v1/status')).body.memory.embedder;

export const embedder = [
  check('the embedder runs here and says so, within its memory', async (stack) => {
    const health = JSON.parse(
      await stack.exec('embedder', 'node', '-e', "fetch('http://127.0.0.1:18790/health').then((r) => r.text()).then(console.log)"),
    );
    assert.deepEqual(health, { status: 'ok', model: 'multilingual-e5-small-q4' });
    await until('the workers know it', async () => (await state(stack)).state === 'ok');
    const [{ HostConfig, Mounts, RestartCount, Config }] = await stack.inspect('embedder');
    assert.deepEqual([HostConfig.Memory, Mounts.filter(({ Type }) => Type === 'volume'), RestartCount], [120 * 1024 * 1024, [], 0]);
    assert.match(Config.User, /^1001/);
    assert.ok(
      Config.Env.every((variable) => !/OPENCLAW|TOKEN|PASSWORD|API_KEY|DATABASE|REDIS/.test(variable)),
      'it is told something of the house',
    );
    return `${(Number(/RssAnon:\s+(\d+)/.exec(await stack.exec('embedder', 'sh', '-c', 'cat /proc/[0-9]*/status | grep RssAnon | sort -n | tail -1'))?.[1] ?? 0) / 1024).toFixed(0)} MB of its own`;
  }),

  check('with the embedder, what was said in one language is found in another', async (stack) => {
    assert.equal((await stack.call('POST', '/api/v1/memory', { body: { content: SAID } })).status, 201);
    await stack.call('POST', '/api/v1/memory', {
      body: {
        entries: Array.from({ length: 30 }, (_, index) => ({ content: `Notes on chapter ${index}: the harvest of year ${1900 + index}` })),
      },
    });
    await until('everything has its vector', async () => (await stack.call('GET', '/api/v1/memory/stats')).body.embeddings.pending === 0, {
      withinMs: 90_000,
    });
    const { answer } = await until(
      'the question has its vector in time',
      async () => {
        const found = await search(stack, ASKED);
        return found.embeddings === 'used' && found;
      },
      { withinMs: 120_000 },
    );
    assert.equal(answer.results[0]?.content, SAID);
    return `${answer.took_ms} ms`;
  }),

  check('the embedder reaches nobody: neither the internet nor postgres, redis or the gateway', async (stack) => {
    for (const [host, port] of [
      ['1.1.1.1', 443],
      ['postgres', 5432],
      ['redis', 6379],
      ['gateway', stack.port],
      ['host.docker.internal', 80],
    ]) {
      assert.equal(await reach(stack, host, port), 'blocked', host);
    }
  }),

  check('signs that would write past the buffer of the embedder’s engine do it no harm', async (stack) => {
    await stack.call('POST', '/api/v1/memory', { body: { content: '\uFDFA'.repeat(3000) } });
    await until('everything has its vector', async () => (await stack.call('GET', '/api/v1/memory/stats')).body.embeddings.pending === 0, {
      withinMs: 60_000,
    });
    const [{ RestartCount }] = await stack.inspect('embedder');
    assert.equal(RestartCount, 0);
  }),

  check(
    'without the embedder search goes on by words, messages are taken, and the status says so; it comes back by itself',
    async (stack) => {
      assert.equal((await stack.call('POST', '/api/v1/memory', { body: { content: SAID } })).status, 201);
      await stack.compose('kill', 'embedder');
      const { status, body } = await stack.call('POST', '/api/v1/memory/search', { body: { query: 'Wie heißt Bello?' } });
      assert.deepEqual([status, body.results[0]?.content], [200, SAID]);
      assert.notEqual(body.embeddings, 'used');
      assert.equal((await stack.say('Are you there without it?')).status, 200);
      const { answer } = await until(
        'the status says so',
        async () => {
          const seen = await state(stack);
          return seen.state === 'unavailable' && seen;
        },
        { withinMs: 60_000 },
      );
      const times = [];
      for (let count = 0; count < 10; count += 1) times.push((await search(stack, 'harvest')).took_ms);
      await stack.up('--no-recreate');
      await until('it is used again', async () => (await search(stack, ASKED)).embeddings === 'used', { withinMs: 120_000 });
      return `${answer.last_error}; search ${Math.max(...times).toFixed(0)} ms meanwhile`;
    },
  ),

  check('an embedder whose image has no engine says so and is healthy', async (stack) => {
    const printed = await stack.compose(
      'run',
      '--rm',
      '--no-deps',
      '--no-TTY',
      'embedder',
      'node',
      '-e',
      `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['apps/embedder/dist/main.js', '/nonexistent'], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.once('data', async () => { console.log(await (await fetch('http://127.0.0.1:18790/health')).text()); child.kill(); });`,
    );
    assert.match(printed, /"status":"unavailable","reason":"The engine could not be had/);
  }),
];
