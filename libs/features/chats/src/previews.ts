import type { RunFollower } from '@openclaw/events';
import type { Logger } from '@openclaw/telemetry';
import type { OpenChannel, Preview } from './channel.types.js';
import { deliveryOf, type DeliveriesStore } from './deliveries.store.js';
import type { PumpedRun } from './pump.js';

export interface PreviewsDeps {
  readonly follower: Pick<RunFollower, 'follow'>;
  readonly deliveries: DeliveriesStore;
  readonly logger: Logger;
}

/** Replies that are shown at once, over all chats: each follows its run. */
const SHOWN_MAX = 200;

/**
 * run's events ─► the reply so far ─► the channel's preview, until the delivery takes its place
 *
 * Whatever goes wrong here costs nothing but the sight of it: the delivery says the whole reply.
 */
export class Previews {
  readonly #deps: PreviewsDeps;
  readonly #shown = new Map<string, { readonly preview: Preview; readonly abort: AbortController }>();

  constructor(deps: PreviewsDeps) {
    this.#deps = deps;
  }

  /** Shows the reply of a run that was just accepted, where the channel can. */
  start(channel: OpenChannel | null, { runId, chat, thread, message, caller }: PumpedRun): void {
    if (channel?.preview === undefined || this.#shown.size >= SHOWN_MAX) return;
    const delivery = deliveryOf(runId);
    const abort = new AbortController();
    const preview = channel.preview({ chat, thread, replyTo: message }, (ref) => this.#deps.deliveries.shows(delivery, ref));
    this.#shown.set(delivery, { preview, abort });
    void this.#follow(preview, { runId, caller }, abort.signal).catch((err: unknown) => {
      this.#deps.logger.debug({ err }, 'a reply is not shown while it is made');
    });
  }

  /** No more of it is shown. @returns the message that the reply takes the place of; null for none */
  async end(delivery: string): Promise<string | null> {
    const shown = this.#shown.get(delivery);
    if (!shown) return null;
    this.#shown.delete(delivery);
    shown.abort.abort();
    return shown.preview.end();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#shown.keys()].map((delivery) => this.end(delivery)));
  }

  async #follow(preview: Preview, { runId, caller }: Pick<PumpedRun, 'runId' | 'caller'>, signal: AbortSignal): Promise<void> {
    let text = '';
    for await (const event of this.#deps.follower.follow(caller, runId, { afterSeq: 0, fresh: true, signal })) {
      if (event.type === 'restart') text = '';
      if (event.type === 'token') text += event.content;
      if (event.type === 'token') preview.show(text);
    }
  }
}
