import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '@openclaw/db';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { type LineFilter, LogsStore } from './logs.store.js';
import { toStoredLine, type StoredLine } from './stored-line.js';

const ALL: LineFilter = { level: 'trace' };
const KEEP_ALL = { bytesMax: Number.MAX_SAFE_INTEGER, daysMax: 3650 };

/** A line of that message, as the logger writes it. */
function line(message: string, fields: Readonly<Record<string, unknown>> = {}): StoredLine {
  const stored = toStoredLine(
    JSON.stringify({ level: 'info', time: new Date().toISOString(), component: 'gateway', host: 'here', ...fields, message }),
  );
  if (!stored) throw new Error('no line');
  return stored;
}

const at = (second: number): string => new Date(Date.UTC(2026, 10, 30, 12, 0, second)).toISOString();

describe('LogsStore', () => {
  let services: TestServices;
  let database: Database;
  let store: LogsStore;
  const write = (...lines: StoredLine[]): Promise<number | null> => store.write(randomUUID(), 1, lines);
  const messages = async (filter: Partial<LineFilter> = {}, count = 1000): Promise<string[]> =>
    (await store.page({ ...ALL, ...filter }, count)).lines.map(({ message }) => message);

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 12, logger: silentLogger(), applicationName: 'test' });
    store = new LogsStore(database);
  });
  beforeEach(() => services.sql('TRUNCATE log_lines, log_writers; UPDATE log_store SET first = 1, last = 0, bytes = 0'));
  afterAll(async () => {
    await database.close();
    await services.close();
  });

  it('row 20: pages go by time, following by arrival, so that a clock that is behind hides no line', async () => {
    await write(line('first', { time: at(10) }));
    await write(line('of a clock that is behind', { time: at(7) }));
    expect(await messages()).toEqual(['of a clock that is behind', 'first']);
    const found = await store.follow(ALL, 1);
    expect(found.lines.map(({ message, position }) => [message, position])).toEqual([['of a clock that is behind', 2]]);
  });

  it('writers at once: positions are dense, each is visible only when all before it are, no line is lost or doubled', async () => {
    const done = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for (let after = 0; ;) {
        const over = done.signal.aborted;
        const found = await store.follow(ALL, after);
        seen.push(...found.lines.map(({ position }) => position));
        after = found.through;
        if (over && after >= found.last) return;
      }
    })();
    await Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        const id = randomUUID();
        for (let batch = 1; batch <= 25; batch += 1)
          await store.write(
            id,
            batch,
            Array.from({ length: 1 + (batch % 5) }, (__, index) => line(`${String(writer)}-${String(batch)}-${String(index)}`)),
          );
      }),
    );
    done.abort();
    await reading;
    const count = 6 * 5 * (1 + 2 + 3 + 4 + 5);
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    const [{ texts } = { texts: 0 }] = await services.sql<{ texts: string }>('SELECT count(DISTINCT text) AS texts FROM log_lines');
    expect(Number(texts)).toBe(count);
  });

  it('a batch that is sent again is kept once', async () => {
    const writer = randomUUID();
    expect(await store.write(writer, 1, [line('once')])).toBeGreaterThan(0);
    expect(await store.write(writer, 1, [line('once')])).toBeNull();
    await store.write(writer, 2, [line('then')]);
    expect(await messages()).toEqual(['once', 'then']);
  });

  it('filters by level, component, time, request, conversation', async () => {
    await write(
      line('a', { time: at(1), level: 'debug' }),
      line('b', { time: at(2), level: 'warn', component: 'reasoning', request_id: 'r1' }),
      line('c', { time: at(3), level: 'error', conversation_id: 'conv_1' }),
      line('d', { time: at(4), request_id: 'r1', conversation_id: 'conv_1' }),
    );
    expect(await messages({ level: 'info' })).toEqual(['b', 'c', 'd']);
    expect(await messages({ level: 'warn' })).toEqual(['b', 'c']);
    expect(await messages({ level: 'error' })).toEqual(['c']);
    expect(await messages({ component: 'reasoning' })).toEqual(['b']);
    expect(await messages({ requestId: 'r1' })).toEqual(['b', 'd']);
    expect(await messages({ conversationId: 'conv_1', level: 'error' })).toEqual(['c']);
    expect(await messages({ since: at(2), until: at(3) })).toEqual(['b', 'c']);
    expect(await messages({}, 2)).toEqual(['c', 'd']);
    expect(await store.page(ALL, 2)).toMatchObject({ total: 4, isExact: true });
    expect(await store.page({ ...ALL, component: 'skills' }, 2)).toEqual({ lines: [], total: 0, isExact: true });
  });

  it.each([
    ['100%', ['progress 100% done']],
    ['a_b', ['field A_B']],
    ['\\', ['a \\ path']],
    ['_', ['field A_B']],
    ['%', ['progress 100% done']],
    ['PROGRESS 100%', ['progress 100% done']],
    ['ärger', ['ÄRGER mit Umlauten']],
    ['kind=special', ['with fields']],
    ['deep.inside=yes', ['with fields']],
    ['say "hi"', ['he will say "hi"']],
    ['nowhere', []],
  ])('row 24: q=%s is literal text in any case', async (q, expected) => {
    await write(
      ...['progress 100% done', 'progress 1000 done', 'field A_B', 'field axb', 'a \\ path', 'ÄRGER mit Umlauten', 'he will say "hi"'].map(
        (text) => line(text),
      ),
      line('with fields', { kind: 'special', deep: { inside: 'yes' } }),
    );
    const page = await store.page({ ...ALL, q }, 50);
    expect(page.lines.map(({ message }) => message)).toEqual(expected);
    expect(page.total).toBe(page.lines.length);
  });

  it('q finds what few lines have far back, and counts to 10,000 at most', async () => {
    const old = Array.from({ length: 20 }, (_, index) => line(index === 7 ? 'the needle' : 'hay', { time: at(0) }));
    await write(...old);
    for (let batch = 0; batch < 11; batch += 1)
      await write(...Array.from({ length: 1000 }, () => line('much of the same', { time: at(1) })));
    expect(await messages({ q: 'needle' })).toEqual(['the needle']);
    expect(await store.page({ ...ALL, q: 'much of' }, 1)).toMatchObject({ total: 10_000, isExact: false });
    expect(await store.page(ALL, 1)).toMatchObject({ total: 10_000, isExact: false });
  });

  it.each<[string, Partial<LineFilter>, string]>([
    ['the newest', {}, 'log_lines_time_position_idx'],
    ['warnings', { level: 'warn' }, 'log_lines_severe_idx'],
    ['a component', { component: 'memory' }, 'log_lines_component_time_position_idx'],
    ['a request', { requestId: 'r77' }, 'log_lines_request_id_idx'],
    ['a conversation', { conversationId: 'conv_77' }, 'log_lines_conversation_id_idx'],
    ['a text', { q: 'needle' }, 'log_lines_text_idx'],
  ])('a page of %s has an index', async (_name, filter, index) => {
    await services.sql(`INSERT INTO log_lines SELECT n, timestamptz '2026-11-30' + n * interval '1 second', CASE WHEN n % 50 = 0 THEN 40 ELSE 30 END,
      CASE WHEN n % 1000 = 0 THEN 'memory' ELSE 'gateway' END, 'here', 'r' || n, 'conv_' || n, NULL, '{"message":"x"}', 'hay ' || md5(n::text) FROM generate_series(1, 20000) n`);
    await services.sql('ANALYZE log_lines');
    const plans: string[] = [];
    const explaining: Pick<Database, 'query'> = {
      query: async (asked, ...[params]) => {
        await services.transaction(async (sql) => {
          await sql('SET LOCAL enable_seqscan = off'); // so few lines are read whole as quickly
          plans.push(
            JSON.stringify(
              await sql(
                `EXPLAIN ${asked.text}`,
                asked.order.map((name) => params?.[name]),
              ),
            ),
          );
        });
        return [];
      },
    };
    await new LogsStore(explaining).page({ level: 'info', ...filter }, 50);
    expect(plans.join('\n')).toContain(index);
  });

  it('bytes: the oldest go, and what is left takes no more than it may', async () => {
    for (let batch = 0; batch < 5; batch += 1)
      await write(...Array.from({ length: 1000 }, (_, index) => line(`${String(batch)}-${String(index)}`)));
    expect(await store.trim(KEEP_ALL)).toBe(false);
    const [{ bytes } = { bytes: '0' }] = await services.sql<{ bytes: string }>('SELECT bytes FROM log_store');
    expect(await store.trim({ ...KEEP_ALL, bytesMax: Number(bytes) - 1 })).toBe(true);
    expect(await store.trim({ ...KEEP_ALL, bytesMax: Number(bytes) - 1 })).toBe(false);
    const found = await store.follow(ALL, 0);
    expect(found).toMatchObject({ first: 2001, last: 5000 });
    expect(found.lines[0]?.position).toBe(2001);
    while (await store.trim({ ...KEEP_ALL, bytesMax: 0 }));
    const [state] = await services.sql('SELECT first, last, bytes FROM log_store');
    expect(state).toEqual({ first: '5001', last: '5000', bytes: '0' });
  });

  it('age: what is older goes, and nothing younger', async () => {
    const old = new Date(Date.now() - 10 * 86_400_000).toISOString();
    await write(
      line('old', { time: old }),
      line('of a clock that is ahead', { time: '2099-01-01T00:00:00Z' }),
      line('old too', { time: old }),
      line('new'),
    );
    expect(await store.trim({ ...KEEP_ALL, daysMax: 9 })).toBe(true);
    expect(await messages()).toEqual(['new']);
    expect(await store.trim({ ...KEEP_ALL, daysMax: 9 })).toBe(false);
  });

  it('several that trim at once take the beginning, and each line once', async () => {
    for (let batch = 0; batch < 6; batch += 1) await write(...Array.from({ length: 1000 }, () => line('x')));
    await Promise.all(Array.from({ length: 4 }, () => store.trim({ ...KEEP_ALL, bytesMax: 1 })));
    const [{ first } = { first: 0 }] = await services.sql<{ first: string }>('SELECT first FROM log_store');
    const [{ oldest } = { oldest: 0 }] = await services.sql<{ oldest: string | null }>('SELECT min(position) AS oldest FROM log_lines');
    expect(oldest ?? '6001').toBe(first);
    expect(Number(first)).toBeGreaterThan(2000);
  });
});
