/** Messages at set times, on the whole stack. */
import assert from 'node:assert/strict';
import { check, until } from './stack.mjs';

const SCHEDULES = '/api/v1/schedules';

export const schedules = [
  check('a schedule answers at its time, though Redis was emptied meanwhile', async (stack) => {
    const at = new Date(Date.now() + 4000).toISOString();
    const { status, body } = await stack.call('POST', SCHEDULES, { body: { at, message: '/time', name: 'compose' } });
    assert.equal(status, 201, JSON.stringify(body));
    await stack.exec('redis', 'sh', '-c', 'REDISCLI_AUTH="$(cat /run/openclaw/redis/password)" redis-cli FLUSHALL');
    const { answer, ms } = await until(
      'it is done',
      async () => {
        const { body: told } = await stack.call('GET', `${SCHEDULES}/${body.id}`);
        return told.last_run?.status === 'completed' && told;
      },
      { withinMs: 30_000 },
    );
    assert.deepEqual([answer.status, answer.last_run.slot, answer.next_runs], ['done', at, []]);
    assert.equal((await stack.call('DELETE', `${SCHEDULES}/${body.id}`)).status, 204);
    return `${Math.round(ms)} ms`;
  }),
];
