import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { statement } from '@openclaw/db';
import { newId, type WorkId } from '@openclaw/words';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { testKind, WorkStage } from '../../../../test/support/work-stage.js';
import { newWork } from './define-work.js';
import { enqueuing, toWorkParameter, type WorkStatus } from './work.store.js';

const KIND = testKind();
const KEYED = testKind({ name: 'test.keyed', key: () => 'one' });
const KINDS = [KIND.name, KEYED.name];
const LIMITS = KINDS.map((kind) => ({ kind, lossesMax: 1 }));

describe('WorkStore', () => {
  let services: TestServices;
  let stage: WorkStage;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new WorkStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(() => services.sql('DELETE FROM work'));

  const claim = (kinds: readonly string[] = KINDS, lane = 'background'): ReturnType<typeof stage.store.claim> =>
    stage.store.claim({ lane, kinds, workerId: 'w', leaseMs: 60_000 });
  const count = async (): Promise<number> => (await services.sql('SELECT 1 FROM work')).length;
  const over = { next: 0, failures: 0, lastError: null };

  describe('asking', () => {
    it('invariant 2: is written with what it belongs to, or not at all', async () => {
      const work = newWork(KIND, { n: 1 }, { person: 'owner' });
      await expect(
        stage.database.transaction(async (query) => {
          await stage.store.enqueue([work], query);
          throw new Error('the rest failed');
        }),
      ).rejects.toThrow('the rest failed');
      expect(await count()).toBe(0);
      await stage.database.transaction((query) => stage.store.enqueue([work], query));
      expect(await stage.row(work.id)).toMatchObject({ status: 'waiting', payload: { n: 1 } });
    });

    it('can be a part of another statement, under a condition of it', async () => {
      const both = statement({
        name: 'test_write_and_enqueue',
        params: { id: 'text', wanted: 'bool', work: 'jsonb' },
        text: `WITH written AS (INSERT INTO processes (id, kind, host, seen_at) SELECT :id, 'worker', 'h', now() WHERE :wanted RETURNING id),
  ${enqueuing('EXISTS (SELECT FROM written)')} SELECT 1`,
      });
      const work = toWorkParameter([newWork(KIND, { n: 1 }, { person: null })]);
      await stage.database.query(both, { id: 'a', wanted: false, work });
      expect(await count()).toBe(0);
      await stage.database.query(both, { id: 'a', wanted: true, work });
      expect(await count()).toBe(1);
    });

    it('twice for one key is once: the newest payload, at the earlier time; of one request too', async () => {
      const id = await stage.ask(KEYED, 1, { runAt: new Date(Date.now() + 60_000) });
      await stage.ask(KEYED, 2);
      await stage.store.enqueue([newWork(KEYED, { n: 3 }, { person: null }), newWork(KEYED, { n: 4 }, { person: null })]);
      expect(await count()).toBe(1);
      const row = await stage.row(id);
      expect(row.payload).toEqual({ n: 4 });
      expect(row.due_in_ms).toBeLessThanOrEqual(0);
    });

    it('while it is worked on: nothing is dropped, it comes once more when this time is over', async () => {
      const id = await stage.ask(KEYED, 1);
      const held = await claim();
      await stage.ask(KEYED, 2);
      await stage.ask(KEYED, 3);
      expect(await claim()).toBeNull();
      await stage.store.end(held ?? fail(), { ...over, status: 'done' });
      expect(await stage.row(id)).toMatchObject({ status: 'waiting', payload: { n: 3 }, failures: 0 });
      await stage.store.end((await claim()) ?? fail(), { ...over, status: 'done' });
      expect(await stage.row(id)).toMatchObject({ status: 'done', attempt: 2 });
    });

    it('for what has failed does not hurry it', async () => {
      const id = await stage.ask(KEYED, 1);
      await stage.store.end((await claim()) ?? fail(), { status: 'waiting', next: 60_000, failures: 1, lastError: 'no' });
      await stage.ask(KEYED, 2);
      expect((await stage.row(id)).due_in_ms).toBeGreaterThan(30_000);
    });

    it('when the one before is over is another', async () => {
      await stage.ask(KEYED, 1);
      await stage.store.end((await claim()) ?? fail(), { ...over, status: 'done' });
      await stage.ask(KEYED, 2);
      expect(await count()).toBe(2);
    });

    it('for the next slot of a schedule, by however many workers, adds one', async () => {
      const slot = { ...newWork(KEYED, { n: 1 }, { person: null, runAt: new Date(Date.now() + 60_000) }), key: 'schedule' };
      await Promise.all(Array.from({ length: 8 }, () => stage.store.ensureScheduled([{ ...slot, id: newId('work') }])));
      expect(await count()).toBe(1);
      expect((await stage.store.counts()).delayed).toBe(0);
    });
  });

  describe('claiming', () => {
    it('takes what has been due longest, of the lane and the kinds asked for, and nothing before its time', async () => {
      await stage.ask(KIND, 1, { runAt: new Date(Date.now() + 60_000) });
      const second = await stage.ask(KIND, 2, { runAt: new Date(Date.now() - 1000) });
      const first = await stage.ask(KIND, 3, { runAt: new Date(Date.now() - 2000) });
      expect(await claim(KINDS, 'another')).toBeNull();
      expect((await claim())?.id).toBe(first);
      expect((await claim())?.id).toBe(second);
      expect(await claim()).toBeNull();
    });

    it('by many at once gives each piece to one', async () => {
      for (let n = 0; n < 20; n += 1) await stage.ask(KIND, n);
      const claimed: (string | undefined)[] = [];
      while (claimed.length < 20)
        claimed.push(
          ...(await Promise.all(Array.from({ length: 8 }, claim.bind(null, KINDS, 'background')))).flatMap((work) => work?.id ?? []),
        );
      expect(new Set(claimed).size).toBe(20);
    });

    it('invariant 16: leaves a kind that it does not know waiting, and in good order', async () => {
      const id = await stage.ask(testKind({ name: 'test.tomorrow' }));
      expect(await claim()).toBeNull();
      await stage.store.reap(LIMITS);
      expect(await stage.store.due('background', KINDS, 10)).toEqual([]);
      expect(await stage.row(id)).toMatchObject({ status: 'waiting', attempt: 0 });
    });
  });

  describe('the fence', () => {
    it('invariant 3: who was replaced renews nothing and ends nothing', async () => {
      const id = await stage.ask(KIND);
      const old = (await claim()) ?? fail();
      await stage.lapse(id);
      expect(await stage.store.reap(LIMITS)).toEqual([{ id, kind: KIND.name, status: 'waiting' }]);
      expect((await stage.store.renew('w', 60_000, [old])).size).toBe(0);
      expect(await stage.store.end(old, { ...over, status: 'done' })).toBe(false);
      const current = (await claim()) ?? fail();
      expect(await stage.store.end(old, { ...over, status: 'done' })).toBe(false);
      expect([...(await stage.store.renew('w', 60_000, [current]))]).toEqual([[id, { cancelRequested: false }]]);
      expect(await stage.row(id)).toMatchObject({ status: 'working', attempt: 2, losses: 1 });
    });

    it('a lost worker is counted once by however many sweepers, and one too many makes a dead letter with its reason', async () => {
      const id = await stage.ask(KIND);
      for (let losses = 1; losses <= 2; losses += 1) {
        await claim();
        await stage.lapse(id);
        const reaped = await Promise.all([stage.store.reap(LIMITS), stage.store.reap(LIMITS)]);
        expect(reaped.flat()).toHaveLength(1);
      }
      expect(await stage.row(id)).toMatchObject({ status: 'dead', losses: 2, last_error: anyWith('lost again and again') });
    });
  });

  describe('from every state', () => {
    const TRIES: Record<string, (id: WorkId, attempt: number) => Promise<unknown>> = {
      claim: () => claim(),
      done: (id, attempt) => stage.store.end({ id, attempt }, { ...over, status: 'done' }),
      'wait again': (id, attempt) => stage.store.end({ id, attempt }, { ...over, status: 'waiting', failures: 1 }),
      dead: (id, attempt) => stage.store.end({ id, attempt }, { ...over, status: 'dead' }),
      reap: async (id) => stage.lapse(id).then(() => stage.store.reap(LIMITS)),
      cancel: (id) => stage.store.requestCancel(id, 'no need'),
      retry: (id) => stage.store.retry(id),
    };
    const NEXT: Record<WorkStatus, Record<string, WorkStatus>> = {
      waiting: { claim: 'working', cancel: 'cancelled' },
      working: { done: 'done', 'wait again': 'waiting', dead: 'dead', reap: 'waiting' },
      done: {},
      dead: { retry: 'waiting' },
      cancelled: {},
    };

    async function inState(status: WorkStatus): Promise<WorkId> {
      const id = await stage.ask(KIND);
      if (status === 'cancelled') await stage.store.requestCancel(id, 'no need');
      if (status === 'waiting' || status === 'cancelled') return id;
      const work = (await claim()) ?? fail();
      if (status !== 'working') await stage.store.end(work, { ...over, status });
      return id;
    }

    it.each(Object.keys(NEXT) as WorkStatus[] /* Object.keys forgets the literal keys */)(
      'invariant 4: %s goes where the life of work says and nowhere else',
      async (status) => {
        for (const [name, attempt] of Object.entries(TRIES)) {
          await services.sql('DELETE FROM work');
          const id = await inState(status);
          await attempt(id, (await stage.row(id)).attempt);
          expect({ name, status: (await stage.row(id)).status }).toEqual({ name, status: NEXT[status][name] ?? status });
        }
      },
    );
  });

  describe('dead letters', () => {
    async function dead(n = 1): Promise<WorkId> {
      const id = await stage.ask(KEYED, n);
      await stage.store.end((await claim()) ?? fail(), { ...over, status: 'dead', failures: 3, lastError: 'it broke' });
      return id;
    }

    it('are listed with their reason, counted, and rung again as if they had never failed', async () => {
      const id = await dead();
      expect(await stage.store.list(['dead'])).toMatchObject([{ id, kind: KEYED.name, failures: 3, last_error: 'it broke' }]);
      expect(await stage.store.counts()).toMatchObject({ dead: 1 });
      expect(await stage.store.retry(id)).toEqual({ rung: 'background' });
      expect(await stage.row(id)).toMatchObject({ status: 'waiting', failures: 0, losses: 0 });
      expect(await stage.store.retry(id)).toBe('not dead');
    });

    it('stay where the same was asked for anew', async () => {
      const id = await dead();
      await stage.ask(KEYED, 2);
      expect(await stage.store.retry(id)).toBe('superseded');
    });

    it('invariant 9: rows of what is over go: done and cancelled after a day, dead after thirty', async () => {
      const ids = { done: await stage.ask(KIND, 1), cancelled: await stage.ask(KIND, 2) };
      await stage.store.end((await claim()) ?? fail(), { ...over, status: 'done' });
      await stage.store.requestCancel(ids.cancelled, 'no need');
      const letter = await dead();
      const waiting = await stage.ask(KIND, 4);
      await services.sql(`UPDATE work SET finished_at = finished_at - interval '25 hours'`);
      expect(await stage.store.forget()).toBe(2);
      await services.sql(`UPDATE work SET finished_at = finished_at - interval '30 days', created_at = created_at - interval '60 days'`);
      expect(await stage.store.forget()).toBe(1);
      await expect(stage.row(letter)).rejects.toThrow('no such work');
      expect(await stage.row(waiting)).toMatchObject({ status: 'waiting' });
    });
  });

  function fail(): never {
    throw new Error('nothing to claim');
  }
});

/** Jest types its matchers as any. */
function anyWith(text: string): unknown {
  return expect.stringContaining(text);
}
