import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isTerminal, type Reply, type RunEvent } from '@openclaw/words';
import { type ModelServer, replyTo, startModelServer } from '../support/model-server.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem, type TestProcess } from '../support/processes.js';
import { readEvents } from '../support/read-events.js';
import { until } from '../support/until.js';

const CLIENTS = 8;
/** A stopping worker gives its runs 1 s, then hands them back. */
const SHUTDOWN_MS = 6000;
/** Answered only when everything is replaced: whoever has it hands it back. */
const LONG_QUESTION = 'hold until all are replaced';
/** Longer than all the replacing takes on a slow machine. */
const FIRST_TOKEN_MS = 240_000;

describe('two gateways and two workers replaced one by one under load', () => {
  let model: ModelServer;
  let system: ProcessSystem;
  let gateways: GatewayProcess[];
  let codes: (number | null)[];
  let replies: ReadonlyMap<string, Reply>;
  let stream: { events: RunEvent[]; connections: number };

  beforeAll(async () => {
    model = await startModelServer();
    system = await createProcessSystem({
      ...model.env,
      OPENCLAW_WORKER__SHUTDOWN_MS: String(SHUTDOWN_MS),
      OPENCLAW_WORKER__ATTEMPTS_MAX: '1',
      OPENCLAW_AGENT__FIRST_TOKEN_TIMEOUT_MS: String(FIRST_TOKEN_MS),
    });
    gateways = await Promise.all([system.startGateway(), system.startGateway()]);
    const workers = await Promise.all([system.startWorker(), system.startWorker()]);
    const streaming = followAcrossGateways();
    const replaced = new AbortController();
    const clients = Promise.all(Array.from({ length: CLIENTS }, (_, client) => keepTalking(client, replaced.signal)));
    codes = [...(await replaceGateways()), ...(await replaceWorkers(workers))];
    replaced.abort();
    model.release();
    replies = new Map((await clients).flat());
    stream = await streaming;
  }, 180_000);
  afterAll(async () => {
    await system.close();
    await model.close();
  });

  it('every process ends by itself with 0', () => {
    expect(codes).toEqual([0, 0, 0, 0]);
  });

  it('every message gets its own reply, and none is made twice', async () => {
    expect(replies.size).toBeGreaterThan(CLIENTS);
    for (const [question, reply] of replies) expect(reply.content).toBe(replyTo(question));
    const rows = await system.services.sql<{ content: string }>(`SELECT content FROM messages WHERE role = 'user' AND content <> $1`, [
      LONG_QUESTION,
    ]);
    expect(rows.map(({ content }) => content).sort()).toEqual([...replies.keys()].sort());
  });

  it('no message ends otherwise than with a reply, and handing back costs no attempt', async () => {
    const rows = await system.services.sql<{ status: string; losses: number }>('SELECT status, losses FROM runs GROUP BY status, losses');
    expect(rows).toEqual([{ status: 'completed', losses: 0 }]);
    const [handedBack] = await system.services.sql<{ attempt: number }>('SELECT max(attempt) AS attempt FROM runs');
    expect(handedBack?.attempt).toBeGreaterThan(1);
  });

  it('a stream resumes at another gateway without gap or repeat', () => {
    const { events, connections } = stream;
    expect(connections).toBeGreaterThan(1);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'end', content: replyTo(LONG_QUESTION) });
    expect(events.some(({ type }) => type === 'restart')).toBe(true);
  });

  async function replaceGateways(): Promise<(number | null)[]> {
    const exits: (number | null)[] = [];
    for (const old of [...gateways]) {
      gateways.push(await system.startGateway());
      old.signal('SIGTERM');
      exits.push(await old.exited);
      gateways = gateways.filter((gateway) => gateway !== old);
    }
    return exits;
  }

  async function replaceWorkers(workers: readonly TestProcess[]): Promise<(number | null)[]> {
    const exits: (number | null)[] = [];
    for (const old of workers) {
      await system.startWorker();
      old.signal('SIGTERM');
      exits.push(await old.exited);
    }
    return exits;
  }

  async function keepTalking(client: number, replaced: AbortSignal): Promise<[string, Reply][]> {
    const answered: [string, Reply][] = [];
    while (!replaced.aborted) {
      const question = `client ${String(client)}, message ${String(answered.length + 1)}`;
      answered.push([question, await askUntilAnswered(question)]);
    }
    return answered;
  }

  /** What a client is told to do: on 503, and where nobody listens, the same again at another gateway under the same key. */
  async function askUntilAnswered(message: string): Promise<Reply> {
    let turn = 0;
    return until(
      `a reply to "${message}"`,
      async () => {
        const response = await anyGateway(turn++)
          .request('/api/v1/message', {
            method: 'POST',
            json: { channel: 'api', message },
            headers: { 'idempotency-key': message.replaceAll(/\W+/g, '-') },
          })
          .catch(() => null);
        if (response?.status === 200) return (await response.json()) as Reply; // the status says so
        if (response) expect(response.status).toBe(503);
        return null;
      },
      60_000,
    );
  }

  /** Reads one run to its end, coming back with Last-Event-ID wherever a gateway still answers. */
  async function followAcrossGateways(): Promise<{ events: RunEvent[]; connections: number }> {
    const events: RunEvent[] = [];
    let connections = 0;
    await until(
      'the end of the stream',
      async () => {
        const gateway = anyGateway(connections);
        const response = await (events[0] ? resume(gateway, events) : begin(gateway)).catch(() => null);
        if (response?.status !== 200) return false;
        connections += 1;
        for await (const event of readEvents(response)) events.push(event);
        return events.some(isTerminal);
      },
      170_000,
    );
    return { events, connections };
  }

  function begin(gateway: GatewayProcess): Promise<Response> {
    return gateway.request('/api/v1/message', {
      method: 'POST',
      json: { channel: 'api', message: LONG_QUESTION },
      headers: { accept: 'text/event-stream' },
    });
  }

  function resume(gateway: GatewayProcess, events: readonly RunEvent[]): Promise<Response> {
    return gateway.request(`/api/v1/message/${String(events[0]?.id)}/events`, { headers: { 'last-event-id': String(events.at(-1)?.seq) } });
  }

  function anyGateway(turn: number): GatewayProcess {
    const gateway = gateways[turn % gateways.length];
    if (!gateway) throw new Error('no gateway runs');
    return gateway;
  }
});
