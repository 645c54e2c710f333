import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idToUuid, type MessageId } from '@openclaw/words';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { RunStage } from '../../../../test/support/run-stage.js';

describe('StatisticsStore', () => {
  let services: TestServices;
  let stage: RunStage;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new RunStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    await services.sql('DELETE FROM conversations');
    await services.sql('DELETE FROM usage');
  });

  async function replied(latency_ms: number, cost_usd: number | null): Promise<MessageId> {
    const { runId } = await stage.ask('hello');
    await stage.runs.finish(await stage.take(runId), {
      ...{
        status: 'completed' as const,
        content: 'hi',
        outcome: { latency_ms },
        error: null,
        events: '[]',
        finishedAt: new Date(),
        title: null,
        work: [],
      },
      spent: [{ model: 'a/b', requests: 1, input: 10, cachedInput: 0, output: 5, reasoning: 0, costUsd: cost_usd, estimated: false }],
    });
    return runId;
  }

  it('is all zero where nothing happened', async () => {
    expect(await stage.statistics.totals()).toEqual({ runs: 0, averageLatencyMs: 0 });
    expect(await stage.statistics.queue()).toEqual({ waiting: 0, active: 0, failed: 0 });
    expect(await stage.statistics.usageToday('UTC')).toEqual({ messages: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0 });
  });

  it('counts what waits, runs and failed today, and all runs there were', async () => {
    await stage.ask('waits');
    await stage.take((await stage.ask('runs')).runId);
    await stage.finish(await stage.take((await stage.ask('fails')).runId), 'failed');
    await stage.finish(await stage.take((await stage.ask('cancelled')).runId), 'cancelled');
    const old = await stage.ask('failed before');
    await stage.finish(await stage.take(old.runId), 'failed');
    await services.sql(`UPDATE runs SET created_at = now() - interval '25 hours' WHERE id = $1`, [idToUuid(old.runId)]);
    expect(await stage.statistics.queue()).toEqual({ waiting: 1, active: 1, failed: 1 });
    expect((await stage.statistics.totals()).runs).toBe(5);
  });

  it('sums tokens and cost of today’s replies; one reply without a price leaves the sum unknown', async () => {
    await replied(100, 0.25);
    await replied(300, 0.5);
    expect(await stage.statistics.usageToday('UTC')).toEqual({ messages: 2, input_tokens: 20, output_tokens: 10, cost_usd: 0.75 });
    expect((await stage.statistics.totals()).averageLatencyMs).toBe(200);
    const unpriced = await replied(500, null);
    expect((await stage.statistics.usageToday('UTC')).cost_usd).toBeNull();
    await services.sql(`UPDATE usage SET at = now() - interval '25 hours' WHERE source_id = $1`, [idToUuid(unpriced)]);
    expect((await stage.statistics.usageToday('UTC')).cost_usd).toBe(0.75);
  });

  it('what was spent on a conversation that is deleted was spent today all the same', async () => {
    await replied(100, 0.25);
    await services.sql('DELETE FROM conversations');
    expect(await stage.statistics.usageToday('Asia/Tokyo')).toEqual({ messages: 0, input_tokens: 10, output_tokens: 5, cost_usd: 0.25 });
  });
});
