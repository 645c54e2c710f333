import { describe, expect, it } from '@jest/globals';
import { readRange } from './byte-range.js';

describe('readRange, of 10 bytes', () => {
  it.each([
    ['bytes=0-', 0, 10],
    ['bytes=0-0', 0, 1],
    ['bytes=9-9', 9, 10],
    ['bytes=3-6', 3, 7],
    ['bytes=3-600', 3, 10],
    ['bytes=9-999999999999999', 9, 10],
    ['bytes=-1', 9, 10],
    ['bytes=-10', 0, 10],
    ['bytes=-600', 0, 10],
    ['BYTES= 3-6 ', 3, 7],
  ])('%s is from %i to before %i', (header, from, to) => {
    expect(readRange(header, 10)).toEqual({ from, to });
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=999-', 'bytes=-0'])('%s: nothing of it is there', (header) => {
    expect(readRange(header, 10)).toBe('none');
  });

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=6-3',
    'bytes=1.5-2',
    'bytes=--1',
    'items=0-1',
    'bytes=0-1,4-5',
    'bytes=0-0,-1',
    `bytes=${'9'.repeat(30)}-`,
  ])('%s: the whole, as if nothing were asked', (header) => {
    expect(readRange(header, 10)).toBe('whole');
  });

  it('of nothing the whole is nothing', () => {
    expect(readRange('bytes=0-', 0)).toBe('whole');
    expect(readRange('bytes=-5', 0)).toBe('whole');
  });
});
