import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimedRun } from '@openclaw/conversations';
import type { RunLog } from '@openclaw/events';
import { EventStage, publishedEvents, seqs, seqsOf, START, token } from '../../../../test/support/event-stage.js';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { until } from '../../../../test/support/until.js';
import { earlierEvents } from './earlier-events.js';
import { GATEWAY } from '../../../../test/support/callers.js';

describe('taking over a run', () => {
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

  /** The next attempt's log, as the runner opens it. */
  async function takeOver(): Promise<RunLog> {
    const run: ClaimedRun = {
      runId: stage.runId,
      conversationId: stage.conversationId,
      attempt: (stage.row.attempt += 1),
      channel: 'api',
      include: [],
      caller: GATEWAY,
      createdAt: new Date(),
      claimedAt: new Date(),
      cancelRequested: false,
      losses: 1,
      lossesHere: 1,
      lostAlone: false,
      seqReserved: stage.row.reserved,
      hasEarlier: false,
      summary: null,
      covered: 0,
      thread: [],
    };
    const log = stage.log({
      attempt: run.attempt,
      earlier: earlierEvents(run, 0, await publishedEvents(services, stage.runId), 'test/model'),
      reserved: run.seqReserved,
    });
    log.append({ type: 'restart', attempt: run.attempt });
    return log;
  }

  it.each(Array.from({ length: 8 }, (_, index) => index + 1))(
    'invariants 5 and 12: writers lost and Redis emptied in any order: no reader at any position sees a gap or a repeat (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      let log = stage.log();
      const lost: RunLog[] = [];
      const readers = [{ from: 0, reader: stage.reader(0, true) }];
      log.append(START);
      const say = async (): Promise<void> => {
        for (let n = pickInteger(random, 1, 12); n > 0; n -= 1)
          log.append(token(`${String(log.seq)} of attempt ${String(stage.row.attempt)}`));
      };
      const lose = async (): Promise<void> => {
        lost.push(log);
        log = await takeOver();
      };
      const come = async (): Promise<void> => {
        const from = pickInteger(random, 0, readers[0]?.reader.events.length ?? 0);
        readers.push({ from, reader: stage.reader(from) });
        await stage.published();
      };
      const beat = async (): Promise<void> => {
        for (const old of lost) old.verify();
      };
      const steps = [...Array.from({ length: 12 }, () => say), () => services.emptyRedis(), lose, come, beat];
      for (let step = 0; step < 150; step += 1) await steps[pickInteger(random, 0, steps.length - 1)]?.();
      await stage.finish(log);
      await Promise.all(readers.map(({ reader }) => reader.done));
      for (const { from, reader } of readers) expect(seqsOf(reader.events)).toEqual(seqs(from + 1, log.seq));
      expect(readers.every(({ reader }) => reader.events.at(-1)?.type === 'end')).toBe(true);
    },
  );

  it('continues after what is known, and fills what may have been seen and is not known any more', async () => {
    const first = stage.log();
    first.append(START);
    first.append(token('known'));
    await until('both', async () => (await stage.published()) === 2);
    const second = await takeOver();
    expect(second.seq).toBe(65);
    await until('the restart', async () => (await stage.published()) === 65);
    const events = await publishedEvents(services, stage.runId);
    expect(events.slice(0, 3)).toMatchObject([{ type: 'start' }, { type: 'token', content: 'known' }, { type: 'token', content: '' }]);
    expect(events.at(-1)).toMatchObject({ type: 'restart', attempt: 2, seq: 65 });
  });

  it('the log of a run that nobody had published begins with a start', async () => {
    await services.emptyRedis();
    await takeOver();
    await until('the log', async () => (await stage.published()) === 65);
    expect((await publishedEvents(services, stage.runId))[0]).toMatchObject({ type: 'start', seq: 1 });
  });
});
