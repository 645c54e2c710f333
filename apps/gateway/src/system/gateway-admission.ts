import type { Admission } from '@openclaw/feature';
import { Fault } from '@openclaw/errors';
import type { Presence } from '@openclaw/presence';
import type { Settings } from '@openclaw/settings';
import type { DependencyMonitor } from './dependency-monitor.js';
import type { StorageWatch } from './storage-watch.js';

/** A message is accepted while Postgres and Redis take what is written, the database has room, and at least one worker lives. */
export class GatewayAdmission implements Admission {
  readonly #settings: Settings;
  readonly #monitor: DependencyMonitor;
  readonly #storage: StorageWatch;
  readonly #presence: Presence;

  constructor(settings: Settings, { monitor, storage }: { monitor: DependencyMonitor; storage: StorageWatch }, presence: Presence) {
    this.#settings = settings;
    this.#monitor = monitor;
    this.#storage = storage;
    this.#presence = presence;
  }

  get queueMax(): number {
    return this.#settings.get().gateway.queue.max_size;
  }

  /** @throws Fault `service_unavailable` that names what is missing */
  async check(): Promise<void> {
    const failing = Object.entries(this.#monitor.checks).find(([, state]) => state === 'failing')?.[0];
    if (failing !== undefined) {
      throw new Fault('service_unavailable', `The gateway cannot write to ${failing}, which is away or full. Try again in a few seconds.`, {
        details: { dependency: failing },
      });
    }
    this.checkRoom();
    if ((await this.#presence.alive('worker')).length > 0) return;
    throw new Fault('service_unavailable', 'No agent worker is running. Start one with "docker compose up -d worker".', {
      details: { dependency: 'worker' },
    });
  }

  checkRoom(): void {
    if (!this.#storage.isFull) return;
    throw new Fault('service_unavailable', 'The database is as large as database.size_max_mb allows. Delete conversations, or raise it.', {
      details: { dependency: 'storage' },
    });
  }
}
