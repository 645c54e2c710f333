import type { LanguageModelV4CallOptions, LanguageModelV4FinishReason, LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import type { LanguageModel } from './create-language-model.js';
import { costOf } from './cost-of.js';
import type { ModelFacts } from './model-catalogue.js';
import type { FinishReason, ModelClient, ModelEvent, ModelRequest, ToolCall } from './model-client.types.js';
import { Patience, type ModelTimeouts } from './patience.js';
import { TurnRecorder } from './provider-state.js';
import { toPrompt, toTools } from './to-prompt.js';
import { brokenFault, isConnectTimeout, timeoutFault, toUpstreamFault, type Origin } from './upstream-fault.js';

export interface AiSdkModelOptions extends LanguageModel {
  readonly origin: Origin;
  readonly facts: ModelFacts;
  readonly timeouts: ModelTimeouts;
  /** Most tokens of one reply; the provider's own limit where absent. */
  readonly maxOutputTokens?: number;
}

type FinishPart = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;

/**
 * messages ─► prompt ─► doStream ─► parts ─► text as it comes; calls and finish once the provider says that the turn is whole
 *
 * One provider's model as a ModelClient: one request, no retries. Calls are held back until the end, so a stream that breaks off
 * never leaves half a turn; an error within the stream, an end without a finish and an empty reply are Faults (after results of
 * tools a model may have nothing to add).
 */
export class AiSdkModel implements ModelClient {
  readonly provider: string;
  readonly model: string;
  readonly contextTokens: number;
  readonly #options: AiSdkModelOptions;

  constructor(options: AiSdkModelOptions) {
    this.#options = options;
    this.provider = options.origin.provider;
    this.model = options.origin.model;
    this.contextTokens = options.facts.contextTokens;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    signal.throwIfAborted();
    const patience = new Patience(this.#options.timeouts, signal);
    const turn = new ProviderTurn(this.#options, patience);
    try {
      const { stream } = await this.#options.model.doStream(this.#callOptions(request, patience.signal));
      for await (const part of stream) {
        const text = turn.take(part);
        if (text !== '') yield { type: 'text', text };
      }
      yield* turn.ending(request);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#explain(error, patience);
    } finally {
      patience.end();
    }
  }

  #callOptions(request: ModelRequest, abortSignal: AbortSignal): LanguageModelV4CallOptions {
    const { facts, maxOutputTokens, providerOptions } = this.#options;
    const messages = request.fit?.(request.messages, facts.contextTokens) ?? request.messages;
    const most = Math.min(request.maxOutputTokens ?? Infinity, maxOutputTokens ?? Infinity);
    return {
      prompt: toPrompt(messages, { name: `${this.provider}/${this.model}`, facts, marksCache: this.provider === 'anthropic', offersTools: request.tools.length > 0 }),
      ...(request.tools.length > 0 ? { tools: toTools(request.tools) } : {}),
      ...(most === Infinity ? {} : { maxOutputTokens: most }),
      providerOptions,
      abortSignal,
    };
  }

  #explain(error: unknown, patience: Patience): Error {
    const { origin, timeouts } = this.#options;
    const exceeded = patience.exceeded() ?? (isConnectTimeout(error) ? { tier: 'connect' as const, limit_ms: timeouts.connectMs } : null);
    return exceeded ? timeoutFault(origin, exceeded, error) : toUpstreamFault(error, origin);
  }
}

/** One reply, as far as it has come. */
class ProviderTurn {
  readonly #options: AiSdkModelOptions;
  readonly #patience: Patience;
  readonly #recorder = new TurnRecorder();
  readonly #calls: ToolCall[] = [];
  #saidSomething = false;
  #finish: FinishPart | null = null;

  constructor(options: AiSdkModelOptions, patience: Patience) {
    this.#options = options;
    this.#patience = patience;
  }

  /** The text that the part adds; throws what an error part carries. */
  take(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'text-delta':
        this.#hear(part);
        if (part.delta !== '') this.#saidSomething = true;
        return part.delta;
      case 'text-start':
      case 'reasoning-delta':
        this.#hear(part);
        return '';
      case 'reasoning-start':
        this.#recorder.take(part);
        this.#patience.thinks();
        return '';
      case 'text-end':
      case 'reasoning-end':
        this.#recorder.end(part.id, part.providerMetadata);
        this.#patience.heard();
        return '';
      default:
        return this.#takeRest(part);
    }
  }

  #takeRest(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'tool-input-start':
      case 'tool-input-delta':
        this.#patience.heard();
        break;
      case 'tool-call':
        this.#hear(part);
        if (!part.providerExecuted) this.#calls.push({ callId: part.toolCallId, name: part.toolName, argumentsJson: part.input });
        break;
      case 'finish':
        this.#finish = part;
        break;
      case 'error':
        throw part.error;
      default: // notes on the response, sources, files: nothing that a turn of ours has
    }
    return '';
  }

  /** The calls and the finish; throws where the reply is not whole. */
  *ending(request: ModelRequest): Generator<ModelEvent> {
    const { origin, facts } = this.#options;
    const { finishReason, usage } = this.#wholeFinish();
    const reason = toFinishReason(finishReason.unified, this.#calls.length > 0);
    if (!this.#saidSomething && reason === 'stop' && request.messages.at(-1)?.role !== 'tool') throw brokenFault(origin, 'was empty');
    for (const call of this.#calls) yield { type: 'tool_call', call };
    const state = this.#calls.length > 0 ? this.#recorder.state(`${origin.provider}/${origin.model}`) : undefined;
    yield {
      type: 'finish',
      reason,
      usage: { input: usage.inputTokens.total ?? 0, output: usage.outputTokens.total ?? 0 },
      provider: origin.provider,
      model: origin.model,
      costUsd: costOf(toBilled(usage), facts.price),
      ...(state ? { state } : {}),
    };
  }

  #wholeFinish(): FinishPart {
    const unified = this.#finish?.finishReason.unified ?? 'interrupted';
    if (!this.#finish || unified === 'interrupted' || unified === 'error') throw brokenFault(this.#options.origin, 'broke off');
    return this.#finish;
  }

  #hear(part: LanguageModelV4StreamPart): void {
    this.#recorder.take(part);
    this.#patience.heard();
  }
}

function toFinishReason(unified: LanguageModelV4FinishReason['unified'], hasCalls: boolean): FinishReason {
  switch (unified) {
    case 'length':
      return 'length';
    case 'content-filter':
      return 'content_filter';
    case 'stop':
    case 'tool-calls':
      return hasCalls ? 'tool_calls' : 'stop';
    case 'other':
    case 'error':
    case 'interrupted':
      return hasCalls ? 'tool_calls' : 'other';
  }
}

function toBilled({ inputTokens, outputTokens }: LanguageModelV4Usage): Parameters<typeof costOf>[0] {
  return {
    input: inputTokens.total ?? null,
    cachedInput: inputTokens.cacheRead ?? 0,
    cacheWrite: inputTokens.cacheWrite ?? 0,
    output: outputTokens.total ?? null,
  };
}
