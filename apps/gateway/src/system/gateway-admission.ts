import type { Admission } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import type { Presence } from '@openclaw/presence';
import type { DependencyMonitor } from './dependency-monitor.js';

/** A message is accepted while Postgres and Redis answer and at least one worker lives. */
export class GatewayAdmission implements Admission {
  readonly queueMax: number;
  readonly #monitor: DependencyMonitor;
  readonly #presence: Presence;

  constructor(queueMax: number, monitor: DependencyMonitor, presence: Presence) {
    this.queueMax = queueMax;
    this.#monitor = monitor;
    this.#presence = presence;
  }

  /** @throws Fault `service_unavailable` that names what is missing */
  async check(): Promise<void> {
    const failing = Object.entries(this.#monitor.checks).find(([, state]) => state === 'failing')?.[0];
    if (failing !== undefined) {
      throw new Fault('service_unavailable', `The gateway cannot reach ${failing}. Try again in a few seconds.`, { details: { dependency: failing } });
    }
    if ((await this.#presence.alive('worker')).length > 0) return;
    throw new Fault('service_unavailable', 'No agent worker is running. Start one with "docker compose up -d worker".', { details: { dependency: 'worker' } });
  }
}
