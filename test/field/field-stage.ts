import { type ConversationWithMessages, type ErrorBody, errorBodySchema, type Reply, replySchema } from '@openclaw/words';
import type { Logger } from '@openclaw/telemetry';
import { problemsOf } from '../conformance/prompts/strict-rules.fixture.js';
import { repliesJson, streams, WireServer, type Behaviour } from '../conformance/providers/wire-server.fixture.js';
import type { Wire, WirePiece } from '../conformance/providers/wire.types.js';
import { conversation, post, QUICK_STOP } from '../support/api.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

/** A gateway, a worker and a server that plays a provider's wire, the strictest there is: what such a server refuses gets 400. */
export interface FieldStage {
  readonly system: TestSystem;
  readonly gateway: TestGateway;
  readonly server: WireServer;
  /** What was refused, and why. */
  readonly refused: string[];
  /** The bodies of all requests that asked for a reply, in order. */
  replies(): unknown[];
  /** Those that asked for a title or a summary. */
  descriptions(): unknown[];
  /** What the next requests for a reply get; the last stays. A text is a whole reply. */
  say(...answers: readonly (string | Behaviour)[]): void;
  /** What requests for titles and summaries get. */
  describe(text: string): void;
  /** Sends a message and gives the reply. */
  ask(message: string, fields?: Readonly<Record<string, unknown>>): Promise<Reply>;
  /** Sends a message that must fail. */
  fail(message: string, fields?: Readonly<Record<string, unknown>>): Promise<ErrorBody>;
  /** Stops the worker and starts another. */
  restartWorker(): Promise<void>;
  thread(conversationId: string): Promise<ConversationWithMessages>;
  close(): Promise<void>;
}

const DESCRIPTION = /Name this conversation|Summarise this conversation/;

/** @param overrides of the configuration, over a provider `primary` that is the server */
export async function startField(
  wire: Wire,
  overrides: Readonly<Record<string, string>> = {},
  logger?: Logger,
  baseUrl = (origin: string): string => wire.baseUrl(origin),
): Promise<FieldStage> {
  const server = await WireServer.start();
  const system = await createTestSystem({ ...QUICK_STOP, ...providerAt(wire, baseUrl(server.origin)), ...overrides }, logger);
  const gateway = await system.startGateway();
  let worker = await system.startWorker();
  let answers: (string | Behaviour)[] = ['I see.'];
  let description = 'A description';
  const refused: string[] = [];
  server.will((res, req) => {
    const body = server.requests.at(-1)?.body;
    const problems = problemsOf(wire.type, body);
    refused.push(...problems);
    const answer = isDescription(body) ? description : answers.length > 1 ? answers.shift() : answers[0];
    if (problems.length > 0) repliesJson(400, wire.errorBody(400, problems.join('; ')))(res, req);
    else if (typeof answer === 'function') answer(res, req);
    else streams(framesOf(wire, answer ?? ''))(res, req);
  });
  const bodies = (wanted: boolean): unknown[] => server.requests.map(({ body }) => body).filter((body) => isDescription(body) === wanted);
  const send = async (status: number, message: string, fields: object): Promise<unknown> => {
    const response = await post(gateway, { message, ...fields });
    const body: unknown = await response.json();
    if (response.status !== status) throw new Error(`status ${String(response.status)}: ${JSON.stringify(body)}`);
    return body;
  };
  return {
    system,
    gateway,
    server,
    refused,
    replies: () => bodies(false),
    descriptions: () => bodies(true),
    say: (...next) => {
      answers = [...next];
    },
    describe: (text) => {
      description = text;
    },
    ask: async (message, fields = {}) => replySchema.parse(await send(200, message, fields)),
    fail: async (message, { status = 502, ...fields } = {}) => errorBodySchema.parse(await send(Number(status), message, fields)),
    restartWorker: async () => {
      await worker.stop();
      worker = await system.startWorker();
    },
    thread: (id) => conversation(gateway, id),
    close: async () => {
      await system.close();
      await server.stop();
    },
  };
}

/** As {@link startField}, for one test: closed at its end, however that comes. */
export async function withField(
  wire: Wire,
  overrides: Readonly<Record<string, string>>,
  work: (field: FieldStage) => Promise<void>,
): Promise<void> {
  const field = await startField(wire, overrides);
  try {
    await work(field);
  } finally {
    await field.close();
  }
}

/** The frames of a reply that is only text. */
export function framesOf(wire: Wire, text: string, ...more: readonly WirePiece[]): string[] {
  const pieces = [...(text === '' ? [] : [{ text }]), ...more];
  return wire.frames({ pieces, stop: more.some((piece) => 'call' in piece) ? 'tool_calls' : 'stop', usage: { input: 10, output: 5 } });
}

function providerAt(wire: Wire, baseUrl: string): Record<string, string> {
  return {
    OPENCLAW_PROVIDERS__PRIMARY__TYPE: wire.type,
    OPENCLAW_PROVIDERS__PRIMARY__MODEL: wire.model,
    OPENCLAW_PROVIDERS__PRIMARY__API_KEY: 'test-key-0123456789',
    OPENCLAW_PROVIDERS__PRIMARY__BASE_URL: baseUrl,
    OPENCLAW_PROVIDERS__RETRY__BACKOFF_MS: '1',
  };
}

function isDescription(body: unknown): boolean {
  return DESCRIPTION.test(JSON.stringify(body));
}
