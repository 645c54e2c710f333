/** Many workers, and what they share. */
import assert from 'node:assert/strict';
import { check, until } from './stack.mjs';

const WORKERS = 3;
const CONVERSATIONS = 20;
const MESSAGES_EACH = 3;

export const scale = [
  check('three workers share 60 messages of 20 conversations, each conversation in order', async (stack) => {
    await stack.up('--no-recreate', '--scale', `worker=${WORKERS}`);
    await until('three workers in the status', async () => (await stack.call('GET', '/api/v1/status')).body.workers.length === WORKERS);

    const startedAt = performance.now();
    const { refusals } = stack;
    const runs = (await Promise.all(Array.from({ length: CONVERSATIONS }, (_, index) => converse(stack, index)))).flat();
    await until('every message completed', async () => allCompleted(stack, runs), { withinMs: 60_000 });
    const seconds = (performance.now() - startedAt) / 1000;

    for (const conversation of new Set(runs.map(({ conversation_id }) => conversation_id))) await assertInOrder(stack, conversation);
    const shares = await sharesOf(stack, runs);
    assert.equal(shares.length, WORKERS);
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      CONVERSATIONS * MESSAGES_EACH,
    );
    assert.ok(
      shares.every((share) => share > 0),
      `shares of the workers: ${shares.join(', ')}`,
    );
    return `shares ${shares.join(', ')}; ${seconds.toFixed(1)} s; ${stack.refusals - refusals} refused at first`;
  }),

  check('with two of three workers gone the next message is answered', async (stack) => {
    await stack.up('--no-recreate', '--scale', 'worker=1');
    assert.equal((await stack.say('Who is left?')).status, 200);
  }),
];

/** Sends all messages of a conversation without waiting for a reply. */
async function converse(stack, index) {
  const first = await stack.accepted(`conversation ${index}, message 1`);
  const { conversation_id } = first;
  const runs = [first];
  for (let number = 2; number <= MESSAGES_EACH; number += 1) {
    runs.push(await stack.accepted(`conversation ${index}, message ${number}`, { conversation_id }));
  }
  return runs;
}

async function allCompleted(stack, runs) {
  const statuses = await Promise.all(runs.map(({ id }) => stack.statusOf(id)));
  const failed = statuses.find(({ status }) => status === 'failed' || status === 'cancelled');
  assert.equal(failed, undefined, JSON.stringify(failed));
  return statuses.every(({ status }) => status === 'completed');
}

async function assertInOrder(stack, conversation) {
  const { messages } = (await stack.call('GET', `/api/v1/conversations/${conversation}`)).body;
  assert.equal(messages.length, 2 * MESSAGES_EACH);
  messages.forEach(({ role, content }, position) => {
    assert.equal(role, position % 2 === 0 ? 'user' : 'assistant');
    assert.ok(content.includes(`message ${Math.floor(position / 2) + 1}`), content);
  });
}

/** How many of the runs each worker finished, by its log. */
async function sharesOf(stack, runs) {
  const containers = await stack.inspect('worker');
  const logs = await Promise.all(containers.map(({ Id }) => stack.docker('logs', Id)));
  return logs.map((log) => runs.filter(({ id }) => log.includes(`"${id}"`)).length);
}
