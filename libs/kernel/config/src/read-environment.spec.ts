import { describe, expect, it } from '@jest/globals';
import { configKeys } from './config-keys.js';
import { readEnvironment } from './read-environment.js';

const read = (env: Record<string, string>): ReturnType<typeof readEnvironment> => readEnvironment(env, configKeys());

describe('names that are typed wrong', () => {
  it.each([
    ['OPENCLAW_GATEWAY__RATELIMIT__BURST', 'OPENCLAW_GATEWAY__RATE_LIMIT__BURST'],
    ['OPENCLAW_GATEWAY__RATE__LIMIT__BURST', 'OPENCLAW_GATEWAY__RATE_LIMIT__BURST'],
    ['OPENCLAW_GATEWAY__AUTH__TOKENS', 'OPENCLAW_GATEWAY__AUTH__TOKEN'],
    ['OPENCLAW_GATEWAY_PORT', 'OPENCLAW_GATEWAY__PORT'],
    ['OPENCLAW_DATABASE_URL', 'OPENCLAW_DATABASE__URL'],
  ])('%s: the problem names %s', (wrong, right) => {
    expect(read({ [wrong]: '1' })).toMatchObject({
      tree: {},
      problems: [{ path: wrong, message: `is not a known variable; did you mean ${right}?` }],
    });
  });

  it('points to the reference where nothing is close', () => {
    expect(read({ OPENCLAW_ZZZZ__Q: '1' }).problems[0]?.message).toContain('docs/configuration.md');
  });

  it('lets the variables of others, of Compose and of the folders pass', () => {
    const { problems } = read({
      PATH: '/bin',
      OPENCLAW_HOME: '/h',
      OPENCLAW_IMAGE: 'x',
      OPENCLAW_DATA_DIR: '/d',
      OPENCLAW_CONFIG_DIR: '/c',
      OTHER__NAME: '1',
      OPENCLAW_NO__SUCH: '',
    });
    expect(problems).toEqual([]);
  });
});

describe('values', () => {
  it('remembers which variable each came from', () => {
    const { tree, origins } = read({ OPENCLAW_PORT: '1', DATABASE_URL: 'postgresql://x' });
    expect(tree).toEqual({ gateway: { port: '1' }, database: { url: 'postgresql://x' } });
    expect(Object.fromEntries(origins)).toEqual({ 'gateway.port': 'OPENCLAW_PORT', 'database.url': 'DATABASE_URL' });
  });

  it('names JSON that is none', () => {
    expect(read({ OPENCLAW_PROVIDERS__ALIASES: 'fast=x' })).toMatchObject({
      tree: {},
      problems: [{ path: 'OPENCLAW_PROVIDERS__ALIASES', message: 'must be JSON' }],
    });
  });
});
