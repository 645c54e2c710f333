import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunEvent, RunEventDraft } from '@openclaw/words';
import { Fault, Unreachable } from '@openclaw/errors';
import { END, EventStage, seqs, seqsOf, START, token } from '../../../../test/support/event-stage.js';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { GATEWAY } from '../../../../test/support/callers.js';

describe('RunFollower', () => {
  let services: TestServices;
  let stage: EventStage;

  beforeAll(async () => {
    services = await createTestServices();
  });
  afterAll(() => services.close());
  beforeEach(async () => {
    stage = new EventStage(services);
    await stage.live.start();
  });
  afterEach(() => stage.stop());

  it('invariant 5: resumed after any n, while it runs and when it is over, a reader misses nothing and repeats nothing', async () => {
    const log = stage.log();
    log.append(START);
    for (let n = 0; n < 18; n += 1) log.append(token(String(n)));
    await until('19 events', async () => (await stage.published()) === 19);
    const during = Array.from({ length: 20 }, (_, afterSeq) => stage.reader(afterSeq));
    await stage.finish(log);
    const after = Array.from({ length: 20 }, (_, afterSeq) => stage.reader(afterSeq));
    await services.emptyRedis();
    const archived = Array.from({ length: 20 }, (_, afterSeq) => stage.reader(afterSeq));
    for (const readers of [during, after, archived]) {
      await Promise.all(readers.map((reader) => reader.done));
      readers.forEach((reader, afterSeq) => {
        expect(seqsOf(reader.events)).toEqual(seqs(afterSeq + 1, 20));
      });
    }
  });

  it('beyond the end of a finished run there is nothing, at once', async () => {
    const log = stage.log();
    await stage.finish(log);
    const reader = stage.reader(99);
    await reader.done;
    expect(reader.events).toEqual([]);
  });

  it('invariant 12: Redis emptied at any moment, the writer alive: no gap and no repeat at any position', async () => {
    const random = seededRandom(20_261_122);
    const log = stage.log();
    const readers = [stage.reader(0, true)];
    const positions = [0];
    log.append(START);
    for (let n = 0; n < 400; n += 1) {
      const dice = random();
      if (dice < 0.8) log.append(token(String(n)));
      else if (dice < 0.85) await services.emptyRedis();
      else if (dice < 0.9) log.verify();
      else if (dice < 0.95) await stage.published();
      else {
        const known = readers[0]?.events.length ?? 0;
        positions.push(pickInteger(random, 0, known));
        readers.push(stage.reader(positions.at(-1) ?? 0));
      }
    }
    await stage.finish(log);
    await Promise.all(readers.map((reader) => reader.done));
    readers.forEach((reader, index) => {
      expect(seqsOf(reader.events)).toEqual(seqs((positions[index] ?? 0) + 1, log.seq));
    });
    expect(new Set(readers.map((reader) => JSON.stringify(reader.events.at(-1))))).toHaveProperty('size', 1);
  });

  it('a reader slower than the run reads on from the log: it gets all, and holds no more than a page', async () => {
    const log = stage.log();
    log.append(START);
    const read: RunEvent[] = [];
    const reading = stage.follower.follow(GATEWAY, stage.runId, { afterSeq: 0, fresh: true, signal: new AbortController().signal });
    read.push(...(await take(reading, 1)));
    for (let n = 0; n < 5000; n += 1) log.append(token('x'));
    await until('all of it', async () => (await stage.published()) === 5001);
    await stage.finish(log);
    read.push(...(await take(reading, 10_000)));
    expect(seqsOf(read)).toEqual(seqs(1, 5002));
  });

  it('the firehose is trimmed before a reader was served: it reads on from the log', async () => {
    const reader = stage.reader(0, true);
    const log = stage.log();
    log.append(START);
    await until('start', () => reader.events.length === 1);
    await stage.live.stop();
    for (let n = 0; n < 10; n += 1) log.append(token('x'));
    await stage.finish(log);
    await reader.done;
    expect(seqsOf(reader.events)).toEqual(seqs(1, 12));
  });

  it('Postgres away while the run goes on: an open reader waits it out and sees the end', async () => {
    const asked = Promise.withResolvers<undefined>();
    stage.findLogPage = async () => {
      asked.resolve(undefined);
      return Promise.reject(new Unreachable('postgres', null));
    };
    const reader = stage.reader(0, true);
    await asked.promise;
    const log = stage.log();
    log.append(START);
    log.seal(END);
    await log.publishSealed();
    await reader.done;
    expect(seqsOf(reader.events)).toEqual([1, 2]);
  });

  it('503: a run of which nothing is known cannot be followed while Postgres is away', async () => {
    stage.findLogPage = () => Promise.reject(new Unreachable('postgres', null));
    await expect(stage.reader(0).done).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('404: a run that does not exist, and one that is deleted while it is followed', async () => {
    stage.findLogPage = () => Promise.reject(new Fault('not_found', 'There is no such message.'));
    await expect(stage.reader(0).done).rejects.toMatchObject({ code: 'not_found' });
    await expect(stage.reader(0, true).done).rejects.toMatchObject({ code: 'not_found' });
  });

  it('going away ends the reading in silence and leaves no listener', async () => {
    const reader = stage.reader(0);
    stage.log().append(START);
    await until('start', () => reader.events.length === 1);
    reader.leave();
    await reader.done;
    expect(seqsOf(reader.events)).toEqual([1]);
  });

  it('invariant 16: an event that only a newer version knows is passed on, live, from the log and from the archive', async () => {
    const log = stage.log();
    const live = stage.reader(0, true);
    log.append(START);
    const unknown = { type: 'thought', content: 'hm', weight: 3 } as unknown as RunEventDraft; // what a worker of tomorrow writes
    log.append(unknown);
    await until('both', () => live.events.length === 2);
    const logged = stage.reader(0);
    await stage.finish(log);
    await services.emptyRedis();
    const archived = stage.reader(0);
    for (const reader of [live, logged, archived]) {
      await reader.done;
      expect(reader.events[1]).toEqual({
        type: 'thought',
        content: 'hm',
        weight: 3,
        id: stage.runId,
        conversation_id: stage.conversationId,
        seq: 2,
      });
      expect(seqsOf(reader.events)).toEqual([1, 2, 3]);
    }
  });
});

async function take(events: AsyncGenerator<RunEvent>, count: number): Promise<RunEvent[]> {
  const taken: RunEvent[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
