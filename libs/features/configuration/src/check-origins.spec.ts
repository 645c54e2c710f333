import { describe, expect, it } from '@jest/globals';
import type { Tree } from '@openclaw/config';
import { REDACTED } from '@openclaw/words';
import { checkOrigins, originOf } from './check-origins.js';

/** `api_key` is what the schema would mark. */
function redacted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'api_key' && inner !== '' ? REDACTED : redacted(inner)]),
  );
}

function pathsOf(before: Tree, sent: Tree, after: Tree, written: Tree = before): string[] {
  return checkOrigins({
    sent: { p: sent },
    before: { p: before },
    after: { p: after },
    shown: redacted({ p: after }),
    written: { p: written },
  }).map(({ path }) => path);
}

const AT = { type: 'openai-compatible', base_url: 'https://a.example/v1', api_key: 'k' };
const MOVED = { ...AT, base_url: 'https://b.example/v1' };

describe('a secret goes to no other origin than the one that it was given for', () => {
  it.each([
    ['another path', { ...AT, base_url: 'https://a.example/v2' }],
    ['the same in other letters', { ...AT, base_url: 'https://A.example:443/v1' }],
    ['another model', { ...AT, model: 'm' }],
  ])('it stays with %s', (_what, after) => {
    expect(pathsOf(AT, after, after)).toEqual([]);
  });

  it.each([
    ['host', MOVED],
    ['port', { ...AT, base_url: 'https://a.example:8443/v1' }],
    ['scheme', { ...AT, base_url: 'http://a.example/v1' }],
  ])('400: another %s', (_what, after) => {
    expect(pathsOf(AT, { base_url: after.base_url }, after)).toEqual(['p.api_key']);
    expect(pathsOf(AT, { base_url: after.base_url, api_key: 'k' }, after)).toEqual([]);
  });

  it('400: another vendor with the key of the one before; not with the key that belongs to it', () => {
    expect(pathsOf({ type: 'anthropic', api_key: 'k' }, { type: 'openai' }, { type: 'openai', api_key: 'k' })).toEqual(['p.api_key']);
    expect(pathsOf({ type: 'anthropic', api_key: 'k' }, { type: 'openai' }, { type: 'openai', api_key: 'of the environment' })).toEqual([]);
  });

  it('400: a new section at an address of the caller’s, with a key of the environment', () => {
    expect(pathsOf({}, MOVED, MOVED)).toEqual([]);
    expect(
      checkOrigins({
        sent: { p: { base_url: MOVED.base_url } },
        before: {},
        after: { p: MOVED },
        shown: redacted({ p: MOVED }),
        written: {},
      }),
    ).toMatchObject([{ path: 'p.api_key' }]);
  });

  it('it may go back to where file and environment have it', () => {
    expect(pathsOf(MOVED, {}, AT, AT)).toEqual([]);
  });

  it('a section without a secret may move', () => {
    expect(pathsOf({ ...AT, api_key: '' }, { base_url: MOVED.base_url }, { ...MOVED, api_key: '' })).toEqual([]);
  });

  it('what is no address is its own origin', () => {
    expect([
      originOf({ host: 'imap.example' }),
      originOf({ url: 'mailto:x@y' }),
      originOf({ provider: 'bundled' }),
      originOf({}),
      originOf(null),
    ]).toEqual(['imap.example', 'mailto:x@y', 'bundled', null, null]);
  });
});
