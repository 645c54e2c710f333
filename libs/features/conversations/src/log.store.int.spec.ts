import { readFileSync } from 'node:fs';
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

  it('a long log that was written before there were pages is cut into them by the migration, and read as before', async () => {
    const events = Array.from({ length: 600 }, (_, index) => ({ seq: index + 1, content: '\u0001'.repeat(1000) }));
    const [long, short] = [await finished(JSON.stringify(events)), await finished('[{"seq":1}]')];
    await services.sql(readFileSync('prisma/migrations/20261125201500_cut_long_logs/migration.sql', 'utf8'));
    const read: unknown[] = [];
    while (read.length < 600) {
      const page = await logs.findPage(GATEWAY, long, read.length + 1);
      expect(page?.events.length).toBeLessThan(300_000);
      read.push(...(JSON.parse(page?.events ?? '[]') as unknown[])); // written above
    }
    expect(read).toEqual(events);
    expect(await logs.findLastEvent(GATEWAY, long)).toContain('"seq":600');
    expect(await logs.findPage(GATEWAY, short, 1)).toEqual({ isOver: true, events: '[{"seq":1}]' });
  });

  it('knows what does not exist from what has nothing yet', async () => {
    expect(await logs.findPage(GATEWAY, newId('msg'), 1)).toBeUndefined();
    expect(await logs.findLastEvent(GATEWAY, newId('msg'))).toBeUndefined();
    expect(await logs.findLastEvent(GATEWAY, await claimed())).toBeNull();
  });
});
