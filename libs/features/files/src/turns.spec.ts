import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('Turns', () => {
  it('no more at once than there are turns, in the order they came, whatever fails', async () => {
    const turns = new Turns(2);
    const began: number[] = [];
    const ended: number[] = [];
    const works = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
    const results = works.map(({ promise }, index) =>
      turns
        .take(async () => {
          began.push(index);
          return promise;
        })
        .then(
          (value) => ended.push(value),
          () => ended.push(-index),
        ),
    );
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await turn();
    expect(began).toEqual([0, 1]);
    works[1]?.reject(new Error('broke'));
    await turn();
    expect(began).toEqual([0, 1, 2]);
    for (const [index, { resolve }] of works.entries()) resolve(index);
    await Promise.all(results);
    expect(began).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ended).toHaveLength(6);
    await expect(turns.take(async () => 'free again')).resolves.toBe('free again');
  });
});
