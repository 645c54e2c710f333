import type { ModelEvent, ModelRequest } from '@openclaw/language-model';
import type { MeasuredCall } from '@openclaw/telemetry';
import type { WorkerModel } from './live-model.js';

type Finish = Extract<ModelEvent, { readonly type: 'finish' }>;

/** The same model, of whose requests `tell` hears. */
export function measureModel(model: WorkerModel, tell: (call: MeasuredCall) => void): WorkerModel {
  return {
    provider: model.provider,
    model: model.model,
    contextTokens: model.contextTokens,
    stream: (request, signal) => measured(model, request, signal, tell),
    health: () => model.health(),
    close: () => model.close(),
  };
}

/** Asks `model`, and tells how long that took and what it cost. What it tells by is the configuration's name of who answered. */
async function* measured(
  model: WorkerModel,
  request: ModelRequest,
  signal: AbortSignal,
  tell: (call: MeasuredCall) => void,
): AsyncGenerator<ModelEvent> {
  const startedAt = performance.now();
  const call = { outcome: 'left' as MeasuredCall['outcome'], firstMs: null as number | null, finish: null as Finish | null }; // unless it ends or throws, whoever asked went away
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.type !== 'restart') call.firstMs ??= performance.now() - startedAt;
      if (event.type === 'finish') Object.assign(call, { outcome: 'ok', finish: event });
      yield event;
    }
  } catch (thrown) {
    call.outcome = signal.aborted ? 'left' : 'failed';
    throw thrown;
  } finally {
    const { outcome, firstMs, finish } = call;
    tell({ outcome, firstMs, durationMs: performance.now() - startedAt, ...(finish ? told(finish) : untold(model)) });
  }
}

function told({ provider, model, usage, cachedInput = 0, costUsd }: Finish): Pick<MeasuredCall, 'model' | 'tokens' | 'costUsd'> {
  return { model: `${provider}/${model}`, tokens: { input: usage.input, cached_input: cachedInput, output: usage.output }, costUsd };
}

function untold({ provider, model }: WorkerModel): Pick<MeasuredCall, 'model' | 'tokens' | 'costUsd'> {
  return { model: `${provider}/${model}`, tokens: { input: 0, cached_input: 0, output: 0 }, costUsd: null };
}
