import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { toEvents } from './to-events.js';

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../../test/golden/event-log.${name}.json`, import.meta.url), 'utf8'));
}

describe('a stored event log', () => {
  it.each(['completed', 'failed', 'next-version'])(
    'invariant 16: one that another version wrote is read, and passed on as it stands (%s)',
    (name) => {
      expect(toEvents(golden(name))).toEqual(golden(name));
    },
  );

  it.each([
    ['no list', {}],
    ['an event without its place', [{ type: 'token', content: 'x' }]],
    [
      'an end that is no whole reply',
      [{ type: 'end', id: 'msg_01kb0000000000000000000001', conversation_id: 'conv_01kb0000000000000000000000', seq: 1, content: 'x' }],
    ],
  ])('what cannot be read is a failure that says so, and not a stream that breaks off: %s', (_, written) => {
    expect(() => toEvents(written)).toThrow('The stored events of this message cannot be read.');
  });
});
