/**
 * every 2 s: enabled? ─► whose is the channel? ─ ours ─► open under these settings? ─ no ─► open
 *                │ no          │ somebody's: wait                    │ yes: hear ─► Inbox ─► Pump ─► run ─► delivery ─► send
 *                └─► close, let go
 *
 * Protects: one process serves a channel; another takes over within seconds of its silence; a change of the settings is taken up live;
 * what goes wrong on one channel is its own.
 */
import { isDeepStrictEqual } from 'node:util';
import { Unreachable } from '@openclaw/errors';
import type { Bell } from '@openclaw/queue';
import type { Settings } from '@openclaw/settings';
import type { Logger } from '@openclaw/telemetry';
import type { ChannelDefinition, ChannelHost, ConfiguredChannel, OpenChannel } from './channel.types.js';
import type { ChannelFault } from './channel-fault.js';
import { ChannelSession } from './channel-session.js';
import { deliverKind, deliverWork } from './deliver-kinds.js';
import type { DeliveriesStore } from './deliveries.store.js';
import { ChannelLost, type Inbox } from './inbox.js';
import { OPEN_MAX } from './pairings.store.js';
import type { Pump } from './pump.js';
import type { Hold, ServedStatus, StatesStore } from './states.store.js';
import type { WorkStore } from '@openclaw/work';

export interface ChannelServerDeps {
  /** This process. */
  readonly holder: string;
  readonly settings: Settings;
  readonly states: StatesStore;
  readonly deliveries: DeliveriesStore;
  readonly work: WorkStore;
  readonly inbox: Inbox;
  readonly pump: Pump;
  readonly bell: Bell;
  readonly logger: Logger;
}

/** How long a channel belongs to a process that fell silent; with the pause between two looks, another has it within 10 s. */
const LEASE_MS = 8000;
const LOOK_MS = 2000;
const PUMP_MS = 500;
/** Looks between two searches for what nobody was asked to say. */
const LOOKS_PER_REPAIR = 5;
const CROWDED = `${String(OPEN_MAX)} strangers wait to be let in, so nobody new is listed. Look at GET /channels/:type/pairings and refuse whom you do not know.`;

/** Serves one channel, as long as it is this process's. */
export class ChannelServer {
  readonly #definition: ChannelDefinition;
  readonly #deps: ChannelServerDeps;
  readonly #stopping = new AbortController();
  #hold: Hold | null = null;
  #heldUntil = 0;
  #cursor: string | null = null;
  #session: ChannelSession | null = null;
  #lastError: string | null = null;
  #looks = 0;
  #looking: Promise<void> | null = null;
  #pumping: Promise<void> | null = null;
  #timers: NodeJS.Timeout[] = [];
  #stopListening: () => void = () => undefined;

  constructor(definition: ChannelDefinition, deps: ChannelServerDeps) {
    this.#definition = definition;
    this.#deps = deps;
  }

  /** The open connection; null where another process serves the channel, or there is none. */
  get channel(): OpenChannel | null {
    return this.#hold !== null && performance.now() < this.#heldUntil ? (this.#session?.channel ?? null) : null;
  }

  start(): void {
    this.#timers = [setInterval(() => void this.look(), LOOK_MS), setInterval(() => void this.#pump(), PUMP_MS)];
    this.#stopListening = this.#deps.settings.onChange(() => void this.look());
    void this.look();
  }

  /** Lets go of the channel, so that another process need not wait for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#stopListening();
    await this.#looking;
    await this.#pumping;
    await this.#letGo();
  }

  /** Never fails: what could not be done is done at the next look. */
  async look(): Promise<void> {
    if (this.#looking) return this.#looking;
    this.#looking = this.#look()
      .catch((err: unknown) => {
        if (err instanceof Unreachable) this.#deps.logger.debug({ err }, 'channel not looked after');
        else this.#deps.logger.error({ err, channel: this.#definition.type }, 'channel not looked after');
      })
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    if (this.#hold !== null && performance.now() >= this.#heldUntil) await this.#lose();
    const wanted = this.#definition.configured(this.#deps.settings.get());
    if (wanted === null || this.#stopping.signal.aborted) return this.#letGo();
    if (!(await this.#keep())) return this.#lose();
    const failures = failuresBefore(this.#session, wanted);
    if (failures !== null) await this.#open(wanted, failures);
    this.#looks += 1;
    if (this.#looks % LOOKS_PER_REPAIR === 0) await this.#repair();
  }

  /** @returns whether the channel is this process's now */
  async #keep(): Promise<boolean> {
    const { states, holder } = this.#deps;
    const askedAt = performance.now();
    if (this.#hold !== null) {
      if (!(await states.renew(this.#hold, LEASE_MS))) return false;
    } else {
      const taken = await states.take(this.#definition.type, holder, LEASE_MS);
      if (taken === null) return false;
      this.#hold = taken.hold;
      this.#cursor = taken.cursor;
      this.#deps.logger.info({ channel: this.#definition.type }, 'channel taken');
    }
    this.#heldUntil = askedAt + LEASE_MS;
    return true;
  }

  async #open(wanted: ConfiguredChannel, failures: number): Promise<void> {
    await this.#close();
    const hold = this.#hold;
    if (hold === null) return;
    const session = new ChannelSession(wanted, failures);
    this.#session = session;
    session.start(this.#hostFor(hold), (fault) => this.#ended(hold, fault), this.#deps.logger);
  }

  #hostFor(hold: Hold): ChannelHost {
    const { logger, inbox } = this.#deps;
    const { type } = this.#definition;
    return {
      cursor: this.#cursor,
      receive: async (messages, cursor) => {
        const said = await inbox.receive(hold, messages, cursor).catch(async (thrown: unknown) => {
          if (thrown instanceof ChannelLost) await this.#lose();
          throw thrown;
        });
        this.#cursor = cursor ?? this.#cursor;
        for (const { id, lane } of said) await this.#ring(lane, id);
        if (said.length > 0 && (await inbox.isCrowded(OPEN_MAX))) await this.#tell(hold, 'connected', CROWDED);
        void this.#pump();
      },
      moved: (from, to) => inbox.moved(hold, from, to),
      connected: (details) => this.#tell(hold, 'connected', null, details),
      warn: (lastError) => this.#tell(hold, 'connected', lastError),
      logger: logger.child({ channel: type }),
    };
  }

  async #ended(hold: Hold, fault: ChannelFault): Promise<void> {
    this.#deps.logger.warn({ err: fault, channel: this.#definition.type }, 'channel does not hear');
    await this.#tell(hold, fault.trouble === 'misconfigured' ? 'error' : 'connecting', fault.message);
  }

  /** The next look tells it, where Postgres is away. */
  async #tell(hold: Hold, status: ServedStatus, lastError: string | null, details: object | null = null): Promise<void> {
    if (this.#lastError !== lastError) this.#lastError = lastError;
    await this.#deps.states.tell(hold, status, lastError, details).catch((err: unknown) => {
      this.#deps.logger.debug({ err }, 'the state of a channel was not written');
    });
  }

  async #pump(): Promise<void> {
    if (this.#hold === null || this.#pumping) return;
    this.#pumping = this.#deps.pump
      .pump(this.#stopping.signal)
      .catch((err: unknown) => {
        this.#deps.logger[err instanceof Unreachable ? 'debug' : 'error'](
          { err, channel: this.#definition.type },
          'messages of a channel wait',
        );
      })
      .finally(() => {
        this.#pumping = null;
      });
    await this.#pumping;
  }

  /** What a run's end asked for may be lost with a version that knew no channels, or was cancelled by a gateway. */
  async #repair(): Promise<void> {
    const { deliveries, work } = this.#deps;
    const { type } = this.#definition;
    const forgotten = await deliveries.forgotten(type, deliverKind(type).name);
    await work.enqueue(forgotten.map(({ id, person }) => deliverWork(type, id, person)));
  }

  async #ring(lane: 'channels' | 'background', id: string): Promise<void> {
    await this.#deps.bell.ring(lane, id).catch((err: unknown) => {
      this.#deps.logger.debug({ err }, 'bell not rung; the sweeper will');
    });
  }

  async #letGo(): Promise<void> {
    await this.#close();
    const hold = this.#hold;
    this.#hold = null;
    if (hold) await this.#deps.states.release(hold);
  }

  /** It is somebody else's: nothing more is written. */
  async #lose(): Promise<void> {
    if (this.#hold !== null) this.#deps.logger.warn({ channel: this.#definition.type }, 'channel lost to another process');
    this.#hold = null;
    await this.#close();
  }

  async #close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.stop();
  }
}

/** How often it failed in a row, where it is to be opened now; null where it goes on as it is. */
function failuresBefore(session: ChannelSession | null, wanted: ConfiguredChannel): number | null {
  if (session === null || !isDeepStrictEqual(session.configured.shape, wanted.shape)) return 0;
  return session.end !== null && performance.now() >= session.end.retryAt ? session.failures + 1 : null;
}
