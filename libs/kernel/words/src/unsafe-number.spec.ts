import { describe, expect, it } from '@jest/globals';
import { findUnsafeNumber } from './unsafe-number.js';

describe('findUnsafeNumber', () => {
  it.each([
    ['9007199254740992', ''],
    ['-9007199254740992', ''],
    ['{"a":9007199254740993}', 'a'],
    ['{"a":{"b":[0,1,{"c":12345678901234567890}]}}', 'a.b.2.c'],
    ['{"a":[1,2,1e400]}', 'a.2'],
    ['{"a":-1E400}', 'a'],
    ['{"a":1e20}', 'a'],
    ['{"a":9007199254740992.0}', 'a'],
    ['{"a":90071992547409920e-1}', 'a'],
    ['{"x":{"y":1},"z":[[],[1],{}],"a":9999999999999999999}', 'a'],
    ['{"say \\"1\\", {[":1e999}', 'say "1", {['],
    [' { "a" : [ 1 , "2" , 18446744073709551615 ] } ', 'a.2'],
    [`{"a":${'9'.repeat(1_000_000)}}`, 'a'],
  ])('%#: an integer that a double does not carry is found, with its path', (text, path) => {
    expect(findUnsafeNumber(text)?.path).toBe(path);
  });

  it.each([
    '9007199254740991',
    '-9007199254740991',
    '{"a":1e15,"b":1E-400,"c":0.1234567890123456789,"d":12345678901234567.5e-10,"e":-0}',
    '{"a":"9007199254740993","9007199254740993":"1e400","b":"\\\\\\"12345678901234567890"}',
    '[0,1,2,3]',
    '""',
    'null',
  ])('%#: what arrives as it is, or is text, is left alone', (text) => {
    expect(findUnsafeNumber(text)).toBeNull();
  });

  it('a key that is long is shown in part', () => {
    expect(findUnsafeNumber(`{"${'k'.repeat(5000)}":1e999}`)?.path).toBe('k'.repeat(100));
  });

  it('what lies deeper than JSON may is left to the check of that', () => {
    expect(findUnsafeNumber(`${'['.repeat(100_000)}1e999${']'.repeat(100_000)}`)).toBeNull();
  });
});
