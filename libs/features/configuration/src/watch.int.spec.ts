import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@openclaw/config';
import { Database } from '@openclaw/db';
import { PresenceStore } from '@openclaw/presence';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { newWatch } from './new-watch.js';
import { type Probe, RevisionsStore } from './revisions.store.js';
import { ConfigurationWatch } from './watch.service.js';

const ACTOR = { tokenId: 'gateway', person: 'owner', requestId: 'req' };

describe('the watch over a change of the configuration', () => {
  let services: TestServices;
  let database: Database;
  let store: RevisionsStore;
  let watch: ConfigurationWatch;

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 8, logger: silentLogger(), applicationName: 'test' });
    store = new RevisionsStore(database);
    const settings = { load: (overlay: object) => loadConfig({ env: { OPENCLAW_DATA_DIR: '/nonexistent' }, overlay: { ...overlay } }) };
    watch = new ConfigurationWatch({ store, presence: new PresenceStore(database), settings, logger: silentLogger() });
  });
  afterAll(async () => {
    await database.close();
    await services.close();
  });
  beforeEach(async () => {
    await services.sql('TRUNCATE settings_overlay, settings_revisions, processes, work, audit_entries, audit_head');
    await process('gateway', 'g');
    await process('worker', 'w');
  });

  const document = async (): Promise<unknown> => (await store.current()).document;
  const list = async (): Promise<readonly { revision: number; kind: string; status: string; reason: string | null; of: number | null }[]> =>
    (await store.list({ limit: 10, offset: 0 })).revisions;
  const statuses = async (): Promise<string[]> => (await list()).map(({ revision, status }) => `${String(revision)} ${status}`).reverse();

  /** A process that is there since a minute, and says of its settings what it is told to. */
  async function process(
    kind: string,
    id: string,
    settings: object = { revision: '9', refused: null, problem: null },
    { since = 60, silent = 0 } = {},
  ): Promise<void> {
    await services.sql(
      `INSERT INTO processes (id, kind, host, active, report, started_at, seen_at)
VALUES ($1, $2, 'host-' || $1, 0, $3, clock_timestamp() - $4 * interval '1 s', clock_timestamp() - $5 * interval '1 s')
ON CONFLICT (id) DO UPDATE SET report = excluded.report, seen_at = excluded.seen_at`,
      [id, kind, JSON.stringify({ settings }), since, silent],
    );
  }

  /** Another overlay than there was, that many seconds ago; the providers in it were asked. */
  async function change(
    next: object,
    { ago = 0, probes = {} }: { ago?: number; probes?: Record<string, Probe> | null } = {},
  ): Promise<number> {
    const { revision: known } = await store.current();
    const revision = await store.add({
      known,
      document: { ...next },
      kind: 'put',
      of: null,
      actor: ACTOR,
      reason: null,
      changes: [],
      work: [newWatch()],
    });
    if (revision === null) throw new Error('another change came first');
    if (probes) await store.noteProbes(revision, probes);
    await services.sql(`UPDATE settings_revisions SET created_at = created_at - $2 * interval '1 s' WHERE revision = $1`, [revision, ago]);
    return revision;
  }

  const refusing = (revision: number): object => ({
    revision: String(revision - 1),
    refused: String(revision),
    problem: 'agent.max_turns: is wrong here',
  });
  const refused = { primary: { outcome: 'refused', status: 401 } } as const;
  const unknown = { primary: { outcome: 'unknown', status: null } } as const;
  const accepted = { primary: { outcome: 'accepted', status: 200 } } as const;

  it('a change that nobody suffers from is watched for 15 s, and stands', async () => {
    await change({ agent: { max_turns: 3 } });
    expect(await watch.look()).toBe(true);
    expect(await statuses()).toEqual(['1 watched']);
    await services.sql("UPDATE settings_revisions SET created_at = created_at - interval '15 s'");
    await watch.look();
    expect(await statuses()).toEqual(['1 confirmed']);
    expect(await watch.look()).toBe(false);
  });

  it.each([
    ['a provider that is away (row 15)', { probes: unknown }, undefined],
    ['providers that were not asked', { probes: null }, undefined],
    ['a process that has not looked yet (row 17)', {}, { revision: '0', refused: null, problem: null }],
    ['a process that says nothing, being of another version', {}, {}],
  ])('it stands, unverified, with %s', async (_what, options, settings) => {
    await process('worker', 'w', settings);
    await change({ providers: { primary: { api_key: 'k' } } }, { ago: 31, ...options });
    await watch.look();
    expect(await statuses()).toEqual(['1 unverified']);
  });

  it('a worker that has not asked the providers yet is waited for', async () => {
    await change({ providers: { primary: { api_key: 'k' } } }, { ago: 16, probes: null });
    await watch.look();
    expect(await statuses()).toEqual(['1 watched']);
  });

  it('it stands, unverified, where there is no worker', async () => {
    await services.sql("DELETE FROM processes WHERE kind = 'worker'");
    await change({ agent: { max_turns: 3 } }, { ago: 16, probes: null });
    await watch.look();
    expect(await statuses()).toEqual(['1 unverified']);
  });

  it('what a process cannot take is rolled back at once, as a revision of its own that says why, and in the audit trail', async () => {
    await change({ agent: { max_turns: 3 } }, { ago: 16 });
    await watch.look();
    const bad = await change({ agent: { max_turns: 4 } });
    await process('worker', 'w', refusing(bad));
    await watch.look();
    expect(await document()).toEqual({ agent: { max_turns: 3 } });
    const reason = 'the worker on host-w cannot take it up: agent.max_turns: is wrong here';
    expect(await list()).toMatchObject([
      {
        revision: 3,
        kind: 'rollback',
        of: 2,
        status: 'confirmed',
        reason,
        actor: { token_id: 'system', person: 'owner' },
        changes: [{ path: 'agent.max_turns', before: 4, after: 3 }],
      },
      { revision: 2, kind: 'put', status: 'rolled_back', reason },
      { revision: 1, status: 'confirmed' },
    ]);
    const [entry] = await services.sql<{ entry: string }>('SELECT entry FROM audit_entries ORDER BY seq DESC LIMIT 1');
    expect(JSON.parse(entry?.entry ?? '')).toMatchObject({
      action: 'config.rolled_back',
      target: '3',
      actor: { token_id: 'system' },
      details: { of: 2, paths: ['agent.max_turns'], reason },
    });
    expect(await watch.look()).toBe(false);
  });

  it('a provider’s own 401 or 403 takes back what the change says of that provider, and nothing else', async () => {
    await change(
      { providers: { primary: { type: 'openai', api_key: 'bad', base_url: 'https://a.example' } }, agent: { max_turns: 4 } },
      { probes: refused },
    );
    await watch.look();
    expect(await document()).toEqual({ agent: { max_turns: 4 } });
    expect(await list()).toMatchObject([
      { kind: 'rollback', reason: 'providers.primary: the provider answered 401 to its key' },
      { status: 'rolled_back' },
    ]);
  });

  it('what others changed since stays, as far as it does not touch what is bad (row 14)', async () => {
    await change({ agent: { max_turns: 3 } }, { ago: 16 });
    await watch.look();
    const bad = await change({ agent: { max_turns: 4, tool_calls_per_turn: 5 } });
    await change({ agent: { max_turns: 7, tool_calls_per_turn: 5 }, worker: { concurrency: 9 } });
    await process('worker', 'w', refusing(bad));
    await watch.look();
    expect(await document()).toEqual({ agent: { max_turns: 7 }, worker: { concurrency: 9 } });
    expect(await statuses()).toEqual(['1 confirmed', '2 rolled_back', '3 watched', '4 confirmed']);
  });

  it('a bad change that was changed anew in all of it is superseded, and nothing is taken back', async () => {
    const bad = await change({ agent: { max_turns: 4 } });
    await change({ agent: { max_turns: 5 } });
    await process('worker', 'w', refusing(bad));
    await watch.look();
    expect(await document()).toEqual({ agent: { max_turns: 5 } });
    expect(await statuses()).toEqual(['1 superseded', '2 watched']);
  });

  it('a second bad change goes back to what was confirmed before both, not to the first (row 14)', async () => {
    await change({ agent: { max_turns: 3 } }, { ago: 16 });
    await watch.look();
    const [one, two] = [await change({ agent: { max_turns: 4 } }), await change({ agent: { max_turns: 5 } })];
    await process('worker', 'w', refusing(one));
    await watch.look();
    await process('worker', 'w', refusing(two));
    await watch.look();
    expect(await document()).toEqual({ agent: { max_turns: 3 } });
    expect(await statuses()).toEqual(['1 confirmed', '2 superseded', '3 rolled_back', '4 confirmed']);
  });

  it('where the rest would not be valid without it, all that is watched goes back', async () => {
    const bad = await change({ worker: { lease_ms: 9000 } });
    await change({ worker: { lease_ms: 9000, heartbeat_ms: 4000 } });
    await process('worker', 'w', refusing(bad));
    await watch.look();
    expect(await document()).toEqual({});
    expect(await statuses()).toEqual(['1 rolled_back', '2 rolled_back', '3 confirmed']);
  });

  it('a secret that came with a later change is not left at an address that goes back', async () => {
    await change(
      { providers: { primary: { type: 'openai-compatible', base_url: 'https://a.example/v1', api_key: 'a' } } },
      { ago: 16, probes: accepted },
    );
    await watch.look();
    await change(
      { providers: { primary: { type: 'openai-compatible', base_url: 'https://b.example/v1', api_key: 'b' } } },
      { probes: refused },
    );
    await watch.look();
    expect(await document()).toMatchObject({ providers: { primary: { base_url: 'https://a.example/v1', api_key: 'a' } } });
  });

  describe('a process that is gone', () => {
    it('took the change and fell silent with nothing in its place: rolled back', async () => {
      await process('worker', 'w2', { revision: '1', refused: null, problem: null }, { silent: 11 });
      await change({ agent: { max_turns: 4 } }, { ago: 14 });
      await watch.look();
      expect(await list()).toMatchObject([
        { kind: 'rollback', reason: 'the worker on host-w2 took it up and was not heard of again' },
        { status: 'rolled_back' },
      ]);
    });

    it.each([
      ['never had the change', { revision: '0' }, { silent: 11 }, 14],
      ['was gone before it', { revision: '1' }, { silent: 20 }, 14],
      ['came after it', { revision: '1' }, { since: 13, silent: 11 }, 14],
    ])('%s: no fault of the change', async (_what, settings, when, ago) => {
      await process('worker', 'w2', settings, when);
      await change({ agent: { max_turns: 4 } }, { ago });
      await watch.look();
      expect(await statuses()).toEqual(['1 watched']);
    });

    it('said goodbye, or another one runs in its place with the change: no fault of it', async () => {
      await process('worker', 'w2', { revision: '1' }, { silent: 11 });
      await process('worker', 'w3', { revision: '1' }, { since: 5 });
      await change({ agent: { max_turns: 4 } }, { ago: 16 });
      await watch.look();
      expect(await statuses()).toEqual(['1 confirmed']);
    });

    it('may just be going: nothing is settled until it is known', async () => {
      await change({ agent: { max_turns: 4 } }, { ago: 16 });
      await process('worker', 'w', { revision: '1' }, { silent: 7 });
      await watch.look();
      expect(await statuses()).toEqual(['1 watched']);
    });
  });

  it('however many look at once, it is taken back once: all of it is in Postgres, and whoever is alive does it', async () => {
    const bad = await change({ agent: { max_turns: 4 } });
    await process('worker', 'w', refusing(bad));
    await Promise.all(Array.from({ length: 6 }, () => watch.look()));
    expect(await statuses()).toEqual(['1 rolled_back', '2 confirmed']);
    expect(await services.sql("SELECT FROM audit_entries WHERE entry LIKE '%config.rolled_back%'")).toHaveLength(1);
  });

  it('each change asks for one watch, whatever is watched already', async () => {
    await change({ agent: { max_turns: 4 } });
    await change({ agent: { max_turns: 5 } });
    expect(await services.sql("SELECT FROM work WHERE kind = 'configuration.watch'")).toHaveLength(1);
  });
});
