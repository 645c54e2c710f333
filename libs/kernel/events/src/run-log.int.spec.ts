import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { END, EventStage, publishedEvents, seqs, seqsOf, START, token } from '../../../../test/support/event-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { appendEvents } from './append-events.js';
import { parseLog } from './follow-run.js';
import { LIVE_AGE_MS, LIVE_BYTES_MAX } from './live-script.js';
import { Notices } from './notices.js';
import { trimLive } from './trim-live.js';

describe('RunLog', () => {
  let services: TestServices;
  let stage: EventStage;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(() => {
    stage = new EventStage(services);
  });
  afterEach(() => stage.stop());

  const stored = async (): Promise<number[]> => seqsOf(await publishedEvents(services, stage.runId));
  const published = (count: number): Promise<true> =>
    until(`${String(count)} events in Redis`, async () => (await stage.published()) === count);

  it('invariant 5: seq is dense from 1, in the order of appending, through many batches', async () => {
    const log = stage.log();
    log.append(START);
    for (let n = 0; n < 1200; n += 1) log.append(token(String(n)));
    expect(log.seq).toBe(1201);
    await published(1201);
    expect(await stored()).toEqual(seqs(1, 1201));
    const events = await publishedEvents(services, stage.runId);
    expect(events.slice(1).map((event) => (event.type === 'token' ? event.content : ''))).toEqual(
      Array.from({ length: 1200 }, (_, n) => String(n)),
    );
  });

  it('reserves in Postgres before it publishes: Redis never holds a seq beyond the reservation', async () => {
    const reservations: number[] = [];
    const log = stage.log({
      reserved: 2,
      reserve: async (seq) => {
        expect(await stage.published()).toBeLessThanOrEqual(reservations.at(-1) ?? 2);
        reservations.push(seq);
      },
    });
    for (let n = 0; n < 200; n += 1) {
      log.append(token('x'));
      if (n % 40 === 0) await until('the batch', async () => (await stage.published()) > n);
    }
    await published(200);
    expect(reservations.at(-1)).toBeGreaterThanOrEqual(200);
  });

  it('publishes nothing where the reservation is refused, and goes on once it is granted', async () => {
    let postgresIsAway = true;
    const refused = Promise.withResolvers<undefined>();
    const log = stage.log({
      reserved: 0,
      reserve: async () => {
        if (!postgresIsAway) return;
        refused.resolve(undefined);
        throw new Error('away');
      },
    });
    log.append(START);
    await refused.promise;
    expect(await stage.published()).toBe(0);
    postgresIsAway = false;
    log.append(token('x'));
    await until('both events', async () => {
      log.flush();
      return (await stage.published()) === 2;
    });
  });

  it('invariant 12: Redis emptied midway, the writer alive: the next event brings the whole log back, each event once', async () => {
    const log = stage.log();
    for (let n = 0; n < 10; n += 1) log.append(token('before'));
    await published(10);
    await services.emptyRedis();
    log.append(token('after'));
    await published(11);
    expect(await stored()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('invariant 12: Redis emptied while nothing is said: the heartbeat alone brings the log back', async () => {
    const log = stage.log();
    log.append(START);
    log.append(token('x'));
    await published(2);
    await services.emptyRedis();
    await until('the log', async () => {
      log.verify();
      return (await stage.published()) === 2;
    });
    expect(await stored()).toEqual([1, 2]);
  });

  it('the terminal event is not visible before publishSealed, whatever flushes and heartbeats come', async () => {
    const log = stage.log();
    log.append(START);
    log.append(token('x'));
    const archived = log.seal(END);
    log.append(token('too late'));
    await published(2);
    for (let n = 0; n < 5; n += 1) {
      log.flush();
      log.verify();
      await services.redis.ping();
    }
    expect(await stored()).toEqual([1, 2]);
    expect(parseLog(archived).map((event) => event.type)).toEqual(['start', 'token', 'end']);
  });

  it('once recorded, the end is told though lease and reservation are gone, and Redis lets go of the tail', async () => {
    await stage.live.start();
    const reader = stage.reader(0, true);
    const log = stage.log({ reserved: 1, mayPublish: () => false });
    log.append(START);
    for (let n = 0; n < 100; n += 1) log.append(token('x'));
    await stage.finish(log);
    await reader.done;
    expect(seqsOf(reader.events)).toEqual(seqs(1, 102));
    expect(await services.redis.exists(stage.keys.tail(stage.runId))).toBe(0);
  });

  it('invariant 9: of a long log Redis and the writer hold the tail alone, Postgres keeps the rest, and no reader misses a thing', async () => {
    await stage.live.start();
    const log = stage.log();
    const early = stage.reader(0, true);
    const text = 'x'.repeat(2000);
    log.append(START);
    for (let n = 0; n < 1000; n += 1) {
      log.append(token(text));
      if (n % 50 === 0) await until('a batch', async () => (await stage.published()) === log.seq);
      expect((await services.redis.memory('USAGE', stage.keys.tail(stage.runId), 'SAMPLES', 0)) ?? 0).toBeLessThan(700_000);
    }
    expect(stage.pages.length).toBeGreaterThan(4);
    const resumed = [stage.reader(0), stage.reader(300), stage.reader(1000)];
    await stage.finish(log);
    for (const reader of [early, ...resumed, stage.reader(0)]) await reader.done;
    expect(seqsOf(early.events)).toEqual(seqs(1, 1002));
    expect(resumed.map((reader) => reader.events.length)).toEqual([1002, 702, 2]);
    expect(stage.pages.reduce((next, page) => (page.firstSeq === next ? page.lastSeq + 1 : NaN), 1)).toBe(
      parseLog(stage.row.events ?? '[]')[0]?.seq,
    );
  });

  it('a page that Postgres does not take now is kept and offered again', async () => {
    let postgresIsAway = true;
    const refused = Promise.withResolvers<undefined>();
    const log = stage.log({
      storePage: async (page) => {
        stage.pages.push(...(postgresIsAway ? [] : [page]));
        if (!postgresIsAway) return;
        refused.resolve(undefined);
        throw new Error('away');
      },
    });
    for (let n = 0; n < 200; n += 1) log.append(token('x'.repeat(2000)));
    await refused.promise;
    postgresIsAway = false;
    await until('the page', () => {
      log.verify();
      return stage.pages.length === 1;
    });
    expect(stage.pages[0]?.firstSeq).toBe(1);
  });

  it('invariant 9: the firehose is bounded in bytes, whatever the size of what is said', async () => {
    const { runId, conversationId, keys } = stage;
    await services.emptyRedis();
    for (let n = 0; n < 400; n += 1) {
      const events = [
        JSON.stringify({
          type: 'token',
          id: runId,
          seq: n + 1,
          conversation_id: conversationId,
          content: '\u0001'.repeat(n % 2 === 0 ? 8000 : 3),
        }),
      ];
      await appendEvents(services.redis, keys, {
        runId,
        conversationId,
        person: 'owner',
        attempt: 1,
        firstSeq: n + 1,
        base: n,
        events,
        ttlSeconds: 60,
      });
    }
    const held = await services.redis.xrange(keys.live, '-', '+');
    const bytes = held.reduce(
      (sum, [, fields]) => sum + fields.filter((_, index) => index % 2 === 1).reduce((all, value) => all + value.length, 128),
      0,
    );
    expect(bytes).toBeLessThanOrEqual(LIVE_BYTES_MAX);
    expect(bytes).toBeGreaterThan(LIVE_BYTES_MAX * 0.9);
    expect(Number(await services.redis.get(keys.liveSize))).toBe(bytes);
    expect(await services.redis.pttl(keys.live)).toBeGreaterThan(0);
    await trimLive(services.redis, keys, Date.now() + LIVE_AGE_MS + 1000);
    expect([await services.redis.xlen(keys.live), Number(await services.redis.get(keys.liveSize))]).toEqual([0, 0]);
  });

  it('what was deleted is gone from Redis, others stay, and who still writes is turned away', async () => {
    const other = new EventStage(services);
    const [log, others] = [stage.log(), other.log()];
    for (let n = 0; n < 200; n += 1) {
      log.append(token('ours'));
      others.append(token('theirs'));
      if (n % 10 === 0) await until('a batch', async () => (await stage.published()) + (await other.published()) === 2 * log.seq);
    }
    await until('all', async () => (await stage.published()) + (await other.published()) === 400);
    await new Notices(services.redis, stage.keys).forgotten(stage.conversationId, [stage.runId]);
    log.append(token('ours, late'));
    log.verify();
    await services.redis.ping();
    const entries = JSON.stringify(await services.redis.xrange(stage.keys.live, '-', '+'));
    expect([entries.includes('ours'), entries.includes('theirs')]).toEqual([false, true]);
    expect(await services.redis.exists(stage.keys.tail(stage.runId))).toBe(0);
    expect(await other.published()).toBe(200);
  });

  it('invariant 3: an attempt that was replaced cannot publish', async () => {
    const old = stage.log({ attempt: 1 });
    old.append(START);
    await published(1);
    const next = stage.log({
      attempt: 2,
      earlier: [JSON.stringify({ ...START, id: stage.runId, seq: 1, conversation_id: stage.conversationId })],
    });
    next.append({ type: 'restart', attempt: 2 });
    await published(2);
    old.append(token('from the dead'));
    next.append(token('alive'));
    await published(3);
    await old.publishSealed();
    const contents = (await publishedEvents(services, stage.runId)).map((event) => (event.type === 'token' ? event.content : event.type));
    expect(contents).toEqual(['start', 'restart', 'alive']);
  });

  it('invariant 3: nor after Redis forgot the fence, once its lease has lapsed', async () => {
    let leaseHolds = true;
    const log = stage.log({ mayPublish: () => leaseHolds });
    log.append(START);
    await published(1);
    await services.emptyRedis();
    leaseHolds = false;
    log.append(token('from the dead'));
    log.verify();
    await services.redis.ping();
    expect(await stage.published()).toBe(0);
  });

  it('append is idempotent: a batch that is sent again after a timeout adds nothing, live or kept', async () => {
    const { runId, conversationId, keys } = stage;
    const events = [1, 2, 3].map((seq) => JSON.stringify({ type: 'token', id: runId, seq, conversation_id: conversationId, content: 'x' }));
    const batch = { runId, conversationId, person: 'owner', attempt: 1, firstSeq: 1, base: 0, events, ttlSeconds: 60 };
    const before = await services.redis.xlen(keys.live);
    expect(await appendEvents(services.redis, keys, batch)).toBe(3);
    expect(await appendEvents(services.redis, keys, batch)).toBe(3);
    expect(await appendEvents(services.redis, keys, { ...batch, firstSeq: 2, events: events.slice(1) })).toBe(3);
    expect(await services.redis.xlen(keys.live)).toBe(before + 1);
    expect(await stored()).toEqual([1, 2, 3]);
  });

  it('append writes nothing where earlier events are missing, and says how far the log goes', async () => {
    const { runId, conversationId, keys } = stage;
    const event = JSON.stringify({ type: 'token', id: runId, seq: 5, conversation_id: conversationId, content: 'x' });
    expect(
      await appendEvents(services.redis, keys, {
        runId,
        conversationId,
        person: 'owner',
        attempt: 1,
        firstSeq: 5,
        base: 0,
        events: [event],
        ttlSeconds: 60,
      }),
    ).toBe(0);
    expect(await stage.published()).toBe(0);
  });

  it('invariant 9: what is kept in Redis expires by itself', async () => {
    stage.log().append(START);
    await published(1);
    for (const key of [stage.keys.tail(stage.runId), stage.keys.fence(stage.runId)]) {
      expect(await services.redis.ttl(key)).toBeGreaterThan(0);
      expect(await services.redis.ttl(key)).toBeLessThanOrEqual(300);
    }
  });
});
