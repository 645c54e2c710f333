import { until } from './until.js';

/** An event of `GET /logs` as it came: a line or a gap. */
export interface LogEvent {
  readonly id: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads the log as it comes, until it is closed. */
export interface LogReader {
  readonly events: readonly LogEvent[];
  /** Waits for the first event that is so. */
  find(what: string, wanted: (event: LogEvent) => boolean): Promise<LogEvent>;
  /** Goes away. */
  close(): Promise<void>;
}

interface Asks {
  request(path: string, init?: RequestInit): Promise<Response>;
}

/** @param query of `GET /logs`, with its question mark @param after `Last-Event-ID` */
export async function followLogs(gateway: Asks, query = '', after?: number): Promise<LogReader> {
  const leaving = new AbortController();
  const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': String(after) }) };
  const response = await gateway.request(`/api/v1/logs${query}`, { headers, signal: leaving.signal });
  if (response.status !== 200 || !response.body) throw new Error(`status ${String(response.status)}: ${await response.text()}`);
  const events: LogEvent[] = [];
  const reading = read(response.body, events).catch((thrown: unknown) => {
    if (!leaving.signal.aborted) throw thrown;
  });
  return {
    events,
    find: (what, wanted) => until(what, () => events.find(wanted)),
    close: async () => {
      leaving.abort();
      await reading;
    },
  };
}

async function read(body: ReadableStream<Uint8Array>, events: LogEvent[]): Promise<void> {
  let rest = '';
  // lib.dom's stream and Node's are one
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks.filter((each) => !each.startsWith(':'))) events.push(parse(block));
  }
}

function parse(block: string): LogEvent {
  const match = /^id: (\d+)\ndata: ([^\n]*)$/.exec(block);
  if (!match) throw new Error(`not an event: ${block}`);
  return { id: Number(match[1]), data: JSON.parse(match[2] ?? '') as LogEvent['data'] }; // an object, as each test goes on to see
}
