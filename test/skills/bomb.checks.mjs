/** Skills that do not end, or take whatever there is: each is ended, and the next call works. */
import assert from 'node:assert/strict';

/** How each may end. Where a lane is given up, it is made anew. */
const BOMBS = [
  { file: 'loop.mjs', what: 'an endless loop', timeoutS: 1, ends: ['timeout'] },
  { file: 'flood.mjs', what: 'a flood of output', ends: ['output_too_large'] },
  { file: 'memory.mjs', what: 'all memory', timeoutS: 20, ends: ['failed', 'lane_lost'] },
  { file: 'forkbomb.py', what: 'a fork bomb', timeoutS: 2, ends: ['timeout'] },
  {
    file: 'disk.py',
    what: 'all disk and all inodes',
    timeoutS: 20,
    ends: ['ok'],
    output: /"wrote_mb": 6\d, .*No space left.*"inodes": 40\d\d/,
  },
  { file: 'deep.py', what: 'a folder 5,000 deep, shut', timeoutS: 20, ends: ['ok'] },
  { file: 'linger.py', what: 'processes that outlive their call, and fork on', ends: ['ok'] },
  { file: 'kill.py', what: '64 signals to PID 1, then STOP to all', timeoutS: 3, ends: ['ok', 'timeout', 'failed'] },
];

export const bombs = [
  ...BOMBS.map(({ file, what, ends, output = /^/, timeoutS = 5 }) => ({
    name: `${what}: ended, and nothing of it is found by the next calls`,
    see: async (stage) => {
      const told = await stage.call(file, { timeoutS });
      assert.ok(ends.includes(told.end), `it ended with ${told.end}: ${told.message ?? ''} ${told.errors ?? ''}`);
      assert.match(told.output, output);
      const { lanes } = await stage.ready(2);
      assert.equal(lanes, 2);
      for (let lane = 0; lane < 2; lane += 1) {
        assert.equal((await stage.call('hello.py', { timeoutS: 20 })).end, 'ok');
        const found = JSON.parse((await stage.call('peek.py', { timeoutS: 20 })).output);
        for (const trace of ['other files in /work', 'files of an earlier call', 'processes of an earlier call'])
          assert.equal(found[trace][0], 'held', trace);
      }
      return `${told.end} after ${Math.round(told.tookMs)} ms`;
    },
  })),
  {
    name: 'a call that nobody waits for any more is ended, and its lane takes the next',
    see: async (stage) => {
      const leaving = new AbortController();
      const calls = [0, 1].map(() => stage.call('loop.mjs', { timeoutS: 60, signal: leaving.signal }));
      while ((await stage.runner.report()).busy < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      leaving.abort();
      await Promise.all(calls);
      assert.equal((await stage.call('hello.py', { timeoutS: 20 })).end, 'ok');
    },
  },
  {
    name: 'a skill that has cost three lanes is not run any more; others are',
    see: async (stage) => {
      for (let loss = 0; loss < 3; loss += 1) {
        assert.equal((await stage.call('costly.py', { timeoutS: 20 })).end, 'ok');
        await stage.ready(2);
      }
      assert.equal((await stage.call('costly.py')).end, 'disabled');
      assert.equal((await stage.call('hello.py', { timeoutS: 20 })).end, 'ok');
    },
  },
];
