import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConversationId, idToUuid, newId, uuidToId } from '@openclaw/words';
import { Database, type OwnedQuery, type Viewer } from '@openclaw/db';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { GATEWAY } from '../../../../test/support/callers.js';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { indexText } from './index-text.js';
import type { MemorySearch } from './memory-search.js';
import { openSearch } from './memory.module.js';
import { TermsStore } from './terms.store.js';

/** More than a log that is read whole may have. */
const ENTRIES = 12_000;
const PER_CONVERSATION = 20;

/** Letters that words of the filling are made of: it has every script, and single characters that are in thousands of entries. */
const SCRIPTS = [
  'abcdefghilmnoprstu',
  'äëïöüßaehnrst',
  'абвгдежзиклмн',
  'אבגדהוזחטיכל',
  'بتثجحخدذرزس',
  '天地人山川田大小中水火木',
  'あいうえおかきくけこさし',
  '가나다라마바사아자차',
  'กขคงจชซญดตถ',
].map((script) => Array.from(script));

/** What was said, what is asked, in which language. */
const SAID: readonly (readonly [said: string, asked: string])[] = [
  ['我家在上海东边，今天天气真好。', '上海'],
  ['我家在上海东边，今天天气真好。', '天气'],
  ['他在读一本关于龙的书', '龙'],
  ['明日の天気は晴れです', '天気'],
  ['病院は機能していない', '病院'],
  ['どこかでラーメンを食べたい', 'ラーメン'],
  ['어제 서울에서 친구를 만났다', '서울'],
  ['พรุ่งนี้ฉันจะไปเชียงใหม่', 'เชียงใหม่'],
  ['Wir treffen uns im Café am Fluss', 'cafe'],
  ['Das STRASSENFEST beginnt um acht', 'straßenfest'],
  ['הם גרים בירושלים עכשיו', 'ירושלים'],
  ['السيارة أمام المكتبة الكبيرة', 'المكتبة'],
  ['Ключ лежит у Веры', 'Веры'],
  ['Write to ann.lee@example.com about it', 'ann.lee'],
  ['Write to ann.lee@example.com about it', 'example.com'],
  ['It runs on node 24.9.0 since May', '24.9.0'],
  ['We passed the exam 🎉 together', '🎉'],
  ['She writes everything in C++ there', 'C++'],
  ['The deploy key is xq7 for staging', 'xq7'],
];

describe('a search in every language, in a log that is not read whole', () => {
  let services: TestServices;
  let database: Database;
  let search: MemorySearch;
  const asked: { readonly name: string; readonly text: string; readonly values: readonly unknown[] }[] = [];
  const conversations = new Map<string, ConversationId>();

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 4, logger: silentLogger(), applicationName: 'test' });
    search = openSearch(recording(database));
    await fill();
  }, 180_000);
  afterAll(async () => {
    await database.close();
    await services.close();
  });

  /** The database, and what it is asked. */
  function recording(real: Database): Database {
    const as = (viewer: Viewer): OwnedQuery => {
      const run = real.as(viewer);
      return (statement, ...params) => {
        const { name, text, order } = statement.owned;
        const given: Readonly<Record<string, unknown>> = { ...params[0], person: viewer.person, sees: viewer.sees };
        asked.push({ name, text, values: order.map((each) => given[each] ?? null) });
        return run(statement, ...params);
      };
    };
    return new Proxy(real, { get: (target, key): unknown => (key === 'as' ? as : Reflect.get(target, key, target)) });
  }

  async function fill(): Promise<void> {
    const random = seededRandom(7);
    const word = (letters: readonly string[]): string =>
      Array.from({ length: pickInteger(random, 2, 5) }, () => letters[pickInteger(random, 0, letters.length - 1)]).join('');
    const line = (): string => {
      const letters = SCRIPTS[pickInteger(random, 0, SCRIPTS.length - 1)] ?? [];
      return Array.from({ length: 8 }, () => word(letters)).join(' ');
    };
    const bodies = [...new Set(SAID.map(([said]) => said)), ...Array.from({ length: ENTRIES }, line)];
    const rows = bodies.map((body, index) => ({
      body,
      ...indexText(body),
      talk: Math.floor(index / PER_CONVERSATION),
      position: (index % PER_CONVERSATION) + 1,
    }));
    const ids = Array.from({ length: Math.ceil(bodies.length / PER_CONVERSATION) }, () => newId('conv'));
    for (const { body, talk } of rows) conversations.set(body, ids[talk] ?? newId('conv'));
    await services.sql(`INSERT INTO conversations (id, channel) SELECT id, 'api' FROM unnest($1::uuid[]) AS id`, [
      ids.map((id) => idToUuid(id)),
    ]);
    await services.sql(
      `WITH entry AS (
      INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, conversation_id, thread_id, position, session, provenance, importance)
      SELECT gen_random_uuid(), 'owner', 'message', 'owner', now() - n * interval '1 minute', body, sha256(convert_to(body, 'UTF8')), terms::tsvector, length, 0, talk, talk, position, 1, 'owner', 0.3
      FROM unnest($1::text[], $2::text[], $3::int[], $4::uuid[], $5::int[]) WITH ORDINALITY AS t(body, terms, length, talk, position, n) RETURNING person, id)
      INSERT INTO memory_uncounted (person, entry_id) SELECT person, id FROM entry`,
      [
        bodies,
        rows.map(({ terms }) => terms),
        rows.map(({ length }) => length),
        rows.map(({ talk }) => idToUuid(ids[talk] ?? newId('conv'))),
        rows.map(({ position }) => position),
      ],
    );
    const terms = new TermsStore(database);
    while (await terms.count());
    for (const table of ['memory_entries', 'memory_terms']) await services.sql(`VACUUM ANALYZE ${table}`);
  }

  /** Which indexes the recorded statements of those names read, and the tables that they read from end to end. */
  async function plansOf(name: string): Promise<{ indexes: string[]; whole: string[] }> {
    const indexes: string[] = [];
    const whole: string[] = [];
    for (const { text, values } of asked.filter((each) => each.name === name)) {
      const rows = await services.sql<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...values]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      indexes.push(...[...plan.matchAll(/Index (?:Only )?Scan (?:using|on) (\w+)/g)].map(([, index = '']) => index));
      whole.push(...[...plan.matchAll(/Seq Scan on (memory_\w+)/g)].map(([, table = '']) => table));
    }
    return { indexes, whole };
  }

  it.each(SAID)('%s is found by %s, by its index: its conversation, and by memory', async (said, query) => {
    asked.length = 0;
    expect(await search.conversations(GATEWAY, query)).toContain(conversations.get(said));
    const [best] = await search.find(GATEWAY, query, {}, new Date());
    const shown = await search.show(GATEWAY, best ? [uuidToId('mem', best.entry.id)] : []);
    expect([...shown.values()].map(({ content }) => content)).toEqual([said]);
    for (const name of ['conversations_with_words', 'memory_candidates_by_terms']) {
      const { indexes, whole } = await plansOf(name);
      expect(indexes).toContain('memory_entries_terms_idx');
      expect(whole).toEqual([]);
    }
  });
});
