import { describe, it } from '@jest/globals';
import { until } from '../../../../test/support/until.js';
import { LoopWatch } from './loop-watch.js';

describe('LoopWatch', () => {
  it('knows for a moment that the loop stood still, and then that it is well again', async () => {
    const watch = new LoopWatch();
    watch.start();
    await until('the first measurement', () => !watch.isLagging);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the histogram needs one tick before the stall to measure from
    for (const over = performance.now() + 1200; performance.now() < over;);
    await until('the stall is seen', () => watch.isLagging, 1000);
    await until('it is over', () => !watch.isLagging, 20_000);
    watch.stop();
  });
});
