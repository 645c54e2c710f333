import { hostname } from 'node:os';
import type { Logger } from '@openclaw/telemetry';
import type { PresenceStore, PresentProcess, ProcessKind } from './presence.store.js';

export interface PresenceOptions {
  readonly store: PresenceStore;
  readonly kind: ProcessKind;
  readonly logger: Logger;
  /** What is in hand now. */
  readonly active: () => number;
  /** What the process has to say of itself. */
  readonly report?: () => object;
}

const BEAT_MS = 2000;
/** An answer about others may be this old: many requests ask, few answers change. */
const CACHE_MS = 1000;

/** This process's sign of life, and its view of the others. */
export class Presence {
  readonly id: string;
  readonly #options: PresenceOptions;
  #timer: NodeJS.Timeout | null = null;
  #cached: { kind: ProcessKind; at: number; alive: Promise<PresentProcess[]> } | null = null;
  #beating: Promise<void> = Promise.resolve();

  /** @param id unique among all processes that ever ran on this database */
  constructor(id: string, options: PresenceOptions) {
    this.id = id;
    this.#options = options;
  }

  /** Resolves after the first sign of life, or when that failed: the next follows in 2 s. */
  async start(): Promise<void> {
    await this.beat();
    this.#timer = setInterval(() => {
      this.#beating = this.beat();
    }, BEAT_MS);
  }

  async beat(): Promise<void> {
    await this.show().catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'no sign of life written');
    });
  }

  /** One sign of life, which is also the proof that Postgres takes what is written. Rejects with what it says. */
  async show(): Promise<void> {
    const { store, kind, active, report } = this.#options;
    await store.beat({ id: this.id, kind, host: hostname(), active: active(), report: report?.() ?? {} });
  }

  /** Says goodbye, so that nobody waits for this process. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#beating;
    await this.#options.store.leave(this.id).catch((err: unknown) => {
      this.#options.logger.debug({ err }, 'no goodbye written');
    });
  }

  /** Those alive, as known at most a second ago. @throws Fault `service_unavailable` */
  async alive(kind: ProcessKind): Promise<PresentProcess[]> {
    const now = performance.now();
    if (this.#cached?.kind !== kind || now - this.#cached.at > CACHE_MS) {
      const alive = this.#options.store.alive(kind);
      this.#cached = { kind, at: now, alive };
      alive.catch(() => {
        this.#cached = null;
      });
    }
    return this.#cached.alive;
  }
}
