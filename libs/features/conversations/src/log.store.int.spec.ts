import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToUuid, type MessageId, newId } from '@openclaw/words';
import { RunStage } from '../../../../test/support/run-stage.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { LogStore } from './log.store.js';
import { GATEWAY } from '../../../../test/support/callers.js';

const PAGE = { firstSeq: 1, lastSeq: 2, events: '[{"seq":1},{"seq":2}]' };

describe('LogStore', () => {
  let services: TestServices;
  let stage: RunStage;
  let logs: LogStore;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
    logs = new LogStore(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });

  async function claimed(): Promise<MessageId> {
    const { runId } = await stage.ask('hello');
    await stage.runs.claim(runId, { workerId: 'worker', leaseMs: 60_000, threadMax: 10 });
    return runId;
  }

  /** The run as it stands when it is over, with that log. */
  async function finished(events: string): Promise<MessageId> {
    const runId = await claimed();
    await services.sql(`UPDATE runs SET status = 'completed', events = $1 WHERE id = $2`, [events, idToUuid(runId)]);
    return runId;
  }

  it('invariant 3: pages are written by the attempt that has the run, each once however often it is written', async () => {
    const runId = await claimed();
    expect(await logs.storePage({ runId, attempt: 1 }, PAGE)).toBe(true);
    expect(await logs.storePage({ runId, attempt: 1 }, PAGE)).toBe(true);
    expect(await logs.storePage({ runId, attempt: 2 }, { ...PAGE, firstSeq: 3, lastSeq: 3 })).toBe(false);
    expect(await logs.storedThrough(runId)).toBe(2);
    await services.sql(`UPDATE runs SET status = 'completed' WHERE id = $1`, [idToUuid(runId)]);
    expect(await logs.storePage({ runId, attempt: 1 }, { ...PAGE, firstSeq: 3, lastSeq: 3 })).toBe(false);
  });

  it('finds the page with an event while the run goes on, and what follows the pages once it is over', async () => {
    const runId = await claimed();
    await logs.storePage({ runId, attempt: 1 }, PAGE);
    expect(await logs.findPage(GATEWAY, runId, 2)).toEqual({ isOver: false, events: PAGE.events });
    expect(await logs.findPage(GATEWAY, runId, 3)).toEqual({ isOver: false, events: '[]' });
    await services.sql(`UPDATE runs SET status = 'completed', events = '[{"seq":3,"type":"end"}]' WHERE id = $1`, [idToUuid(runId)]);
    expect(await logs.findPage(GATEWAY, runId, 1)).toEqual({ isOver: true, events: PAGE.events });
    expect(await logs.findPage(GATEWAY, runId, 3)).toEqual({ isOver: true, events: '[{"seq":3,"type":"end"}]' });
    expect(await logs.findLastEvent(GATEWAY, runId)).toBe('{"seq":3,"type":"end"}');
  });

  it('a long log that was written before there were pages is cut where it is kept, after any event', async () => {
    const events = Array.from({ length: 600 }, (_, index) => ({ seq: index + 1, content: '\u0001'.repeat(1000) }));
    const runId = await finished(JSON.stringify(events));
    for (const from of [1, 250, 600]) {
      const page = await logs.findPage(GATEWAY, runId, from);
      const seqs = (JSON.parse(page?.events ?? '[]') as { seq: number }[]).map(({ seq }) => seq); // written above
      expect(seqs[0]).toBe(from);
      expect(seqs).toHaveLength(Math.min(88, 601 - from));
    }
    expect(await logs.findPage(GATEWAY, runId, 601)).toEqual({ isOver: true, events: '[]' });
  });

  it('knows what does not exist from what has nothing yet', async () => {
    expect(await logs.findPage(GATEWAY, newId('msg'), 1)).toBeUndefined();
    expect(await logs.findLastEvent(GATEWAY, newId('msg'))).toBeUndefined();
    expect(await logs.findLastEvent(GATEWAY, await claimed())).toBeNull();
  });
});
