import type { Logger } from '@openclaw/telemetry';
import type { ChannelHost, ConfiguredChannel, OpenChannel } from './channel.types.js';
import { ChannelFault } from './channel-fault.js';

/** How a session ended, or that it goes on. */
export interface SessionEnd {
  readonly fault: ChannelFault;
  /** `performance.now()` before which it is not opened again. */
  readonly retryAt: number;
}

const FIRST_RETRY_MS = 1000;
const RETRY_MS_MAX = 60_000;
/** What the owner has to mend is looked at again by and by: he may mend it elsewhere. */
const MISCONFIGURED_RETRY_MS = 300_000;

/** One opening of a channel: from the settings to whatever ends it. */
export class ChannelSession {
  readonly configured: ConfiguredChannel;
  readonly #abort = new AbortController();
  readonly #failures: number;
  #channel: OpenChannel | null = null;
  #end: SessionEnd | null = null;
  #running: Promise<void> = Promise.resolve();

  /** @param failures openings in a row that failed before */
  constructor(configured: ConfiguredChannel, failures: number) {
    this.configured = configured;
    this.#failures = failures;
  }

  /** The open connection; null while there is none. */
  get channel(): OpenChannel | null {
    return this.#end === null ? this.#channel : null;
  }

  /** Why it hears no more; null while it does. */
  get end(): SessionEnd | null {
    return this.#end;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Opens and hears in the background. @param onEnd called where it ends by itself */
  start(host: ChannelHost, onEnd: (fault: ChannelFault) => Promise<void>, logger: Logger): void {
    this.#running = this.#run(host).catch(async (thrown: unknown) => {
      if (this.#abort.signal.aborted) return;
      const fault = toFault(thrown, logger);
      this.#end = { fault, retryAt: performance.now() + this.#pauseAfter(fault) };
      await onEnd(fault);
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await this.#channel?.close();
  }

  async #run(host: ChannelHost): Promise<void> {
    this.#channel = await this.configured.open(host);
    await this.#channel.hear(this.#abort.signal);
  }

  #pauseAfter({ trouble, restMs }: ChannelFault): number {
    if (trouble === 'misconfigured') return MISCONFIGURED_RETRY_MS;
    return Math.max(restMs, Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 10)));
  }
}

function toFault(thrown: unknown, logger: Logger): ChannelFault {
  if (thrown instanceof ChannelFault) return thrown;
  logger.error({ err: thrown }, 'a channel failed unexpectedly');
  return new ChannelFault('away', 'The channel failed; it is opened again. The log says why.', { cause: thrown });
}
