import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Accepted, type ConversationWithMessages, isTerminal, type RunEvent } from '@openclaw/words';
import { type ModelServer, replyTo, startModelServer } from '../support/model-server.js';
import { createProcessSystem, type GatewayProcess, logged, type ProcessSystem, type TestProcess } from '../support/processes.js';
import { readEvents } from '../support/read-events.js';
import { until } from '../support/until.js';

const CONVERSATIONS = 40;
const MESSAGES_EACH = 5;
/** More streams than one worker takes: of the two that will be lost each has one. */
const STREAMS = 6;
const CONCURRENCY = 5;
/** The worker that stays has room for all that the others lose. */
const CONCURRENCY_OF_SURVIVOR = 30;
/** About 15 s of talking: it outlasts the loss of its worker. */
const LONG_PIECES = 300;
const STOPPED_MS = 20_000;
const STREAM_SILENCE_MS_MAX = 10_000;

interface WatchedStream {
  readonly question: string;
  readonly events: { readonly event: RunEvent; readonly atMs: number }[];
  readonly over: Promise<void>;
}

/**
 * 200 messages, half of them with a tool that has an effect, and a few long streams ─► midway: one worker SIGKILLed, one stopped for
 * 20 s and let go, Redis emptied ─► everything that was accepted is there, once, in order
 */
describe('200 messages over 40 conversations, while workers are lost and Redis is emptied', () => {
  let model: ModelServer;
  let system: ProcessSystem;
  let gateways: readonly [GatewayProcess, GatewayProcess];
  let workers: readonly TestProcess[];
  let streams: readonly WatchedStream[];
  let accepted: readonly Accepted[];
  let chaosAt: number;

  beforeAll(async () => {
    model = await startModelServer();
    system = await createProcessSystem(model.env);
    gateways = await Promise.all([system.startGateway(), system.startGateway()]);
    const concurrency = { OPENCLAW_WORKER__CONCURRENCY: String(CONCURRENCY) };
    workers = await Promise.all([system.startWorker(concurrency), system.startWorker(concurrency)]);
    streams = await openStreams();
    await system.startWorker({ OPENCLAW_WORKER__CONCURRENCY: String(CONCURRENCY_OF_SURVIVOR) });
    const sending = Promise.all(Array.from({ length: CONVERSATIONS }, (_, index) => converse(index)));
    await until(
      'a quarter is answered',
      async () => (await countRuns("status = 'completed'")) >= (CONVERSATIONS * MESSAGES_EACH) / 4,
      30_000,
    );
    await wreakHavoc();
    accepted = (await sending).flat();
    await until('everything is over', async () => (await countRuns("status IN ('queued', 'processing')")) === 0, 60_000);
    await Promise.all(streams.map((stream) => stream.over));
  }, 150_000);
  afterAll(async () => {
    await system.close();
    await model.close();
  });

  it('every accepted message ends in exactly one terminal state, and that is a reply', async () => {
    expect(accepted).toHaveLength(CONVERSATIONS * MESSAGES_EACH);
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(accepted.length);
    expect(await countRuns('true')).toBe(accepted.length + STREAMS);
    expect(await countRuns("status = 'completed'")).toBe(accepted.length + STREAMS);
    const logs = await system.services.sql<{ events: string }>('SELECT events FROM runs');
    for (const { events } of logs) {
      const log = JSON.parse(events) as RunEvent[]; // the product's own column
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      expect(log.filter(isTerminal)).toEqual([log.at(-1)]);
    }
  });

  it('the replies of each conversation are in order, each once, right after its question', async () => {
    const conversations = new Set(accepted.map(({ conversation_id }) => conversation_id));
    expect(conversations.size).toBe(CONVERSATIONS);
    for (const id of conversations) {
      const response = await gateways[0].request(`/api/v1/conversations/${id}`);
      const { messages } = (await response.json()) as ConversationWithMessages; // checked by the contract tests
      const questions = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
      expect(questions.map((question) => question.at(-1))).toEqual(['1', '2', '3', '4', '5']);
      expect(messages.map(({ role, content }) => [role, content])).toEqual(
        questions.flatMap((question) => [
          ['user', question],
          ['assistant', replyTo(question)],
        ]),
      );
    }
  });

  it('a tool call that has an effect has it once', async () => {
    const facts = Array.from({ length: CONVERSATIONS }, (_, index) =>
      questionsOf(index).filter((question) => question.startsWith('remember ')),
    );
    const wanted = facts.flat().map((question) => question.slice('remember '.length));
    expect(wanted).toHaveLength((CONVERSATIONS * MESSAGES_EACH) / 2);
    const rows = await system.services.sql<{ content: string }>(
      "SELECT body AS content FROM memory_entries WHERE kind = 'fact' AND body = ANY($1)",
      [wanted],
    );
    expect(rows.map(({ content }) => content).sort()).toEqual(wanted.sort());
  });

  it('no run starts before the one before it in its conversation has finished', async () => {
    const early = await system.services.sql(`SELECT id FROM (
      SELECT id, started_at, lag(finished_at) OVER (PARTITION BY conversation_id ORDER BY ordinal) AS before FROM runs) lined
      WHERE started_at < before OR started_at IS NULL`);
    expect(early).toEqual([]);
  });

  it('a stream that was open goes on within 10 s on the same connection, without gap or repeat', () => {
    for (const { question, events } of streams) {
      expect(events.map(({ event }) => event.seq)).toEqual(events.map((_, index) => index + 1));
      expect(textSinceRestart(events.map(({ event }) => event))).toBe(replyTo(question));
      expect(events.at(-1)?.event).toMatchObject({ type: 'end', content: replyTo(question) });
      expect(longestSilenceMs([chaosAt, ...events.map(({ atMs }) => atMs).filter((atMs) => atMs > chaosAt)])).toBeLessThan(
        STREAM_SILENCE_MS_MAX,
      );
    }
    const restarted = streams.filter(({ events }) => events.some(({ event }) => event.type === 'restart'));
    expect(restarted.length).toBeGreaterThanOrEqual(2); // one of the killed worker and one of the stopped one
  });

  async function openStreams(): Promise<WatchedStream[]> {
    const opened = await Promise.all(
      Array.from({ length: STREAMS }, (_, index) =>
        openStream(gatewayFor(index), `slowly ${String(LONG_PIECES)}, stream ${String(index)}`),
      ),
    );
    await until('every stream has begun', () => opened.every(({ events }) => events.length > 1));
    return opened;
  }

  /** Kills a worker that has a stream, and stops another one that has a stream too. */
  async function wreakHavoc(): Promise<void> {
    const [killed, stopped] = workers.filter((worker) => streams.some(({ events }) => runsOf(worker).has(events[0]?.event.id)));
    if (!killed || !stopped) throw new Error('one worker has all the streams');
    chaosAt = performance.now();
    killed.signal('SIGKILL');
    stopped.signal('SIGSTOP');
    await system.services.emptyRedis();
    await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
    stopped.signal('SIGCONT');
    await logged(stopped, 'run lost to another worker');
  }

  async function converse(index: number): Promise<Accepted[]> {
    const sent: Accepted[] = [];
    for (const message of questionsOf(index)) {
      const conversation_id = sent[0]?.conversation_id;
      const json = { channel: 'api', message, wait_for_response: false, ...(conversation_id === undefined ? {} : { conversation_id }) };
      sent.push(await send(gatewayFor(index + sent.length), json, `${String(index)}-${String(sent.length)}`));
    }
    return sent;
  }

  /** A refusal is not an acceptance: the client tries again, under the same key. */
  async function send(gateway: GatewayProcess, json: unknown, key: string): Promise<Accepted> {
    return until(
      `message ${key} is accepted`,
      async () => {
        const response = await gateway.request('/api/v1/message', { method: 'POST', json, headers: { 'idempotency-key': key } });
        if (response.status === 202) return (await response.json()) as Accepted; // the status says so
        expect(response.status).toBe(503);
        return null;
      },
      40_000,
    );
  }

  function gatewayFor(index: number): GatewayProcess {
    return gateways[index % 2 === 0 ? 0 : 1];
  }

  async function countRuns(condition: string): Promise<number> {
    const [row] = await system.services.sql<{ count: number }>(`SELECT count(*)::int AS count FROM runs WHERE ${condition}`);
    return row?.count ?? 0;
  }
});

/** Five messages, of which two or three call the tool: half of all. */
function questionsOf(conversation: number): string[] {
  return Array.from({ length: MESSAGES_EACH }, (_, index) => {
    const text = `conversation ${String(conversation)}, message ${String(index + 1)}`;
    return (index + conversation) % 2 === 0 ? `remember ${text}` : text;
  });
}

async function openStream(gateway: GatewayProcess, question: string): Promise<WatchedStream> {
  const response = await gateway.request('/api/v1/message', {
    method: 'POST',
    json: { channel: 'api', message: question },
    headers: { accept: 'text/event-stream' },
  });
  const events: { event: RunEvent; atMs: number }[] = [];
  const over = (async () => {
    for await (const event of readEvents(response)) events.push({ event, atMs: performance.now() });
  })();
  return { question, events, over };
}

function runsOf(worker: TestProcess): ReadonlySet<unknown> {
  return new Set(worker.log.filter(({ message }) => message === 'run started').map((line) => line['message_id']));
}

function textSinceRestart(events: readonly RunEvent[]): string {
  const from = events.findLastIndex(({ type }) => type === 'restart');
  return events
    .slice(from + 1)
    .map((event) => (event.type === 'token' ? event.content : ''))
    .join('');
}

function longestSilenceMs(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}
