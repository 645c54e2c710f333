import { ConnectionError } from '../errors.js';
import type { ListLogsData, LogGap, LogLine, LogList } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { backoffMs, Deadline, wait } from '../retries.js';
import { readEvents } from '../sse.js';
import { type ApiRequest, eventsIn, isOfNetwork, pathOf, type Transport } from '../transport.js';

/** Which lines. */
export type LogQuery = NonNullable<ListLogsData['query']>;

const FOR_EVER_MS = 2 ** 31 - 1;

/** What every process of the gateway says. Wants the scope `admin`. */
export class Logs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The newest lines, the newest last. */
  async list(query: LogQuery = {}, options?: CallOptions): Promise<LogList> {
    return this.#transport.json({ method: 'GET', path: pathOf('logs'), query: { ...query }, repeatable: true }, options);
  }

  /**
   * The newest lines and whatever comes, over as many connections as it takes; a gap says what was let go of meanwhile. Ends with the loop.
   */
  async *follow(query: LogQuery = {}, options: CallOptions = {}): AsyncGenerator<LogLine | LogGap, void> {
    const deadline = new Deadline(options.timeoutMs ?? FOR_EVER_MS, options.signal);
    let [last, losses]: [string | null, number] = [null, 0];
    try {
      for (;;) {
        for await (const { id, data } of this.#once(query, last, deadline)) {
          losses = 0;
          last = id ?? last;
          yield JSON.parse(data) as LogLine | LogGap; // of the gateway's document
        }
        losses += 1;
        if (losses > this.#transport.settings.maxRetries)
          throw new ConnectionError('The log broke off again and again before its next line.', null);
        await wait(backoffMs(losses), deadline.signal);
      }
    } finally {
      deadline.end();
    }
  }

  /** One connection; one that breaks ends. */
  async *#once(
    query: LogQuery,
    last: string | null,
    deadline: Deadline,
  ): AsyncGenerator<{ readonly id: string | null; readonly data: string }, void> {
    const headers = { accept: 'text/event-stream', ...(last === null ? {} : { 'last-event-id': last }) };
    const request: ApiRequest = { method: 'GET', path: pathOf('logs'), query: { ...query }, headers, repeatable: true };
    const events = readEvents(await this.#transport.within(deadline, request, eventsIn));
    try {
      yield* events;
    } catch (thrown) {
      deadline.signal.throwIfAborted();
      if (!isOfNetwork(thrown)) throw thrown;
    }
  }
}
