import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '@openclaw/db';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { EMPTY_HEAD } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { verifyChain } from './verify-chain.js';
import { SYSTEM, writeAudit, writeRestored } from './write-audit.store.js';

describe('the audit trail', () => {
  let services: TestServices;
  let database: Database;
  let store: AuditStore;

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 12, logger: silentLogger(), applicationName: 'test' });
    store = new AuditStore(database);
  });
  afterAll(async () => {
    await database.close();
    await services.close();
  });
  beforeEach(() => services.sql('TRUNCATE audit_entries, audit_head'));

  const write = (target: string, details: Record<string, unknown> = {}): Promise<void> =>
    database.transaction((query) =>
      writeAudit(query, { tokenId: 'gateway', person: 'owner', requestId: 'req' }, { action: 'thing.changed', target, details }),
    );
  const writeMany = async (count: number): Promise<void> => {
    for (let number = 1; number <= count; number += 1) await write(String(number));
  };

  it('what is written is read as it was, and verifies: whatever the order of keys and the texts in it (row 31)', async () => {
    const details = { z: 1, a: { y: [1, null], b: 'Grüße 🎉 "\\" \u2028 \0 \ud800' }, at: 1.5e-7, '': '' };
    await write('one', details);
    await write('two');
    const { rows, total } = await store.page({ limit: 10, offset: 0 });
    expect(total).toBe(2);
    expect(JSON.parse(rows[1]?.entry ?? '')).toMatchObject({
      seq: 1,
      action: 'thing.changed',
      target: 'one',
      actor: { token_id: 'gateway', person: 'owner' },
      request_id: 'req',
      prev_hash: EMPTY_HEAD.hash,
      details: { ...details, a: { y: [1, null], b: 'Grüße 🎉 "\\" \u2028  \ufffd' } },
    });
    expect(JSON.parse(rows[0]?.entry ?? '')).toMatchObject({ seq: 2, prev_hash: rows[1]?.hash });
    expect(await verifyChain(store)).toEqual({ ok: true, head: { seq: 2, hash: rows[0]?.hash } });
  });

  it('the hash is that of the very bytes that are stored, as Postgres itself reckons it', async () => {
    await writeMany(3);
    expect(
      await services.sql("SELECT seq FROM audit_entries WHERE encode(sha256(convert_to(entry, 'UTF8')), 'hex') <> encode(hash, 'hex')"),
    ).toEqual([]);
  });

  it('fifty at once, on an empty trail: no two have one predecessor, and there is no gap (row 32)', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, number) => write(String(number))));
    expect(await verifyChain(store)).toMatchObject({ ok: true, head: { seq: 50 } });
    expect(await services.sql("SELECT count(DISTINCT entry::jsonb->>'prev_hash')::int AS n FROM audit_entries")).toEqual([{ n: 50 }]);
  });

  it('what is rolled back left no entry', async () => {
    await write('kept');
    const failing = database.transaction(async (query) => {
      await writeAudit(query, SYSTEM, { action: 'thing.changed', target: 'lost' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await store.head()).toMatchObject({ seq: 1 });
    await write('next');
    expect(await verifyChain(store)).toMatchObject({ ok: true, head: { seq: 2 } });
  });

  it('invariant 11: what looks like a credential is taken out before it is hashed, and details are bounded (row 34)', async () => {
    await write('one', { said: 'use sk-abcdefghijklmnopqrstuvwx', api_key: 'hunter2', long: 'x'.repeat(100_000) });
    const [row] = (await store.page({ limit: 1, offset: 0 })).rows;
    expect(row?.entry).not.toMatch(/sk-abc|hunter2/);
    expect(row?.entry.length).toBeLessThan(10_000);
    expect(await verifyChain(store)).toMatchObject({ ok: true });
  });

  it.each([
    [
      'a row that was changed',
      "UPDATE audit_entries SET entry = replace(entry, 'thing.changed', 'thing.praised') WHERE seq = 3",
      3,
      'was changed',
    ],
    [
      'one changed with its hash',
      "UPDATE audit_entries SET entry = replace(entry, 'thing.changed', 'thing.praised'), hash = sha256(convert_to(replace(entry, 'thing.changed', 'thing.praised'), 'UTF8')) WHERE seq = 3",
      4,
      'does not follow',
    ],
    [
      'one that is no entry any more',
      "UPDATE audit_entries SET entry = 'x', hash = sha256('x') WHERE seq = 3",
      3,
      'no entry of this place',
    ],
    ['a hash that was changed', "UPDATE audit_entries SET hash = sha256('x') WHERE seq = 3", 3, 'was changed'],
    ['a row that was taken out', 'DELETE FROM audit_entries WHERE seq = 3', 3, 'is missing'],
    ['the first row', 'DELETE FROM audit_entries WHERE seq = 1', 1, 'is missing'],
    [
      'rows that changed places',
      'UPDATE audit_entries SET seq = -seq WHERE seq IN (2, 3); UPDATE audit_entries SET seq = 5 + seq WHERE seq < 0',
      2,
      'no entry of this place',
    ],
    ['a tail that was cut', 'DELETE FROM audit_entries WHERE seq > 3', 4, 'is missing: there were 5 entries once'],
    ['an emptied table', 'TRUNCATE audit_entries', 1, 'is missing: there were 5 entries once'],
  ])('%s is found and named (row 33)', async (_what, tampering, seq, problem) => {
    await writeMany(5);
    await services.sql(tampering);
    expect(await verifyChain(store)).toEqual({ ok: false, seq, problem: expect.stringContaining(problem) });
  });

  it('a tail that was cut with the head beside it, and another trail in its place, are seen by a head that was kept elsewhere', async () => {
    await writeMany(5);
    const kept = await store.head();
    await services.sql('DELETE FROM audit_entries WHERE seq > 3; DELETE FROM audit_head');
    expect(await verifyChain(store)).toMatchObject({ ok: true, head: { seq: 3 } });
    expect(await verifyChain(store, [kept])).toMatchObject({ ok: false, seq: 4 });
    for (const target of ['4', '5', '6']) await write(target);
    expect(await verifyChain(store, [kept])).toEqual({ ok: false, seq: 5, problem: expect.stringContaining('made anew') });
  });

  it('after a tail was cut the next entry does not hide it', async () => {
    await writeMany(5);
    await services.sql('DELETE FROM audit_entries WHERE seq > 3');
    await write('next');
    expect(await verifyChain(store)).toMatchObject({ ok: false, seq: 4, problem: 'is missing' });
  });

  it('entries that come while it is verified raise no alarm (row 35)', async () => {
    await writeMany(3);
    const slow = {
      head: () => store.head(),
      follow: async (after: number, max: number) => {
        const rows = await store.follow(after, max);
        await write('meanwhile');
        return rows;
      },
    };
    expect(await verifyChain(slow, [await store.head()])).toMatchObject({ ok: true });
  });

  it('a backup that was put back is explained by an entry of its own (row 35)', async () => {
    await writeMany(5);
    const kept = await store.head();
    await services.sql(
      'DELETE FROM audit_entries WHERE seq > 3; UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entries WHERE seq = 3)',
    );
    expect(await verifyChain(store, [kept])).toMatchObject({ ok: false, seq: 4 });
    await writeRestored(database, SYSTEM, kept);
    expect(await verifyChain(store, [kept])).toMatchObject({ ok: true, head: { seq: 4 } });
  });

  it('more entries than are read at once', async () => {
    await database.transaction(async (query) => {
      for (let number = 0; number < 1202; number += 1) await writeAudit(query, SYSTEM, { action: 'thing.changed', target: String(number) });
    });
    expect(await verifyChain(store)).toMatchObject({ ok: true, head: { seq: 1202 } });
  });
});
