import { describe, expect, it } from '@jest/globals';
import { readErrors, statusOf } from './read-error.js';
import { readRetryAfter } from './upstream-fault.js';

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }, 9_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '1234', 'retry-after': '60' }, 1_234],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-5' }, null],
    [{}, null],
  ])('%j is %p ms', (headers, expected) => {
    expect(readRetryAfter(headers, now)).toBe(expected);
  });
});

describe('errors of providers', () => {
  it.each([
    [{ statusCode: 503 }, 503],
    [{ code: 429, message: 'x' }, 429],
    [{ code: '500' }, 500],
    [{ type: 'overloaded_error' }, 529],
    [{ status: 'RESOURCE_EXHAUSTED', code: 8 }, 429],
    [{ code: 'ECONNRESET' }, null],
    [{ status: 200 }, null],
    ['a string', null],
  ])('%j tells of status %p', (error, expected) => {
    const [first] = readErrors(error);
    expect(first ? statusOf(first) : null).toBe(expected);
  });

  it('a circle of causes ends', () => {
    const error = new Error('a');
    error.cause = error;
    expect(readErrors(error)).toHaveLength(8);
  });
});
