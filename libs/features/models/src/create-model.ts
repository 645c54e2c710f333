import { PROVIDER_ENTRIES, type Config, type ProviderConfig, type ProviderEntry } from '@openclaw/words';
import { type Logger, Redactor } from '@openclaw/telemetry';
import { CircuitBreaker, NO_PROXIES, type OutgoingProxies } from '@openclaw/net';
import type { Candidate } from './attempts.js';
import { checkProvider, type ProviderReport } from './check-provider.js';
import { systemClock, type Clock } from './clock.js';
import { describeModel, type ModelFacts } from './model-catalogue.js';
import type { ModelClient } from '@openclaw/language-model';
import { ModelRouter } from './model-router.js';
import { OfflineModel } from './offline-model.js';
import type { ModelTimeouts } from './patience.js';
import { createProviderHttp, type ProviderHttp } from './provider-http.client.js';
import { ProviderModel, type ProviderModelOptions } from './provider-model.adapter.js';
import { anthropicWire } from './wires/anthropic-wire.js';
import { chatCompletionsWire } from './wires/chat-completions-wire.js';
import { geminiWire } from './wires/gemini-wire.js';
import { responsesWire } from './wires/responses-wire.js';
import type { Wire } from './wires/wire.types.js';

export interface CreateModelOptions {
  readonly providers: Config['providers'];
  readonly timeouts: ModelTimeouts;
  readonly logger: Logger;
  /** Ways out; none by default. */
  readonly proxies?: OutgoingProxies;
  /** The system's by default. */
  readonly clock?: Clock;
}

/** OpenAI is spoken to by its Responses API; Ollama, as everything without a wire of its own, by Chat Completions. */
const WIRES: Readonly<Record<Exclude<ProviderConfig['type'], 'offline'>, Wire>> = {
  anthropic: anthropicWire,
  openai: responsesWire,
  google: geminiWire,
  ollama: { ...chatCompletionsWire, baseUrl: 'http://127.0.0.1:11434' },
  'openai-compatible': chatCompletionsWire,
};

/**
 * The model behind the configuration: every configured provider, with routing, retries, failover and circuit breakers;
 * `builtin/offline` where none is configured. Opens no connection. To apply a new configuration make a new one, then close this.
 */
export function createModel({ providers, timeouts, logger, proxies = NO_PROXIES, clock = systemClock }: CreateModelOptions): ModelRouter {
  const http = createProviderHttp({ connectMs: timeouts.connectMs, proxies });
  const configured = { ...providers, primary: providers.primary ?? { type: 'offline' as const, api_key: '' } };
  const redactor = new Redactor(PROVIDER_ENTRIES.flatMap((entry) => configured[entry]?.api_key ?? []));
  const create = (entry: ProviderEntry, config: ProviderConfig): Candidate => ({
    entry,
    type: config.type,
    client: createClient(entry, config, { providers, timeouts, clock, http, redactor }),
    breaker: new CircuitBreaker({ failures: providers.breaker.failures, openMs: providers.breaker.open_ms }, () => clock.now()),
    lastError: null,
  });
  const candidates = PROVIDER_ENTRIES.flatMap((entry) => {
    const config = configured[entry];
    return config ? [[entry, create(entry, config)] as const] : [];
  });
  const { attempts, backoff_ms: backoffMs, backoff_max_ms: backoffMaxMs, retry_after_max_ms: retryAfterMaxMs } = providers.retry;
  const policy = { attempts, backoffMs, backoffMaxMs, retryAfterMaxMs };
  return new ModelRouter({ candidates: new Map(candidates), routing: providers.routing, policy, clock, logger, close: () => http.close() });
}

interface Shared {
  readonly providers: Config['providers'];
  readonly timeouts: ModelTimeouts;
  readonly clock: Clock;
  readonly http: ProviderHttp;
  readonly redactor: Redactor;
}

export type ProbeOptions = Pick<CreateModelOptions, 'providers' | 'timeouts' | 'proxies'>;

/**
 * Tries one configured provider, as {@link checkProvider} does, alone and without second tries.
 * @throws Error where that entry is no language model
 */
export async function probeProvider(
  entry: ProviderEntry,
  { providers, timeouts, proxies = NO_PROXIES }: ProbeOptions,
): Promise<ProviderReport> {
  const config = providers[entry];
  if (!config || config.type === 'offline') throw new Error(`providers.${entry} is no language model`);
  const http = createProviderHttp({ connectMs: timeouts.connectMs, proxies });
  const redactor = new Redactor([config.api_key.trim()]);
  // What the configuration says of its abilities is what is to be found out.
  const untold = { ...config, leave_out: undefined, capabilities: { images: true, files: true } };
  const model = createProviderModel(
    entry,
    { ...untold, type: config.type },
    { providers: { ...providers, models: {} }, timeouts, http, redactor },
  );
  try {
    return await checkProvider(model, new AbortController().signal);
  } finally {
    await http.close();
  }
}

function createClient(entry: ProviderEntry, config: ProviderConfig, { clock, ...shared }: Shared): ModelClient {
  if (config.type === 'offline') return new OfflineModel({ pauseMs: shared.providers.offline_pause_ms, clock });
  return createProviderModel(entry, { ...config, type: config.type }, shared);
}

type LanguageModelConfig = ProviderConfig & { readonly type: keyof typeof WIRES };

function createProviderModel(
  entry: ProviderEntry,
  config: LanguageModelConfig,
  { providers, ...shared }: Omit<Shared, 'clock'>,
): ProviderModel {
  if (config.model === undefined) throw new Error(`providers.${entry}.model is missing`); // the loader of the configuration fills it in
  const model = providers.aliases[config.model] ?? config.model;
  const facts = describeModel(config.type, model, providers.models, config.capabilities);
  const wire = WIRES[config.type];
  return new ProviderModel({
    ...shared,
    ...abilities(config),
    wire,
    baseUrl: baseUrlOf(config),
    apiKey: config.api_key.trim(),
    origin: { entry, provider: config.type, model },
    facts,
    thinking: config.thinking ?? null,
    maxOutputTokens: config.max_tokens ?? (config.type === 'anthropic' ? anthropicLimit(facts) : null),
  });
}

/** What the server can do beyond what its model can. */
function abilities({
  capabilities = {},
  leave_out: leaveOut = [],
}: ProviderConfig): Pick<ProviderModelOptions, 'streams' | 'tools' | 'leaveOut'> {
  const { tools = true, streaming: streams = true, usage = true } = capabilities;
  return { tools, streams, leaveOut: usage ? leaveOut : [...leaveOut, 'stream_options'] };
}

function baseUrlOf(config: LanguageModelConfig): string {
  const baseUrl = config.base_url ?? WIRES[config.type].baseUrl;
  return config.type === 'ollama' ? withVersion(baseUrl) : baseUrl;
}

/** Where a provider lists its models, and by which headers it knows who asks; null for none and for the offline responder. */
export function addressOf(
  config: ProviderConfig | undefined,
): { readonly url: string; readonly headers: Readonly<Record<string, string>> } | null {
  if (!config || config.type === 'offline') return null;
  const base = baseUrlOf({ ...config, type: config.type });
  return { url: `${base.replace(/(?<!\/)\/+$/, '')}/models`, headers: WIRES[config.type].headers(config.api_key.trim()) };
}

/** Ollama's address is known without `/v1`, where its OpenAI-compatible API lives. */
function withVersion(baseUrl: string): string {
  const trimmed = baseUrl.replace(/(?<!\/)\/+$/, '');
  return trimmed.endsWith('/v1') ? trimmed : `${trimmed}/v1`;
}

/**
 * Anthropic wants a limit with each request and refuses it where input and limit together exceed the window: a tenth is what
 * `agent.context` leaves to the reply, and 32,000 leave room for thinking without inviting a book.
 */
function anthropicLimit({ contextTokens }: ModelFacts): number {
  return Math.min(32_000, Math.floor(contextTokens / 10));
}
