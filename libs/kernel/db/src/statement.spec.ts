import { describe, expect, it } from '@jest/globals';
import { of, statement, valuesOf } from './statement.js';

describe('statement', () => {
  it('numbers each parameter once, with its type, and leaves casts, texts and comments alone', () => {
    const made = statement({
      name: 'x',
      params: { id: 'uuid', names: 'text[]', until: 'timestamptz?' },
      text: `SELECT ':id'::text, '$.a[*]' -- :nothing
FROM t WHERE id = :id AND name = ANY(:names) AND (:until IS NULL OR at < :until) AND other <> :id`,
    });
    expect(made.text).toBe(`SELECT ':id'::text, '$.a[*]' -- :nothing
FROM t WHERE id = $1::uuid AND name = ANY($2::text[]) AND ($3::timestamptz IS NULL OR at < $3::timestamptz) AND other <> $1::uuid`);
    expect(valuesOf(made, { until: null, names: ['a'], id: 'i' })).toEqual(['i', ['a'], null]);
  });

  it('sends JSON as text, lists too, and null as null', () => {
    const made = statement({ name: 'x', params: { list: 'jsonb', body: of<object | null>('jsonb?') }, text: 'SELECT :list, :body' });
    expect(valuesOf(made, { list: [1, 'a'], body: null })).toEqual(['[1,"a"]', null]);
  });

  it.each([
    ['a parameter that is not declared', { a: 'text' } as const, 'SELECT :a, :b', 'has no parameter b'],
    ['a parameter that is not used', { a: 'text', b: 'text' } as const, 'SELECT :a', 'does not use b'],
  ])('refuses %s', (_what, params, text, message) => {
    expect(() => statement({ name: 'x', params, text })).toThrow(message);
  });
});
