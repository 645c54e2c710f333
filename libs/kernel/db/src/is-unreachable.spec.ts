import { describe, expect, it } from '@jest/globals';
import { isUnreachable } from './is-unreachable.js';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

describe('isUnreachable', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    '08006',
    '08001',
    '53100',
    '53200',
    '53300',
    '25006',
    '57014',
    '57P01',
    '57P03',
    '25P03',
    'P1001',
    'P1017',
  ])('%s says that Postgres is out of reach', (code) => {
    expect(isUnreachable(withCode(code))).toBe(true);
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'so does "%s"',
    (message) => {
      expect(isUnreachable(new Error(message))).toBe(true);
    },
  );

  it('and whatever was caused by it', () => {
    expect(isUnreachable(new Error('outer', { cause: new Error('middle', { cause: withCode('ECONNREFUSED') }) }))).toBe(true);
  });

  it.each(['23505', '42703', '40P01', '22P02'])('%s is about the statement', (code) => {
    expect(isUnreachable(withCode(code))).toBe(false);
  });

  it('what is no error, or causes itself, is not', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    for (const thrown of [null, undefined, 'ECONNREFUSED', { code: 'ECONNREFUSED' }, loop]) expect(isUnreachable(thrown)).toBe(false);
  });
});
