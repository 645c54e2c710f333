import { describe, expect, it } from '@jest/globals';
import { suspicionOf } from './suspicion.js';

describe('a run that breaks its workers', () => {
  it.each([
    [0, false, 'none'],
    [1, true, 'none'],
    [1, false, 'none'],
    [2, true, 'proven'],
    [2, false, 'suspected'],
    [3, false, 'proven'],
    [3, true, 'proven'],
  ] as const)('%i lost at one step, the last one with nothing else in hand: %s: %s', (lossesHere, lostAlone, suspicion) => {
    expect(suspicionOf({ lossesHere, lostAlone })).toBe(suspicion);
  });
});
