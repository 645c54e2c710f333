import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { END, EventStage, START, token } from '../../../../test/support/event-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { appendEvents } from './append-events.js';
import { parseLog, readLog } from './follow-run.js';

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

  const stored = async (): Promise<number[]> => (await readLog(services.redis, stage.keys, stage.runId)).map((event) => event.seq);
  const published = (count: number): Promise<true> => until(`${String(count)} events in Redis`, async () => (await stage.published()) === count);

  it('invariant 5: seq is dense from 1, in the order of appending, through many batches', async () => {
    const log = stage.log();
    log.append(START);
    for (let n = 0; n < 3000; n += 1) log.append(token(String(n)));
    expect(log.seq).toBe(3001);
    await published(3001);
    expect(await stored()).toEqual(Array.from({ length: 3001 }, (_, index) => index + 1));
    const events = await readLog(services.redis, stage.keys, stage.runId);
    expect(events.slice(1).map((event) => (event.type === 'token' ? event.content : ''))).toEqual(Array.from({ length: 3000 }, (_, n) => String(n)));
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
    await log.publishSealed();
    expect(await stored()).toEqual([1, 2, 3]);
  });

  it('once recorded, the end is published though lease and reservation are gone', async () => {
    const log = stage.log({ reserved: 1, mayPublish: () => false });
    log.append(START);
    for (let n = 0; n < 100; n += 1) log.append(token('x'));
    await stage.finish(log);
    expect(await stage.published()).toBe(102);
  });

  it('invariant 3: an attempt that was replaced cannot publish', async () => {
    const old = stage.log({ attempt: 1 });
    old.append(START);
    await published(1);
    const next = stage.log({ attempt: 2, earlier: [JSON.stringify({ ...START, id: stage.runId, seq: 1, conversation_id: stage.conversationId })] });
    next.append({ type: 'restart', attempt: 2 });
    await published(2);
    old.append(token('from the dead'));
    next.append(token('alive'));
    await published(3);
    await old.publishSealed();
    const contents = (await readLog(services.redis, stage.keys, stage.runId)).map((event) => (event.type === 'token' ? event.content : event.type));
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
    const batch = { runId, conversationId, person: 'owner', attempt: 1, firstSeq: 1, events, ttlSeconds: 60 };
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
    expect(await appendEvents(services.redis, keys, { runId, conversationId, person: 'owner', attempt: 1, firstSeq: 5, events: [event], ttlSeconds: 60 })).toBe(0);
    expect(await stage.published()).toBe(0);
  });

  it('invariant 9: what is kept in Redis expires by itself', async () => {
    const log = stage.log();
    log.append(START);
    await stage.finish(log);
    for (const key of [stage.keys.log(stage.runId), stage.keys.fence(stage.runId)]) {
      expect(await services.redis.ttl(key)).toBeGreaterThan(0);
      expect(await services.redis.ttl(key)).toBeLessThanOrEqual(300);
    }
  });
});
