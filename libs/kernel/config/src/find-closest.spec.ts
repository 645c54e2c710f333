import { describe, expect, it } from '@jest/globals';
import { findClosest } from './find-closest.js';

describe('findClosest', () => {
  it.each([
    ['prot', ['port', 'bind'], 'port'],
    ['rate_limits', ['limits', 'rate_limit'], 'rate_limit'],
    ['port', ['port', 'ports'], 'port'],
    ['kitten', ['sitting', 'mitten'], 'mitten'],
    ['zzz', ['port', 'bind'], null],
    ['', ['port'], null],
    ['port', [], null],
  ])('%j among %j is %j', (name, candidates, closest) => {
    expect(findClosest(name, candidates)).toBe(closest);
  });
});
