import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConversationId, idToUuid, type MessageId, newId } from '@openclaw/words';
import { type Bystander, startBystander } from '../support/bystander.js';
import { memoryOf } from '../support/process-memory.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem } from '../support/processes.js';
import { TestSocket } from '../support/test-socket.js';
import { TEST_TOKEN } from '../support/test-system.js';
import { until } from '../support/until.js';

/** What the container of a gateway may take is 512 MB; what is asserted here leaves a fifth of it. */
const MEMORY_MAX = 400 * 1024 * 1024;
/** How long others may wait; on a machine that is busy with other things, so many times what they wait before. */
const SERVED_WITHIN_MS = 1000;
const BUSY_TIMES = 5;
const QUIET_LOOKS = 200;
const QUESTIONS = 100;
/** The longest message that is taken, each character of which is six bytes of JSON. */
const NASTY = '\u0001'.repeat(99_900);
const LOG_EVENTS = 600;

/** Clients with a right token, who ask for much and read nothing. */
describe('a client that does not read, or does not end what it sends, costs itself and nobody else', () => {
  let system: ProcessSystem;
  let gateway: GatewayProcess;
  let bystander: Bystander;
  let servedWithinMs: number;
  let conversationId: ConversationId;
  let runId: MessageId;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    system = await createProcessSystem({ NODE_OPTIONS: '--max-old-space-size=256' });
    gateway = await system.startGateway();
    await system.startWorker();
    await until('messages are answered', async () => (await send('/time')).ok);
    ({ conversationId, runId } = await fillConversation(system));
    const before = startBystander(bystand);
    await until('it is known how others are served', () => before.count() >= QUIET_LOOKS, 60_000);
    servedWithinMs = Math.max(SERVED_WITHIN_MS, BUSY_TIMES * (await before.leave()).p99Ms);
  }, 180_000);
  afterAll(() => system.close());

  beforeEach(() => {
    bystander = startBystander(bystand);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    const { failures, p99Ms } = await bystander.leave();
    expect([...new Set(failures)]).toEqual([]);
    expect(p99Ms).toBeLessThan(servedWithinMs);
    expect(memoryOf(gateway.pid).most).toBeLessThan(MEMORY_MAX);
    await until('messages are answered', async () => (await send('/time')).ok);
  });

  it('a page of a conversation is a few MB, whatever stands in it, and says that there is more', async () => {
    const seen: string[] = [];
    for (let before = ''; ; before = `&before=${String(seen.at(-1))}`) {
      const response = await served(`/api/v1/conversations/${conversationId}?limit=200${before}`);
      const text = await response.text();
      expect(text.length).toBeLessThan(6_000_000);
      const page = JSON.parse(text) as { messages: { id: string }[]; has_more: boolean }; // the e2e tests check the shape
      seen.push(...page.messages.map(({ id }) => id).toReversed());
      if (!page.has_more) break;
    }
    expect(new Set(seen).size).toBe(2 * QUESTIONS);
    expect(seen).toHaveLength(2 * QUESTIONS);
  });

  it('sixty readers of such pages that never read', async () => {
    for (let reader = 0; reader < 60; reader += 1) await get(`/api/v1/conversations/${conversationId}?limit=200`);
    await untilCut();
  });

  it('a hundred streams of a log of megabytes that nobody reads', async () => {
    for (let reader = 0; reader < 100; reader += 1) await get(`/api/v1/message/${runId}/events`);
    await untilQuiet();
  });

  it('four sockets that resume it 64 times each, and read nothing', async () => {
    const clients = await Promise.all([1, 2, 3, 4].map(() => TestSocket.login(gateway.url)));
    for (const client of clients) {
      client.socket.pause();
      for (let frame = 0; frame < 64; frame += 1) client.send({ type: 'resume', id: runId });
    }
    await untilQuiet();
    const reader = await TestSocket.login(gateway.url);
    reader.send({ type: 'resume', id: runId, after_seq: LOG_EVENTS - 5 });
    await reader.next({ type: 'response' });
    for (const { socket } of [...clients, reader]) socket.terminate();
  });

  it('two hundred frames and bodies of a megabyte that are never completed', async () => {
    const clients: TestSocket[] = [];
    while (clients.length < 100) clients.push(await TestSocket.login(gateway.url));
    for (const client of clients) for (let piece = 0; piece < 16; piece += 1) client.socket.send('x'.repeat(60_000), { fin: false });
    for (let body = 0; body < 100; body += 1) {
      const socket = await open();
      socket.write(
        `POST /api/v1/message HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n${'{"a":"'.padEnd(900_000, 'x')}`,
      );
    }
    await untilCut();
    for (const { socket } of clients) socket.terminate();
  }, 60_000);

  it('readers who do read get all of it meanwhile', async () => {
    for (let reader = 0; reader < 40; reader += 1) await get(`/api/v1/conversations/${conversationId}?limit=200`);
    const response = await served(`/api/v1/message/${runId}/events`);
    const ids = [...(await response.text()).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(Array.from({ length: LOG_EVENTS }, (_, index) => index + 1));
  });

  /**
   * What the gateway does by itself: what a message takes depends on Postgres and a worker, which share the machine with every other test.
   */
  async function bystand(): Promise<void> {
    const response = await gateway.request('/healthz');
    if (!response.ok) throw new Error(`the gateway says ${String(response.status)}`);
    await response.arrayBuffer();
  }

  /** Asked for until Postgres answers in time. */
  async function served(path: string): Promise<Response> {
    return until(path, async () => {
      const response = await gateway.request(path);
      return response.ok && response;
    });
  }

  async function send(message: string): Promise<Response> {
    return gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', message } });
  }

  async function open(): Promise<Socket> {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port) });
    sockets.push(socket.on('error', () => undefined)); // to be cut off is what these tests are about
    await until('connected', () => !socket.connecting);
    return socket;
  }

  /** Asks, and does not read. */
  async function get(path: string): Promise<void> {
    const socket = await open();
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`);
  }

  const cutOff = (): number => gateway.log.filter(({ message }) => message === 'a client that does not read was cut off').length;

  async function untilCut(): Promise<void> {
    const before = cutOff();
    await until('somebody was cut off', () => cutOff() > before, 20_000);
  }

  /** No more memory is taken. */
  async function untilQuiet(): Promise<void> {
    let most = 0;
    await until(
      'the gateway is quiet',
      async () => {
        const before = most;
        for (let asked = 0; asked < 20; asked += 1) await gateway.request('/healthz');
        most = memoryOf(gateway.pid).most;
        return most === before;
      },
      20_000,
    );
  }
});

/** A conversation with the longest questions, and one reply whose log is of megabytes: written as the stores would write them. */
async function fillConversation({ services }: ProcessSystem): Promise<{ conversationId: ConversationId; runId: MessageId }> {
  const conversationId = newId('conv');
  await services.sql(`INSERT INTO conversations (id, channel, message_count) VALUES ($1, 'api', $2)`, [
    idToUuid(conversationId),
    2 * QUESTIONS,
  ]);
  let parent: MessageId | null = null;
  for (let index = 0; index < QUESTIONS; index += 1) {
    const [question, reply]: MessageId[] = [newId('msg'), newId('msg')];
    for (const [id, role, content, above] of [
      [question, 'user', NASTY, parent],
      [reply, 'assistant', 'Seen.', question],
    ] as const) {
      const values = [idToUuid(id ?? newId('msg')), idToUuid(conversationId), above ? idToUuid(above) : null, role, content];
      await services.sql(
        `INSERT INTO messages (id, conversation_id, parent_id, role, content) VALUES ($1, $2, $3, $4::"Role", $5)`,
        values,
      );
    }
    await services.sql(
      `INSERT INTO runs (id, conversation_id, question_id, ordinal, status, attempt, token_id, scopes, request_id, channel, finished_at)
       VALUES ($1, $2, $3, $4, 'completed', 1, 'gateway', '{}', 'test', 'api', now())`,
      [idToUuid(reply ?? newId('msg')), idToUuid(conversationId), idToUuid(question ?? newId('msg')), index + 1],
    );
    parent = reply ?? null;
  }
  const runId = parent ?? newId('msg');
  await services.sql('UPDATE conversations SET head_id = $1 WHERE id = $2', [idToUuid(runId), idToUuid(conversationId)]);
  const log = logOf(runId, conversationId);
  for (let first = 0; first < LOG_EVENTS - 1; first += 25) {
    const page = log.slice(first, Math.min(first + 25, LOG_EVENTS - 1));
    await services.sql('INSERT INTO run_log_pages (run_id, first_seq, last_seq, events) VALUES ($1, $2, $3, $4)', [
      idToUuid(runId),
      first + 1,
      first + page.length,
      JSON.stringify(page),
    ]);
  }
  await services.sql('UPDATE runs SET events = $1 WHERE id = $2', [JSON.stringify(log.slice(-1)), idToUuid(runId)]);
  return { conversationId, runId };
}

function logOf(id: MessageId, conversation_id: ConversationId): object[] {
  const text = 'x'.repeat(10_000);
  const events = Array.from({ length: LOG_EVENTS }, (_, index): object => ({
    type: 'token',
    id,
    seq: index + 1,
    conversation_id,
    content: text,
  }));
  events[0] = { type: 'start', id, seq: 1, conversation_id, attempt: 1, model: 'test/model' };
  events[LOG_EVENTS - 1] = {
    type: 'end',
    id,
    seq: LOG_EVENTS,
    conversation_id,
    content: 'done',
    skills_used: [],
    tokens: { input: 1, output: 1, total: 2 },
    latency_ms: 1,
    model: 'test/model',
    finish_reason: 'stop',
    cost_usd: null,
    created_at: '2026-11-22T00:00:00.000Z',
  };
  return events;
}
