/**
 * getUpdates(after what was kept) ─► each update read, or logged and passed ─► Inbox, with the mark ─► getUpdates …
 *
 * Protects: an update is told as read only after it is kept; a poll that does not come back is not waited for; finished polls alone say
 * that the channel hears.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ChannelFault, type ChannelHost, type IncomingChat } from '@openclaw/chats';
import { type Api, GrammyError } from 'grammy';
import { grammySignal } from './grammy-signal.js';
import { ALLOWED_UPDATES, type Bot, idOf, readUpdate } from './read-update.js';
import { toFault } from './to-fault.js';

/** How long things may take. */
export interface PollTiming {
  /** For how long Telegram may keep a poll open. */
  readonly pollSeconds: number;
  /** After which the connection counts as dead: more than a poll takes. */
  readonly stallMs: number;
}

/** Longer than the poll of whoever else polls with this token. */
const CONFLICT_REST_MS = 40_000;
const UPDATES_MAX = 100;
const CONFLICT =
  'Another program asks Telegram for the messages of this bot, and each message reaches only one of you. Stop it, or give it another bot’s token; tried again in 40 seconds.';
const STALLED = 'Telegram stopped answering in the middle; a new connection is opened.';

/** Asks for updates, until it is told to stop. */
export class Poller {
  readonly #api: Api;
  readonly #bot: Bot;
  readonly #host: ChannelHost;
  readonly #timing: PollTiming;
  #after: number;
  #isConnected = false;

  constructor(api: Api, bot: Bot, host: ChannelHost, timing: PollTiming) {
    this.#api = api;
    this.#bot = bot;
    this.#host = host;
    this.#timing = timing;
    this.#after = host.cursor === null ? 0 : Number(host.cursor);
  }

  /** @param details told once it hears @throws ChannelFault */
  async poll(details: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const updates = await this.#ask(signal);
      if (updates === null) continue;
      if (!this.#isConnected) await this.#host.connected(details);
      this.#isConnected = true;
      if (updates.length > 0) await this.#take(updates);
    }
  }

  /** The first poll comes back at once: then it is known whether anybody else polls. @returns null where it is to be asked again */
  async #ask(signal: AbortSignal): Promise<readonly unknown[] | null> {
    const stalled = AbortSignal.timeout(this.#timing.stallMs);
    const timeout = this.#isConnected ? this.#timing.pollSeconds : 0;
    const asked = { offset: this.#after + 1, limit: UPDATES_MAX, timeout, allowed_updates: ALLOWED_UPDATES };
    try {
      return await this.#api.raw.getUpdates(asked, grammySignal(AbortSignal.any([signal, stalled])));
    } catch (thrown) {
      if (signal.aborted) return null;
      if (stalled.aborted) throw new ChannelFault('away', STALLED, { cause: thrown });
      if (thrown instanceof GrammyError && thrown.error_code === 409) return await this.#conflict(thrown);
      const fault = toFault(thrown);
      if (!(fault instanceof ChannelFault) || fault.trouble !== 'rest') throw fault;
      await wait(fault.restMs, null, { signal }).catch(() => undefined); // aborted: the loop ends
      return null;
    }
  }

  /** A webhook that somebody set is taken away, and with it nothing that waits; another program cannot be. */
  async #conflict({ description }: GrammyError): Promise<null> {
    if (!/webhook/i.test(description)) throw new ChannelFault('rest', CONFLICT, { restMs: CONFLICT_REST_MS });
    this.#host.logger.warn('a webhook was set for this bot; it is taken away, so that messages can be asked for');
    await this.#api.deleteWebhook({ drop_pending_updates: false });
    return null;
  }

  /** In the order in which they came; what cannot be read is passed, and never read again. */
  async #take(updates: readonly unknown[]): Promise<void> {
    let said: IncomingChat[] = [];
    for (const update of updates) {
      const read = this.#read(update);
      if (read.kind === 'message') said.push(read.message);
      this.#after = Math.max(this.#after, idOf(update) ?? this.#after);
      if (read.kind !== 'moved') continue;
      await this.#host.receive(said, null);
      said = [];
      await this.#host.moved(read.from, read.to);
    }
    await this.#host.receive(said, String(this.#after));
  }

  #read(update: unknown): ReturnType<typeof readUpdate> {
    try {
      return readUpdate(update, this.#bot);
      // eslint-disable-next-line no-catch-all/no-catch-all -- whatever is wrong with one update, those behind it are read
    } catch (err) {
      this.#host.logger.warn({ err, update: idOf(update) }, 'an update could not be read, and is passed');
      return { kind: 'nothing' };
    }
  }
}
