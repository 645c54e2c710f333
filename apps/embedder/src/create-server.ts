import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { EmbeddingLanes, LaneFullError } from './embedding-lanes.js';
import type { Engine } from './engine.types.js';
import { readRequest } from './read-request.js';

const BODY_BYTES_MAX = 4_194_304;
const REQUEST_MS = 10_000;
const CONNECTIONS_MAX = 64;

type Reply = readonly [status: number, body: object];

/** Who cannot be served says why in this form, which OpenAI's clients know. */
const error = (status: number, message: string, code: string): Reply => [
  status,
  { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code } },
];

/** What answers a request, by method and path. */
type Answers = ReadonlyMap<string, (request: IncomingMessage, left: AbortSignal) => Reply | Promise<Reply>>;

/**
 * `POST /v1/embeddings`, `GET /v1/models` and `GET /health`, on a network where only workers are.
 * @param engine or why there is none: then everything but health says so with a 503, and whoever asks does without
 */
export function createEmbedderServer(engine: Engine | string): Server {
  const answers = typeof engine === 'string' ? withoutEngine(engine) : withEngine(engine);
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    const left = new AbortController();
    response.once('close', () => {
      left.abort();
    });
    answer(answers, request, left.signal).then(
      ([status, body]) => {
        send(response, status, body);
      },
      () => {
        send(response, ...error(500, 'The engine failed at this.', 'engine_failed'));
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

function withoutEngine(reason: string): Answers {
  const unavailable = (): Reply => error(503, reason, 'unavailable');
  return new Map([
    ['GET /health', (): Reply => [200, { status: 'unavailable', reason }]],
    ['GET /v1/models', unavailable],
    ['POST /v1/embeddings', unavailable],
  ]);
}

function withEngine(engine: Engine): Answers {
  const { model } = engine;
  const lanes = new EmbeddingLanes(engine);
  return new Map<string, (request: IncomingMessage, left: AbortSignal) => Reply | Promise<Reply>>([
    ['GET /health', () => [200, { status: 'ok', model }]],
    ['GET /v1/models', () => [200, { object: 'list', data: [{ id: model, object: 'model', created: 0, owned_by: 'openclaw' }] }]],
    ['POST /v1/embeddings', (request, left) => embed(request, engine, lanes, left)],
  ]);
}

async function answer(answers: Answers, request: IncomingMessage, left: AbortSignal): Promise<Reply> {
  const found = answers.get(`${request.method ?? ''} ${request.url?.split('?')[0] ?? ''}`);
  return found ? found(request, left) : error(404, 'There is no such path.', 'not_found');
}

async function embed(request: IncomingMessage, engine: Engine, lanes: EmbeddingLanes, left: AbortSignal): Promise<Reply> {
  const text = await readBody(request);
  if (text === null) return error(413, 'The body is too large.', 'too_large');
  const asked = readRequest(parse(text));
  if (typeof asked === 'string') return error(400, asked, 'bad_request');
  try {
    const vectors = await lanes.embed(asked.texts, asked.lane, left);
    const data = vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asked.isBase64 ? toBase64(vector) : [...vector],
    }));
    return [200, { object: 'list', data, model: engine.model, usage: { prompt_tokens: 0, total_tokens: 0 } }];
  } catch (thrown) {
    if (thrown instanceof LaneFullError) return error(429, 'Too many texts wait.', 'busy');
    throw thrown;
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // A request without an encoding gives bytes.
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (size > 2 * BODY_BYTES_MAX) return null; // who goes on is cut off
  }
  return size > BODY_BYTES_MAX ? null : Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(status === 413 ? { connection: 'close' } : {}),
    })
    .end(text);
}
