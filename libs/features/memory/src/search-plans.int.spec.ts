import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OwnedStatement, Statement } from '@openclaw/db';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { statements as searches } from './search.store.js';
import { statements as lookUps } from './terms.store.js';

const ENTRIES = 12_000;
const THREAD = '0195d2a0-0000-7000-8000-000000000000';

/** Entries of two persons in conversations of 20 turns, and terms as many as they have. */
const FILL = `WITH numbers AS (SELECT n, lpad((n / 20)::text, 12, '0') AS talk FROM generate_series(0, ${String(ENTRIES - 1)}) AS n),
made AS (INSERT INTO conversations (id, channel) SELECT DISTINCT ('0195d2a0-0000-7000-8000-' || talk)::uuid, 'api' FROM numbers)
INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, conversation_id, thread_id, position, session, provenance, importance)
SELECT gen_random_uuid(), CASE WHEN n % 10 = 0 THEN 'guest' ELSE 'owner' END, 'message', 'owner', now() - n * interval '1 minute', 'body ' || n, sha256('x'),
  array_to_tsvector(ARRAY['common' || n % 3, 'usual' || n % 50, 'rare' || n % 7000, 'word' || n]), 4, 0, ('0195d2a0-0000-7000-8000-' || talk)::uuid,
  ('0195d2a0-0000-7000-8000-' || talk)::uuid, n % 20 + 1, 1, 'owner', 0.3
FROM numbers`;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

describe('the plans of a search', () => {
  let services: TestServices;

  beforeAll(async () => {
    services = await createTestServices();
    await services.sql(FILL);
    await services.sql(`INSERT INTO memory_terms SELECT 'owner', 'word' || n, 1 FROM generate_series(0, ${String(ENTRIES - 1)}) AS n`);
    await services.sql('VACUUM ANALYZE memory_entries');
    await services.sql('VACUUM ANALYZE memory_terms');
  }, 120_000);
  afterAll(() => services.close());

  function named(name: string): Statement {
    const all: readonly (Statement | OwnedStatement)[] = [...searches, ...lookUps];
    const found = all.map((each) => ('owned' in each ? each.owned : each)).find((each) => each.name === name);
    if (!found) throw new Error(`no statement ${name}`);
    return found;
  }

  const VALUES: Readonly<Record<string, unknown>> = {
    person: 'owner',
    sees: 'owner',
    words: ["'rare17'", "'usual8'"],
    weights: [8, 3],
    candidates: "'rare17' | ('usual8' & 'common1')",
    since: null,
    until: null,
    conversationId: THREAD,
    spanFrom: null,
    spanTo: null,
    max: 1000,
    ids: [THREAD],
    terms: ['word1', 'word2'],
    word: 'wrod123',
    prefix: 'wrod123%',
    within: '%wrod123%',
    loose: true,
  };

  /** With the values at hand, and as the plan for any values, which a connection keeps after some executions. */
  async function nodesOf({ text, order }: Statement, isGeneric: boolean): Promise<Plan[]> {
    const [row] = isGeneric
      ? await services.sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`)
      : await services.sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `EXPLAIN (FORMAT JSON) ${text}`,
          order.map((name) => VALUES[name]),
        );
    const flatten = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flatten)];
    return row ? flatten(row['QUERY PLAN'][0].Plan) : [];
  }

  it.each([
    ['memory_candidates_by_terms', 'memory_entries_terms_idx'],
    ['memory_candidates_newest', 'memory_entries_person_at_idx'],
    ['memory_candidates_of_conversation', 'memory_entries_conversation_id_idx'],
    ['conversations_with_words', 'memory_entries_terms_idx'],
    ['memory_bodies', 'memory_entries_pkey'],
    ['look_up_memory_terms', 'memory_terms_pkey'],
    ['similar_memory_terms', 'memory_terms_term_idx'],
  ])('%s reads %s, and no table from end to end', async (name, index) => {
    for (const isGeneric of [false, true]) {
      const nodes = await nodesOf(named(name), isGeneric);
      expect(nodes.map((node) => node['Index Name'])).toContain(index);
      const whole = nodes.filter(
        (node) => node['Node Type'] === 'Seq Scan' && ['memory_entries', 'memory_terms'].includes(node['Relation Name'] ?? ''),
      );
      expect(whole).toEqual([]);
    }
  });
});
