/** Many calls, honest and hostile ones mixed. */
import assert from 'node:assert/strict';

const MIX = ['hello.mjs', 'hello.py', 'linger.py', 'kill.py', 'forkbomb.py', 'hello.mjs', 'hello.py'];
const CALLS = 400;
const AT_ONCE = 4;
/** What a process may have more after so many calls, in KB: its allocator's rounding, and no more. */
const LANE_GROWTH_KB = 2048;

export const soak = [
  {
    name: `${CALLS} calls, three in seven hostile, ${AT_ONCE} at once: no honest one fails, no lane is lost, no lane grows`,
    see: async (stage) => {
      await run(stage, 28); // so that every path has been taken once
      const before = await stage.memory();
      const starts = await startsOf(stage);
      const startedAt = performance.now();
      const ends = await run(stage, CALLS);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      const after = await stage.memory();
      assert.deepEqual(
        ends.filter(({ name, end }) => name.startsWith('hello') && end !== 'ok'),
        [],
      );
      assert.deepEqual(await startsOf(stage), starts, 'a lane was made anew');
      for (const [index, kb] of after.lanes.entries())
        assert.ok(kb - before.lanes[index] <= LANE_GROWTH_KB, `lane ${index + 1}: ${before.lanes[index]} KB became ${kb} KB`);
      return `${seconds} s; lanes ${before.lanes.join(', ')} KB then ${after.lanes.join(', ')} KB; gate ${before.gate} then ${after.gate} KB`;
    },
  },
];

async function run(stage, calls) {
  const ends = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < calls) {
        const name = MIX[next++ % MIX.length];
        const { end, message = '', errors = '' } = await stage.call(name, { timeoutS: name === 'forkbomb.py' ? 0.3 : 20 });
        ends.push({ name, end, message, errors });
      }
    }),
  );
  return ends;
}

const startsOf = async (stage) => (await stage.inspectLanes()).map(({ Id, State }) => `${Id} ${State.StartedAt}`).sort();
