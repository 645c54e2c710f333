import { describe, expect, it } from '@jest/globals';
import { FrameMeter } from './frame-meter.js';

/** Frames of that size that are let in one after the other. */
function admitted(meter: FrameMeter, bytes: number, afterEach: () => void = () => undefined): number {
  let count = 0;
  while (meter.charge('token', bytes) === null && count < 10_000) {
    count += 1;
    afterEach();
  }
  return count;
}

describe('FrameMeter', () => {
  it('lets half of a minute in at once, and then says when to come back', () => {
    const meter = new FrameMeter(() => 600);
    expect(admitted(meter, 10)).toBe(300);
    expect(meter.charge('token', 10)?.toBody()).toMatchObject({
      error: 'rate_limited',
      details: { limit: 600, remaining: 0, retry_after_seconds: 1 },
    });
  });

  it('a large frame costs by its size, one that asks Postgres by its work', () => {
    expect(admitted(new FrameMeter(() => 600), 1_048_576)).toBe(10);
    const meter = new FrameMeter(() => 600);
    expect(
      admitted(meter, 10, () => {
        meter.owe('token', 'resume');
      }),
    ).toBe(75);
  });

  it('tokens do not pay for each other', () => {
    const meter = new FrameMeter(() => 600);
    admitted(meter, 10);
    expect(meter.charge('another', 10)).toBeNull();
  });
});
