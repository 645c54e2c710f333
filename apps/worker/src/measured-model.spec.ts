import { describe, expect, it } from '@jest/globals';
import type { ModelEvent, ModelRequest } from '@openclaw/language-model';
import { type MeasuredCall, WorkerMetrics } from '@openclaw/telemetry';
import type { WorkerModel } from './live-model.js';
import { measureModel } from './measured-model.js';

const REQUEST: ModelRequest = { messages: [], tools: [] };
const FINISH: ModelEvent = {
  type: 'finish',
  reason: 'stop',
  usage: { input: 100, output: 7 },
  cachedInput: 64,
  provider: 'openai',
  model: 'spare',
  costUsd: 0.5,
};

function modelOf(...events: readonly (ModelEvent | Error)[]): WorkerModel {
  return {
    provider: 'openai',
    model: 'main',
    contextTokens: 1000,
    stream: async function* () {
      for (const event of events) {
        if (event instanceof Error) throw event;
        yield event;
      }
    },
    health: () => [],
    close: () => Promise.resolve(),
  };
}

async function read(model: WorkerModel, max = 10): Promise<MeasuredCall[]> {
  const calls: MeasuredCall[] = [];
  let count = 0;
  for await (const event of measureModel(model, (call) => calls.push(call)).stream(REQUEST, new AbortController().signal)) {
    expect(event).toBeDefined();
    count += 1;
    if (count >= max) break;
  }
  return calls;
}

describe('measureModel', () => {
  it('tells of a reply by who gave it, with what the provider found in its cache', async () => {
    const [call, ...others] = await read(modelOf({ type: 'text', text: 'hello' }, FINISH));
    expect(call).toMatchObject({
      model: 'openai/spare',
      outcome: 'ok',
      firstMs: expect.any(Number),
      tokens: { input: 100, cached_input: 64, output: 7 },
      costUsd: 0.5,
    });
    expect(others).toEqual([]);
  });

  it('tells of one that fails, before anything was there, and passes the failure on', async () => {
    const calls: MeasuredCall[] = [];
    const reading = async (): Promise<void> => {
      for await (const event of measureModel(modelOf(new Error('refused')), (call) => calls.push(call)).stream(
        REQUEST,
        new AbortController().signal,
      ))
        expect(event).toBeUndefined();
    };
    await expect(reading()).rejects.toThrow('refused');
    expect(calls).toEqual([expect.objectContaining({ model: 'openai/main', outcome: 'failed', firstMs: null })]);
  });

  it('tells of one that nobody waits for any more', async () => {
    expect(await read(modelOf({ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, FINISH), 1)).toEqual([
      expect.objectContaining({ outcome: 'left' }),
    ]);
  });
});

describe('WorkerMetrics', () => {
  const call = (model: string): MeasuredCall => ({
    model,
    outcome: 'ok',
    durationMs: 1200,
    firstMs: 300,
    tokens: { input: 10, cached_input: 4, output: 2 },
    costUsd: null,
  });

  it('row 50: of models and kinds of work so many have a series of their own, and all others one', async () => {
    const metrics = new WorkerMetrics(() => 3);
    for (let number = 0; number < 1000; number += 1) {
      metrics.call(call(`openai/model-${String(number)}`));
      metrics.work(`kind.${String(number)}`, 'done');
    }
    const names = (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith('openclaw_model_tokens_total{') || line.startsWith('openclaw_work_total{'));
    expect(names).toHaveLength((20 + 1) * 3 + 50 + 1);
    expect(names).toContain('openclaw_model_tokens_total{model="other",kind="input"} 9800');
  });

  it('counts what another worker took, prices that are not known, and what is in hand', async () => {
    const metrics = new WorkerMetrics(() => 3);
    metrics.lost();
    metrics.work('conversations.title', 'lost');
    metrics.call(call('a/b'));
    metrics.started(2500);
    metrics.ended('failed', 90_000);
    const text = await metrics.text();
    for (const line of [
      'openclaw_lease_losses_total 2',
      'openclaw_model_unpriced_total{model="a/b"} 1',
      'openclaw_runs_in_hand 3',
      'openclaw_run_wait_seconds_bucket{le="2.5"} 1',
      'openclaw_run_duration_seconds_sum{status="failed"} 90',
      'openclaw_model_first_token_seconds_sum{model="a/b"} 0.3',
    ])
      expect(text).toContain(`${line}\n`);
  });
});
