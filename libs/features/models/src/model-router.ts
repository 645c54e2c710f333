import type { Config, ProviderEntry, ProviderHealth } from '@openclaw/words';
import type { Logger } from '@openclaw/telemetry';
import { Attempts, type Candidate, type RetryPolicy } from './attempts.js';
import type { Clock } from './clock.js';
import type { ModelClient, ModelEvent, ModelRequest, ModelRoute } from '@openclaw/language-model';
import { brokenFault, silentFault } from './upstream-fault.js';

export interface ModelRouterOptions {
  /** In the order of the configuration; the first answers where no route says otherwise. */
  readonly candidates: ReadonlyMap<ProviderEntry, Candidate>;
  readonly routing: Config['providers']['routing'];
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly close: () => Promise<void>;
}

interface Asked {
  readonly candidate: Candidate;
  /** Whether the attempt before has left something that is void now. */
  readonly shown: boolean;
}

interface Question {
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
}

/**
 * route ─► its provider ─► fallback ─► primary        each: attempts with pauses, unless its circuit is open
 *
 * All configured providers as one ModelClient. A failure before anything was said passes unseen; after that the next attempt
 * begins with `restart`. It throws only once every provider of the route has failed.
 */
export class ModelRouter implements ModelClient {
  readonly #options: ModelRouterOptions;

  constructor(options: ModelRouterOptions) {
    this.#options = options;
  }

  get provider(): string {
    return this.forRoute().provider;
  }

  get model(): string {
    return this.forRoute().model;
  }

  get contextTokens(): number {
    return this.forRoute().contextTokens;
  }

  /** The model that a request on that route goes to first. */
  forRoute(route?: ModelRoute): Pick<ModelClient, 'provider' | 'model' | 'contextTokens'> {
    const [candidate] = this.#candidatesFor(route);
    if (!candidate) throw new Error('no provider is configured');
    return candidate.client;
  }

  /** Every configured provider, as this process sees it. */
  health(): ProviderHealth[] {
    return [...this.#options.candidates].map(([name, { type, client, breaker, lastError }]) => {
      return { name, type, model: client.model, state: breaker.state, failures: breaker.failures, last_error: lastError };
    });
  }

  /** Closes idle connections. Requests under way finish. */
  async close(): Promise<void> {
    await this.#options.close();
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const attempts = new Attempts({ ...this.#options, candidates: this.#candidatesFor(request.route) });
    try {
      let asked: Asked | null = { candidate: attempts.first(), shown: false };
      while (asked) asked = yield* this.#ask(asked, attempts, { request, signal });
    } finally {
      attempts.left();
    }
  }

  /** One attempt: its events, and whom to ask next; null once the reply is whole. */
  async *#ask({ candidate, shown }: Asked, attempts: Attempts, { request, signal }: Question): AsyncGenerator<ModelEvent, Asked | null> {
    const { provider, model } = candidate.client;
    if (shown) yield { type: 'restart', provider, model };
    let hasShown = false;
    try {
      for await (const event of candidate.client.stream(request, signal)) {
        if (event.type === 'finish' && event.silent === true && attempts.mayAskAgain())
          throw silentFault({ entry: candidate.entry, provider, model });
        if (event.type === 'finish') attempts.succeeded();
        hasShown ||= event.type !== 'thinking';
        yield event;
        if (event.type === 'finish') return null;
      }
      throw brokenFault({ entry: candidate.entry, provider, model }, 'broke off');
      // eslint-disable-next-line no-catch-all/no-catch-all -- `after` throws on what is no failure of a provider, and at the end of all attempts
    } catch (error) {
      return { candidate: await attempts.after(error, signal), shown: hasShown };
    }
  }

  #candidatesFor(route: ModelRoute = 'general_conversation'): Candidate[] {
    const { candidates, routing } = this.#options;
    const target = routing[route] ?? routing.general_conversation ?? 'primary';
    const chain = new Set<ProviderEntry>([target, routing.fallback ?? 'secondary', 'primary']);
    return [...chain].flatMap((name) => candidates.get(name) ?? []);
  }
}
