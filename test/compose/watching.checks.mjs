/** What whoever runs the stack sees of it: log lines, figures, the page of the contract. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { check, until } from './stack.mjs';

const WITHIN_MS = 5000;

export const watching = [
  check('GET /logs: what a message caused, by gateway and worker, within 5 s, by its request and its own id', async (stack) => {
    const { requestId, id } = await traced(stack, 'Who wrote this?');
    const lines = await linesOf(stack, `request_id=${requestId}`, 3);
    assert.deepEqual([...new Set(lines.map(({ component }) => component))].sort(), ['gateway', 'reasoning']);
    assert.equal(new Set(lines.map(({ host }) => host)).size, 2);
    assertAllIn(lines, await linesOf(stack, `message_id=${id}`, lines.length));
  }),

  check('GET /logs: lines outlive the restart of gateway, worker and Redis, and a Redis that is emptied', async (stack) => {
    const { requestId } = await traced(stack, 'Will this be there later?');
    const before = await linesOf(stack, `request_id=${requestId}`, 3);
    await stack.exec('redis', 'sh', '-c', 'REDISCLI_AUTH="$(cat /run/openclaw/redis/password)" redis-cli FLUSHALL');
    await stack.compose('restart', 'redis', 'gateway', 'worker');
    await stack.up('gateway', 'worker');
    assertAllIn(before, await linesOf(stack, `request_id=${requestId}`, before.length));
  }),

  check('GET /logs as events: each line once, in a row, and on from Last-Event-ID', async (stack) => {
    const first = await follow(stack, {}, async () => traced(stack, 'Is somebody reading?'));
    const again = await follow(stack, { 'last-event-id': String(first.ids.at(0)) }, async () => undefined);
    assert.deepEqual(
      first.ids,
      first.ids.map((_, index) => first.ids[0] + index),
    );
    assert.equal(again.ids[0], first.ids[0] + 1);
  }),

  check('GET /metrics: Prometheus’ text, by a token that may do no more than read', async (stack) => {
    const { body: made } = await stack.call('POST', '/api/v1/tokens', { body: { name: `prometheus ${randomUUID()}`, scopes: ['read'] } });
    const { status, headers, body } = await stack.call('GET', '/metrics', { token: made.token });
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/plain; version=0.0.4; charset=utf-8']);
    assert.match(body, /^openclaw_requests_total\{method="POST",route="\/api\/v1\/message",status="200"\} [1-9]/m);
    assert.match(body, /^openclaw_queue_runs\{state="waiting"\} \d/m);
    assert.equal((await stack.call('GET', '/metrics', { token: '' })).status, 401);
  }),

  check('GET /docs: the page and its files come from the image, under a policy without exceptions', async (stack) => {
    for (const path of ['/docs', '/api/v1/docs', '/api/v1/docs/docs.js', '/api/v1/docs/docs.css']) {
      const { status, headers, body } = await stack.call('GET', path, { token: '' });
      assert.equal(status, 200, path);
      assert.ok(body.length > 500, path);
      assert.doesNotMatch(headers.get('content-security-policy'), /unsafe|http/);
    }
  }),
];

async function traced(stack, message) {
  const requestId = randomUUID();
  const { status, body } = await stack.say(message, {}, { headers: { 'x-request-id': requestId } });
  assert.equal(status, 200, JSON.stringify(body));
  return { requestId, id: body.id };
}

/** More may have come meanwhile. */
function assertAllIn(lines, later) {
  const known = new Set(later.map((line) => JSON.stringify(line)));
  assert.deepEqual(
    lines.filter((line) => !known.has(JSON.stringify(line))),
    [],
  );
}

/** The lines of a query, once there are so many. */
async function linesOf(stack, query, count) {
  const { answer } = await until(
    `${count} lines of ${query}`,
    async () => {
      const { status, body } = await stack.call('GET', `/api/v1/logs?${query}`);
      return status === 200 && body.logs.length >= count && body.logs;
    },
    { withinMs: WITHIN_MS },
  );
  return answer;
}

/** Reads for as long as it may take a line to come. @returns the ids of all events */
async function follow(stack, headers, meanwhile) {
  const response = await fetch(`${stack.url}/api/v1/logs?lines=5`, {
    headers: { authorization: `Bearer ${stack.token}`, accept: 'text/event-stream', ...headers },
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  assert.equal(response.status, 200);
  const done = meanwhile();
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body) text += decoder.decode(piece, { stream: true });
  } catch (thrown) {
    if (thrown.name !== 'TimeoutError') throw thrown; // it is read for so long, and then left
  }
  await done;
  return { ids: [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)) };
}
