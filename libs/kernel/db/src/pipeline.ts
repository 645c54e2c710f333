import { Socket } from 'node:net';
import { writeTogether } from '@openclaw/wire';
import pg from 'pg';

/** How long a connection may take to say goodbye before it is cut. */
const GOODBYE_MS = 1000;

/** One connection of the pipeline, made when it is first needed and again after it broke. */
interface Lane {
  connecting: Promise<Connected> | null;
  connected: Connected | null;
  /** Statements that were sent and not yet answered. */
  inFlight: number;
}

interface Connected {
  readonly client: pg.Client;
  readonly socket: Socket;
}

/**
 * Statements of many callers on a few connections: each is sent at once and not only when the one before it was answered, and
 * those of one turn of the event loop travel in one write. Each is a transaction of its own and fails alone; only a lost
 * connection takes along all that were on it. For short statements: a slow one would hold up those behind it.
 */
export class Pipeline {
  readonly #config: pg.ClientConfig;
  readonly #lanes: readonly Lane[];
  /** All statements of one turn take the same lane. */
  #turn: Lane | null = null;
  #closed = false;

  constructor(config: pg.ClientConfig, connections: number) {
    this.#config = config;
    this.#lanes = Array.from({ length: connections }, () => ({ connecting: null, connected: null, inFlight: 0 }));
  }

  async query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const lane = this.#pick();
    lane.inFlight += 1;
    try {
      const connected = lane.connected?.socket.writable ? lane.connected : await this.#connect(lane);
      writeTogether(connected.socket);
      return await connected.client.query<Row>(config);
    } finally {
      lane.inFlight -= 1;
    }
  }

  /** Lets what is in flight be answered, for a second at most. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      this.#lanes.map(async (lane) => {
        const connected = lane.connected ?? (await lane.connecting?.catch(() => null));
        if (connected) await sayGoodbye(connected);
      }),
    );
  }

  #pick(): Lane {
    if (!this.#turn) {
      this.#turn = this.#lanes.reduce((least, lane) => (lane.inFlight < least.inFlight ? lane : least));
      setImmediate(() => {
        this.#turn = null;
      });
    }
    return this.#turn;
  }

  async #connect(lane: Lane): Promise<Connected> {
    if (this.#closed) throw new Error('Cannot use a pool after calling end on the pool');
    lane.connecting ??= this.#open(lane).finally(() => {
      lane.connecting = null;
    });
    return lane.connecting;
  }

  async #open(lane: Lane): Promise<Connected> {
    const socket = new Socket();
    const client = new pg.Client({ ...this.#config, pipeline: true, stream: () => socket });
    const connected = { client, socket };
    const forget = (): void => {
      if (lane.connected === connected) lane.connected = null;
    };
    client.on('error', forget); // whoever waits for an answer is told by his own query
    client.on('end', forget);
    await client.connect();
    lane.connected = connected;
    return connected;
  }
}

async function sayGoodbye({ client, socket }: Connected): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
  await client.end().catch(() => undefined); // it is gone already
  clearTimeout(timer);
}
