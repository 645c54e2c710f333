import type { Logger } from '@openclaw/telemetry';

export type DependencyName = 'postgres' | 'redis';
export type DependencyChecks = Readonly<Record<DependencyName, 'ok' | 'failing'>>;

const EVERY_MS = 500;
const TIMEOUT_MS = 1000;

/**
 * Asks Postgres and Redis twice a second for something, so that a request learns at once that one of them does not,
 * instead of finding out by its own timeout. Each change is logged once.
 */
export class DependencyMonitor {
  readonly #pings: Readonly<Record<DependencyName, () => Promise<unknown>>>;
  readonly #logger: Logger;
  readonly #state: Record<DependencyName, 'ok' | 'failing'> = { postgres: 'failing', redis: 'failing' };
  readonly #looking = new Set<DependencyName>();
  #timer: NodeJS.Timeout | null = null;

  constructor(pings: Readonly<Record<DependencyName, () => Promise<unknown>>>, logger: Logger) {
    this.#pings = pings;
    this.#logger = logger;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Its connection closed: known at once, where the next look would be up to half a second too late. Nothing once stopped. */
  lost(name: DependencyName): void {
    if (this.#timer) this.#learn(name, new Error('connection closed'));
  }

  /** Its connection is back: looked at now instead of up to half a second later. Nothing once stopped. */
  found(name: DependencyName): void {
    if (this.#timer) void this.#check(name);
  }

  get checks(): DependencyChecks {
    return { ...this.#state };
  }

  get isHealthy(): boolean {
    return this.#state.postgres === 'ok' && this.#state.redis === 'ok';
  }

  async #look(): Promise<void> {
    await Promise.all([this.#check('postgres'), this.#check('redis')]);
  }

  /** One look at a time: an old one that ends late would contradict what a newer one saw. */
  async #check(name: DependencyName): Promise<void> {
    if (this.#looking.has(name)) return;
    this.#looking.add(name);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(TIMEOUT_MS)} ms`));
    }, TIMEOUT_MS);
    const err: unknown = await Promise.race([this.#pings[name](), late]).then(
      () => null,
      (reason: unknown) => reason,
    );
    clearTimeout(timer);
    this.#looking.delete(name);
    this.#learn(name, err);
  }

  /** @param err null where it answered */
  #learn(name: DependencyName, err: unknown): void {
    const state = err === null ? 'ok' : 'failing';
    if (state !== this.#state[name])
      this.#logger[state === 'ok' ? 'info' : 'warn']({ dependency: name, ...(err === null ? {} : { err }) }, `dependency ${state}`);
    this.#state[name] = state;
  }
}
