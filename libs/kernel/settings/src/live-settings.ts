import { ConfigError, type HiddenVariable, takeLive } from '@openclaw/config';
import type { Logger } from '@openclaw/telemetry';
import type { Config } from '@openclaw/words';
import type { Overlay } from './overlay.store.js';
import type { SettingsState, WrittenSettings } from './settings.js';

export interface LiveSettingsOptions {
  /** What the process starts with. */
  readonly started: Config;
  /** What is written now: defaults, file, environment, overlay. @throws ConfigError with everything that is wrong */
  readonly load: (overlay: Overlay['document']) => Config;
  /** The variables that an overlay hides. */
  readonly hidden: (overlay: Overlay['document']) => HiddenVariable[];
  /** The text of the file: another one is a reason to load. */
  readonly text: () => string;
  readonly logger: Logger;
}

const NONE: Overlay = { revision: '0', document: {} };
/** Half of what a change may take: one look may just have missed it, the next one sees it. */
const LOOK_MS = 1000;

/**
 * every second: file ─ text ─┐
 *               Postgres ─ revision ─┴─ another one ─► load ─┬─ right ─► live keys in force, listeners told, others pending
 *                                                            └─ wrong ─► the last good stays in force, said once
 *
 * Each process looks for itself, so that no notice can be lost; whoever made a change calls {@link refresh} and need not wait.
 */
export class LiveSettings implements WrittenSettings {
  readonly #options: LiveSettingsOptions;
  readonly #listeners = new Set<(now: Config, before: Config) => void>();
  readonly #stateListeners = new Set<() => void>();
  #readOverlay: () => Promise<Overlay> = () => Promise.resolve(this.#overlay);
  #overlay: Overlay = NONE;
  #taken: Overlay = NONE;
  #current: Config;
  #seen: string;
  #state: SettingsState = { revision: '0', pending: [], problem: null, refused: null };
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#current = options.started;
    this.#seen = signatureOf(options.text(), this.#overlay);
  }

  get(): Config {
    return this.#current;
  }

  get state(): SettingsState {
    return this.#state;
  }

  get started(): Config {
    return this.#options.started;
  }

  load(document: Overlay['document']): Config {
    return this.#options.load(document);
  }

  hidden(document: Overlay['document']): HiddenVariable[] {
    return this.#options.hidden(document);
  }

  onState(listener: () => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onChange(listener: (now: Config, before: Config) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks every second from now on. Resolves after the first look. @param overlay where the API's changes are kept */
  async start(overlay: { read(): Promise<Overlay> }): Promise<void> {
    this.#readOverlay = () => overlay.read();
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh(), LOOK_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#looking;
  }

  /**
   * Looks now, and so sees what was written before it was called. Never fails: while Postgres is away the overlay stays as it was last
   * seen.
   */
  async refresh(): Promise<void> {
    if (this.#looking) await this.#looking;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  async #look(): Promise<void> {
    this.#overlay = await this.#readOverlay().catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'settings not looked for in Postgres');
      return this.#overlay;
    });
    const signature = signatureOf(this.#options.text(), this.#overlay);
    if (signature === this.#seen) return;
    this.#seen = signature;
    this.#take();
    for (const listener of this.#stateListeners) listener();
  }

  #take(): void {
    const { started, load, logger } = this.#options;
    try {
      const { config, pending } = takeLive(started, load(this.#overlay.document));
      this.#taken = this.#overlay;
      this.#state = { revision: this.#overlay.revision, pending, problem: null, refused: null };
      logger.info({ revision: this.#overlay.revision, pending }, 'settings taken up');
      this.#put(config);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      this.#state = { ...this.#state, problem: thrown.message, refused: this.#isOverlaysFault() ? this.#overlay.revision : null };
      logger.error({ err: thrown }, 'settings not taken up: the last good ones stay in force');
    }
  }

  /** Where the overlay that was in force until now would not do either, it is the file that is wrong. */
  #isOverlaysFault(): boolean {
    if (this.#overlay.revision === this.#taken.revision) return false;
    try {
      this.#options.load(this.#taken.document);
      return true;
    } catch (thrown) {
      if (thrown instanceof ConfigError) return false;
      throw thrown;
    }
  }

  #put(config: Config): void {
    const before = this.#current;
    this.#current = deepFreeze(config);
    for (const listener of this.#listeners) listener(this.#current, before);
  }
}

function signatureOf(text: string, { revision }: Overlay): string {
  return `${revision}\n${text}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
