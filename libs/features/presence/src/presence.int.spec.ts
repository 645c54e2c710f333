import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '@openclaw/db';
import { silentLogger } from '@openclaw/telemetry';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { Presence } from './presence.service.js';
import { PresenceStore, type ProcessKind } from './presence.store.js';

describe('presence', () => {
  let services: TestServices;
  let database: Database;
  let store: PresenceStore;

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 4, logger: silentLogger(), applicationName: 'test' });
    store = new PresenceStore(database);
  });
  afterAll(async () => {
    await database.close();
    await services.close();
  });
  beforeEach(() => services.sql('DELETE FROM processes'));

  const beat = (id: string, kind: ProcessKind = 'worker', active = 0): Promise<void> =>
    store.beat({ id, kind, host: 'host', active, report: { providers: [] } });
  const silentFor = (id: string, interval: string): Promise<unknown> =>
    services.sql(`UPDATE processes SET seen_at = now() - $2::interval WHERE id = $1`, [id, interval]);

  it('a process is alive from its first sign of life until ten seconds after its last, or its goodbye', async () => {
    await beat('quick');
    await beat('silent');
    await beat('gone');
    await beat('gateway', 'gateway');
    await silentFor('silent', '11 seconds');
    await silentFor('quick', '9 seconds');
    await store.leave('gone');
    expect((await store.alive('worker')).map(({ id }) => id)).toEqual(['quick']);
    expect(await store.alive('gateway')).toMatchObject([{ id: 'gateway', host: 'host', active: 0, report: { providers: [] } }]);
    await beat('silent');
    expect((await store.alive('worker')).map(({ id }) => id).sort()).toEqual(['quick', 'silent']);
  });

  it('each sign of life tells what is in hand now, and keeps when it started', async () => {
    await beat('w', 'worker', 1);
    const [before] = await store.alive('worker');
    await beat('w', 'worker', 7);
    const [after] = await store.alive('worker');
    expect(after).toEqual({ ...before, active: 7 });
  });

  it('invariant 9: rows of processes that never said goodbye are dropped after an hour', async () => {
    await beat('old');
    await beat('young');
    await silentFor('old', '61 minutes');
    await silentFor('young', '59 minutes');
    await store.forgetGone();
    expect(await services.sql('SELECT id FROM processes')).toEqual([{ id: 'young' }]);
  });

  it('a process shows itself before start resolves, and is gone when stop does', async () => {
    const presence = new Presence('me', { store, kind: 'gateway', logger: silentLogger(), active: () => 3 });
    await presence.start();
    expect(await store.alive('gateway')).toMatchObject([{ id: 'me', active: 3 }]);
    await presence.stop();
    expect(await store.alive('gateway')).toEqual([]);
  });

  it('many who ask at once ask Postgres once, and a failure is not kept', async () => {
    let asked = 0;
    const counting = {
      alive: (kind: ProcessKind) => {
        asked += 1;
        return asked === 1 ? Promise.reject(new Error('away')) : store.alive(kind);
      },
    } as unknown as PresenceStore; // nothing else is called
    const presence = new Presence('me', { store: counting, kind: 'gateway', logger: silentLogger(), active: () => 0 });
    await expect(presence.alive('worker')).rejects.toThrow('away');
    await beat('w');
    const answers = await Promise.all(Array.from({ length: 50 }, () => presence.alive('worker')));
    expect(answers.every((alive) => alive.length === 1)).toBe(true);
    expect(asked).toBe(2);
  });
});
