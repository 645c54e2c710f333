import { PROVIDER_ENTRIES, type Config, type ProviderConfig, type ProviderEntry } from '@openclaw/words';
import type { Logger } from '@openclaw/telemetry';
import { AiSdkModel } from './ai-sdk-model.adapter.js';
import type { Candidate } from './attempts.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { systemClock, type Clock } from './clock.js';
import { createLanguageModel } from './create-language-model.js';
import { describeModel, type ModelFacts } from './model-catalogue.js';
import type { ModelClient } from './model-client.types.js';
import { ModelRouter } from './model-router.js';
import { OfflineModel } from './offline-model.js';
import type { ModelTimeouts } from './patience.js';
import { createProviderFetch } from './provider-fetch.js';

export interface CreateModelOptions {
  readonly providers: Config['providers'];
  readonly timeouts: ModelTimeouts;
  readonly logger: Logger;
  /** The system's by default. */
  readonly clock?: Clock;
}

/**
 * The model behind the configuration: every configured provider, with routing, retries, failover and circuit breakers;
 * `builtin/offline` where none is configured. Opens no connection. To apply a new configuration make a new one, then close this.
 */
export function createModel({ providers, timeouts, logger, clock = systemClock }: CreateModelOptions): ModelRouter {
  const http = createProviderFetch(timeouts.connectMs);
  const create = (entry: ProviderEntry, config: ProviderConfig): Candidate => ({
    entry,
    type: config.type,
    client: createClient(entry, config, { providers, timeouts, clock, fetch: http.fetch }),
    breaker: new CircuitBreaker({ failures: providers.breaker.failures, openMs: providers.breaker.open_ms }, () => clock.now()),
    lastError: null,
  });
  const configured = { ...providers, primary: providers.primary ?? { type: 'offline' as const, api_key: '' } };
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
  readonly fetch: typeof globalThis.fetch;
}

function createClient(entry: ProviderEntry, config: ProviderConfig, { providers, timeouts, clock, fetch }: Shared): ModelClient {
  if (config.type === 'offline') return new OfflineModel({ pauseMs: providers.offline_pause_ms, clock });
  if (config.model === undefined) throw new Error(`providers.${entry}.model is missing`); // the loader of the configuration fills it in
  const model = providers.aliases[config.model] ?? config.model;
  const facts = describeModel(config.type, model, providers.models);
  const maxOutputTokens = config.max_tokens ?? (config.type === 'anthropic' ? anthropicLimit(facts) : undefined);
  return new AiSdkModel({
    ...createLanguageModel(config, model, fetch),
    origin: { entry, provider: config.type, model },
    facts,
    timeouts,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  });
}

/**
 * Anthropic wants a limit with each request and refuses it where input and limit together exceed the window: a tenth is what
 * `agent.context` leaves to the reply, and 32,000 leave room for thinking without inviting a book.
 */
function anthropicLimit({ contextTokens }: ModelFacts): number {
  return Math.min(32_000, Math.floor(contextTokens / 10));
}
