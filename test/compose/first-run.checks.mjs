/** From nothing to the first answers, with the commands that a user types. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './stack.mjs';

export const firstRun = [
  check('the token made at the first start can be shown, and stays the same', async (stack) => {
    assert.match(stack.token, /^[\w-]{43}$/);
    assert.equal(await stack.exec('gateway', 'openclaw', 'token', 'show'), stack.token);
  }),

  check('curl: the health check answers ok', async (stack) => {
    const reply = await stack.shell(`curl -H "Authorization: Bearer $TOKEN" ${stack.url}/api/v1/health`);
    assert.equal(JSON.parse(reply).status, 'ok');
  }),

  check('curl: a message gets the whole reply as JSON', async (stack) => {
    const reply = JSON.parse(await stack.shell(curlMessage(stack, 'Will it rain tomorrow?')));
    assert.match(reply.id, /^msg_/);
    assert.match(reply.conversation_id, /^conv_/);
    assert.equal(reply.role, 'assistant');
    assert.match(reply.content, /Will it rain tomorrow\?/);
    assert.equal(reply.tokens.total, reply.tokens.input + reply.tokens.output);
  }),

  check('curl: with Accept: text/event-stream the reply comes in events without a gap', async (stack) => {
    const stream = await stack.shell(curlMessage(stack, 'Tell me a story', '-N -H "Accept: text/event-stream"'));
    const events = eventsOf(stream);
    assert.equal(events[0].type, 'start');
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    assert.deepEqual(
      events.map(({ lastId }) => lastId),
      events.map(({ seq }) => String(seq)),
    );
    const end = events.at(-1);
    assert.equal(end.type, 'end');
    assert.equal(
      events
        .filter(({ type }) => type === 'token')
        .map(({ content }) => content)
        .join(''),
      end.content,
    );
  }),

  check('README: taking the token and the curl examples work as they stand', async (stack) => {
    const scripts = shellBlocks(readFileSync('README.md', 'utf8')).filter((block) => /^(curl |TOKEN=)/m.test(block));
    assert.ok(scripts.length >= 4, `README.md shows ${scripts.length} examples`);
    await stack.shell(scripts.join('\n').replaceAll('127.0.0.1:18789', `127.0.0.1:${stack.port}`));
  }),

  check('401: without a token, and with a wrong one', async (stack) => {
    for (const token of ['', 'wrong'.repeat(8)]) {
      const { status, headers, body } = await stack.call('GET', '/api/v1/status', { token });
      assert.equal(status, 401);
      assert.match(headers.get('www-authenticate'), /^Bearer/);
      assert.equal(body.error, 'unauthorized');
      assert.equal(body.status, 401);
      assert.deepEqual(typeof body.details, 'object');
    }
  }),

  check('404: an unknown route has the shape of every error', async (stack) => {
    const { status, body } = await stack.call('GET', '/api/v1/nowhere');
    assert.deepEqual([status, body.error, body.status], [404, 'not_found', 404]);
  }),

  check('.env is read as editors of any system write it: BOM, CRLF, quotes, comments', async (stack) => {
    const folder = join(stack.folder, 'written-elsewhere');
    mkdirSync(folder);
    copyFileSync('docker-compose.yml', join(folder, 'docker-compose.yml'));
    writeFileSync(
      join(folder, '.env'),
      '\uFEFFTZ="Asia/Kolkata" # where I live\r\n# a key\r\nOPENAI_API_KEY=\'sk-of-a-test\'\r\n\r\nOPENCLAW_AGENT__TITLES=off\r\n',
    );
    const named = ['--project-directory', folder, '--env-file', join(folder, '.env'), '--file', join(folder, 'docker-compose.yml')];
    const { services } = JSON.parse(await stack.docker('compose', ...named, 'config', '--format', 'json'));
    const { TZ, OPENAI_API_KEY, OPENCLAW_AGENT__TITLES } = services.config.environment;
    assert.deepEqual([TZ, OPENAI_API_KEY, OPENCLAW_AGENT__TITLES], ['Asia/Kolkata', 'sk-of-a-test', 'off']);
    assert.equal(services.gateway.environment.OPENAI_API_KEY, '');
  }),
];

export const conversations = [
  check('a conversation of three messages remembers its earlier turns', async (stack) => {
    const first = await stack.say('My cat is called Minka');
    const conversation_id = first.body.conversation_id;
    await stack.say('She likes tuna', { conversation_id });
    const third = await stack.say('What do you know of her?', { conversation_id });
    assert.match(third.body.content, /2 earlier messages.*She likes tuna/);
    stack.conversationId = conversation_id;
  }),

  check('a conversation is listed and read in order', async (stack) => {
    const { body: list } = await stack.call('GET', '/api/v1/conversations?limit=5');
    assert.equal(list.conversations[0].id, stack.conversationId);
    assert.equal(list.conversations[0].message_count, 6);
    const { body } = await stack.call('GET', `/api/v1/conversations/${stack.conversationId}`);
    assert.deepEqual(
      body.messages.map(({ role }) => role),
      ['user', 'assistant', 'user', 'assistant', 'user', 'assistant'],
    );
    assert.deepEqual(
      body.messages.filter(({ role }) => role === 'user').map(({ content }) => content),
      ['My cat is called Minka', 'She likes tuna', 'What do you know of her?'],
    );
    assert.equal(body.has_more, false);
  }),

  check('a deleted conversation is gone', async (stack) => {
    const path = `/api/v1/conversations/${stack.conversationId}`;
    assert.equal((await stack.call('DELETE', path)).status, 204);
    assert.equal((await stack.call('GET', path)).status, 404);
    assert.equal((await stack.say('Still there?', { conversation_id: stack.conversationId })).status, 404);
  }),

  check('a request id is in the log lines of gateway and worker', async (stack) => {
    const id = `trace-${process.pid}`;
    const { headers } = await stack.say('Follow me', {}, { headers: { 'x-request-id': id } });
    assert.equal(headers.get('x-request-id'), id);
    for (const service of ['gateway', 'worker']) {
      const lines = await stack.compose('logs', '--no-log-prefix', service);
      assert.ok(lines.includes(`"request_id":"${id}"`), `no line of ${service} has the request id`);
    }
  }),
];

function curlMessage({ url }, message, more = '') {
  return `curl -X POST ${more} -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '${JSON.stringify({ channel: 'api', message })}' ${url}/api/v1/message`;
}

/** The events of a stream, each with the id under which it came. */
function eventsOf(stream) {
  return stream
    .split('\n\n')
    .map((block) => ({ data: /^data: (.*)$/m.exec(block)?.[1], lastId: /^id: (.*)$/m.exec(block)?.[1] }))
    .filter(({ data }) => data)
    .map(({ data, lastId }) => ({ ...JSON.parse(data), lastId }));
}

function shellBlocks(markdown) {
  return [...markdown.matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```/gm)].map(([, block]) => block);
}
