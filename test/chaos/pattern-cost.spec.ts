import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { findExcess, findPatterns, literalsIn, toRegExp } from '../support/pattern-cost.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const patterns = findPatterns(['libs', 'apps'].map((folder) => `${ROOT}${folder}`));

/** Squares, cubes and worse as people write them; the first four stood in this house. */
const BAD = [
  String.raw`/\b()eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g`,
  String.raw`/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/gi`,
  String.raw`/\s*\S+/g`,
  String.raw`/\/+$/`,
  String.raw`/\s*\n\s*/g`,
  String.raw`/^\s+|\s+$/g`,
  String.raw`/(a+)+$/`,
  String.raw`/^(a|a)*$/`,
  String.raw`/^(\w+\s?)*$/`,
  String.raw`/<[^>]*>/g`,
  String.raw`/"(?:[^"\\]|\\.)*"/g`,
  String.raw`/(\d+)*\./`,
  String.raw`/^([a-z0-9]+[._-]?)+@[a-z0-9.-]+$/`,
  String.raw`/"?[^"]*"\s*:/g`,
  String.raw`/\[[^\]]*\]\([^)]*\)/g`,
  String.raw`/^data:([^,]*)(;[^,]*)*,/`,
  String.raw`/(?:^|,)\s*(?:[^,=]+)=/g`,
];
const GOOD = [
  String.raw`/^[a-z][a-z0-9_-]{0,31}$/`,
  String.raw`/\s+/g`,
  String.raw`/(?<!\s)\s+$/`,
  String.raw`/[^A-Za-z0-9+/]/`,
  String.raw`/^"(?:[^"\\]|\\.)*"/`,
  String.raw`/[?&]key=[^&#\s]+/g`,
];

describe('invariant 9: no regular expression of the house costs more than linear time', () => {
  it('every literal of the sources is found', () => {
    expect(literalsIn('x.ts', 'const a = b / c / d; f(/x[/]y/gi, `/no/`, "/no/"); // /no/')).toEqual(['/x[/]y/gi']);
    expect(patterns.length).toBeGreaterThan(50);
  });

  it.each(BAD)('finds what is wrong with %s', (literal) => {
    expect(findExcess(toRegExp(literal))).not.toBeNull();
  });

  it.each(GOOD)('finds nothing wrong with %s', (literal) => {
    expect(findExcess(toRegExp(literal))).toBeNull();
  });

  it.each([...new Set(patterns.map(({ literal }) => literal))])(
    '%s',
    (literal) => {
      expect(findExcess(toRegExp(literal))).toBeNull();
    },
    120_000,
  );
});
