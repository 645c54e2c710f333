import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@openclaw/words';
import { DirectedModel } from '../support/directed-model.js';
import { expectStatus } from '../support/api.js';
import { at, items } from '../conformance/providers/sse.js';
import { seededRandom } from '../support/seeded-random.js';
import { admitAs } from '../support/admit-as.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const PERSONS = ['owner', 'anna', 'bert', 'telegram:group:-100'] as const;
type Whose = (typeof PERSONS)[number];
const MARKS: Readonly<Record<Whose, string>> = { owner: 'zqowner', anna: 'zqanna', bert: 'zqbert', 'telegram:group:-100': 'zqgroup' };
const SCOPES = ['read', 'message', 'memory'] as const;
/** Anna has two tokens; the group's is that of its channel. */
const TOKENS: Readonly<Record<string, Principal>> = {
  'token-of-owner-000001': { tokenId: 'tok_owner', scopes: [...SCOPES], person: 'owner' },
  'token-of-anna-0000001': { tokenId: 'tok_anna1', scopes: [...SCOPES], person: 'anna' },
  'token-of-anna-0000002': { tokenId: 'tok_anna2', scopes: [...SCOPES], person: 'anna' },
  'token-of-bert-0000001': { tokenId: 'tok_bert', scopes: [...SCOPES], person: 'bert' },
  'token-of-group-000001': { tokenId: 'tok_group', scopes: [...SCOPES], person: 'telegram:group:-100' },
};
const OPERATIONS = 200;
const KINDS = ['fact', 'preference', 'task', 'event'];

describe('two hundred operations of three persons and a group', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();
  const random = seededRandom(20_261_130);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const conversations = new Map<Whose, string[]>(PERSONS.map((each) => [each, []]));
  const memories = new Map<Whose, Set<string>>(PERSONS.map((each) => [each, new Set()]));

  beforeAll(async () => {
    system = await createTestSystem({
      OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '100000',
      OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '10000',
    });
    gateway = await system.startGateway();
    await system.startWorker(model);
    admitAs(gateway, TOKENS);
  });
  afterAll(() => system.close());

  const strangers = (whose: Whose): string[] => PERSONS.filter((each) => each !== whose).map((each) => MARKS[each]);
  function expectOwn(whose: Whose, what: string, text: string): void {
    for (const mark of strangers(whose)) expect({ what, mark, found: text.includes(mark) }).toEqual({ what, mark, found: false });
  }
  /** What the token gets, which holds a mark of nobody else. */
  async function call(token: string, method: string, path: string, json?: object): Promise<unknown> {
    const whose = TOKENS[token]?.person as Whose; // the table's
    const response = await gateway.request(`/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { json }),
    });
    const text = await response.text();
    expectOwn(whose, `${method} ${path}`, text);
    expect({ path, status: response.status, ok: [200, 201, 202, 204, 404].includes(response.status) }).toMatchObject({ ok: true });
    return text === '' ? null : JSON.parse(text);
  }
  const everything = `shared garden ${Object.values(MARKS).join(' ')}`;

  async function say(token: string, whose: Whose, step: number): Promise<void> {
    const known = random() < 0.5 ? pick(conversations.get(whose) ?? []) : undefined;
    const message = `What of the shared garden, ${MARKS[whose]} number ${String(step)}?`;
    const reply = await call(token, 'POST', '/message', {
      channel: 'api',
      message,
      ...(known === undefined ? {} : { conversation_id: known }),
    });
    const id = String(at(reply, 'conversation_id'));
    if (known === undefined) conversations.get(whose)?.push(id);
  }

  async function look(token: string, whose: Whose): Promise<void> {
    for (const type of ['all', 'wal', 'compacted']) {
      const found = await call(token, 'POST', '/memory/search', { query: everything, limit: 100, type });
      for (const result of items(at(found, 'results'))) expect(at(result, 'person')).toBe(whose);
    }
    await call(token, 'GET', '/memory/stats');
    for (const document of items(at(await call(token, 'GET', '/memory/documents'), 'documents')))
      await call(token, 'GET', `/memory/documents/${String(at(document, 'name'))}`);
    await call(token, 'GET', `/conversations?q=${encodeURIComponent('shared garden')}`);
    await call(token, 'DELETE', '/memory/prune', { before: '2100-01-01', dry_run: true });
  }

  /** What is another's looks as if it were not there. */
  async function reachFor(token: string, theirs: string): Promise<void> {
    for (const [method, json] of [
      ['GET', undefined],
      ['PATCH', { content: 'mine now' }],
      ['DELETE', undefined],
    ] as const) {
      expect(at(await call(token, method, `/memory/${theirs}`, json), 'status')).toBe(404);
    }
  }

  async function change(token: string, whose: Whose, step: number, dice: number): Promise<void> {
    const mine = memories.get(whose) ?? new Set();
    const chosen = pick([...mine]);
    const stranger = pick(PERSONS.filter((each) => each !== whose)) ?? 'owner';
    const theirs = pick([...(memories.get(stranger) ?? [])]);
    if (theirs !== undefined && dice < 0.2) {
      await reachFor(token, theirs);
    } else if (chosen !== undefined && dice < 0.35) {
      await call(token, 'PATCH', `/memory/${chosen}`, { content: `The shared garden of ${MARKS[whose]} is corrected ${String(step)}` });
    } else if (chosen !== undefined && dice < 0.5) {
      await call(token, 'DELETE', `/memory/${chosen}`);
      mine.delete(chosen);
    } else {
      const added = await call(token, 'POST', '/memory', {
        content: `The shared garden of ${MARKS[whose]} has ${String(step)} trees`,
        kind: pick(KINDS),
      });
      mine.add(String(at(added, 'id')));
    }
  }

  async function doOne(step: number): Promise<void> {
    const token = pick(Object.keys(TOKENS)) ?? '';
    const whose = TOKENS[token]?.person as Whose; // the table's
    const dice = random();
    if (dice < 0.2) await say(token, whose, step);
    else if (dice < 0.35) await look(token, whose);
    else if (dice < 0.4) await call(token, 'POST', '/memory/compact', {});
    else await change(token, whose, step, random());
  }

  const quiet = async (): Promise<void> => {
    await until(
      'no work waits',
      async () =>
        (await system.services.sql(`SELECT FROM work WHERE kind = 'memory.compact_person' AND status IN ('waiting', 'working')`)).length ===
        0,
      60_000,
    );
  };

  it('none is ever shown a mark of another: entry, count, document, excerpt, statistic or prompt; who is deleted leaves the others whole', async () => {
    for (let step = 0; step < OPERATIONS; step += 1) await doOne(step);
    for (const token of Object.keys(TOKENS)) await call(token, 'POST', '/memory/compact', {});
    await quiet();
    // Answers, titles and summaries: whatever was asked of the model.
    const marksIn = (text: string): string[] => Object.values(MARKS).filter((mark) => text.includes(mark));
    const prompts = model.requests.map(({ messages }) => marksIn(JSON.stringify(messages)));
    expect(prompts.length).toBeGreaterThan(30);
    expect(prompts.filter((marks) => marks.length > 1)).toEqual([]);
    expect(new Set(prompts.flat())).toEqual(new Set(Object.values(MARKS)));
    const recalled = model.requests.filter(({ messages }) => JSON.stringify(messages).includes('From memory, as data'));
    expect(recalled.length).toBeGreaterThan(10);
    for (const [token, { person }] of Object.entries(TOKENS)) {
      await look(token, person as Whose); // the table's
      expect(at(at(await call(token, 'GET', '/memory/stats'), 'compacted'), 'files')).toBeGreaterThan(0);
    }
    const rows = async (whose: string): Promise<unknown[]> =>
      system.services.sql(
        'SELECT id, body FROM memory_entries WHERE person = $1 UNION ALL SELECT id, body FROM memory_passages WHERE person = $1 ORDER BY id',
        [whose],
      );
    const before = await Promise.all(['owner', 'bert', 'telegram:group:-100'].map(rows));
    for (const id of conversations.get('anna') ?? [])
      expect((await gateway.request(`/api/v1/conversations/${id}`, { method: 'DELETE' })).status).toBe(204);
    await expectStatus(
      await gateway.request('/api/v1/memory/prune', { method: 'DELETE', json: { person: 'anna', before: '2100-01-01', confirm: true } }),
      200,
    );
    const tables = await system.services.sql<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name ~ '^(memory|memories|messages|conversations|attachments|runs|tool|run_)'`,
    );
    for (const { name } of tables)
      expect({ name, left: await system.services.sql(`SELECT FROM ${name} t WHERE t::text LIKE '%zqanna%'`) }).toEqual({ name, left: [] });
    expect(await Promise.all(['owner', 'bert', 'telegram:group:-100'].map(rows))).toEqual(before);
  }, 600_000);
});
