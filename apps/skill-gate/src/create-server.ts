import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  bytesOfRequest,
  FrameReader,
  type Frame,
  type GateTrouble,
  LIMITS,
  type RunRequest,
  runRequestSchema,
  type RunResult,
  splitBody,
  writeFrame,
} from '@openclaw/lanes';
import { type Bundle, BundleCache } from './bundle-cache.js';
import type { EgressProxy } from './egress-proxy.js';
import { type LaneBroker, NotRunError, type Ran } from './lane-broker.js';
import { LaneLostError } from './lane.js';

const BODY_BYTES_MAX = LIMITS.bundleBytes + LIMITS.inputBytes;
/** Of all requests that are in hand together. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
const REQUEST_MS = 30_000;
const CONNECTIONS_MAX = 256;

const STATUSES: Readonly<Record<GateTrouble, number>> = {
  bad_request: 400,
  unauthorized: 401,
  bundle_wanted: 428,
  busy: 503,
  no_lane: 503,
  disabled: 409,
  lane_lost: 502,
};

/** What is told instead of a result. */
class TroubleError extends Error {
  readonly kind: GateTrouble;

  constructor(kind: GateTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface GateParts {
  readonly broker: LaneBroker;
  readonly egress: EgressProxy;
  /** What workers show. */
  readonly password: string;
}

/** The workers' side: `POST /runs`, `GET /lanes`, and the open `GET /health`. */
export function createGateServer(parts: GateParts): Server {
  const runs = new Runs(parts);
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, keepAliveTimeout: REQUEST_MS },
    (request, response) => {
      answer(request, response, runs, parts).catch((thrown: unknown) => {
        refuse(response, thrown);
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, runs: Runs, { broker, password }: GateParts): Promise<void> {
  const asked = `${request.method ?? ''} ${request.url ?? ''}`;
  if (asked === 'GET /health') {
    send(response, 200, { status: 'ok' });
    return;
  }
  if (!isWorker(request.headers.authorization ?? '', password))
    throw new TroubleError('unauthorized', 'The password is not that of the workers.');
  if (asked === 'GET /lanes') send(response, 200, broker.report());
  else if (asked === 'POST /runs') await runs.answer(request, response);
  else throw new TroubleError('bad_request', 'There is no such path.');
}

/** Compared as digests: in constant time, whatever their lengths. */
function isWorker(authorization: string, password: string): boolean {
  const shown = Buffer.from(/^Basic ([A-Za-z0-9+/=]{1,400})$/.exec(authorization)?.[1] ?? '', 'base64').toString('utf8');
  const [given, wanted] = [shown.slice(shown.indexOf(':') + 1), password].map((text) => createHash('sha256').update(text).digest());
  return given !== undefined && wanted !== undefined && timingSafeEqual(given, wanted);
}

class Runs {
  readonly #parts: GateParts;
  readonly #bundles = new BundleCache();
  #heldBytes = 0;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Whoever goes away has the call ended. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = new AbortController();
    response.once('close', () => {
      left.abort();
    });
    const bytes = Number(request.headers['content-length'] ?? BODY_BYTES_MAX);
    if (this.#heldBytes + bytes > HELD_BYTES_MAX) throw new TroubleError('busy', 'Too many calls are in hand.');
    this.#heldBytes += bytes;
    try {
      const frame = await this.#run(await read(request), left.signal);
      if (!response.destroyed)
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': frame.length }).end(frame);
    } finally {
      this.#heldBytes -= bytes;
    }
  }

  async #run({ head, body }: Frame<RunRequest>, signal: AbortSignal): Promise<Buffer> {
    const { bundle, input } = this.#take(head, body);
    const { broker, egress } = this.#parts;
    const opened = head.hosts.length > 0 ? egress.open(head.hosts) : null;
    try {
      const ran = await broker.run({ request: head, bundle, input, token: opened?.token ?? null }, signal);
      return toAnswer(ran, opened?.pass.refused ?? []);
    } finally {
      if (opened) egress.close(opened.token);
    }
  }

  #take({ digest, entry, files }: RunRequest, body: Buffer): { bundle: Bundle; input: Buffer } {
    if (files !== null) {
      const parts = splitBody(
        body,
        files.map(([, size]) => size),
      );
      this.#bundles.keep(digest, new Map(files.map(([name], index) => [name, Buffer.from(parts[index] ?? [])])));
    }
    const bundle = this.#bundles.find(digest);
    if (!bundle) throw new TroubleError('bundle_wanted', 'The files of that skill are not here.');
    if (!bundle.has(entry)) throw new TroubleError('bad_request', 'The entry is none of the skill’s files.');
    return { bundle, input: Buffer.from(body.subarray(bytesOf(files))) };
  }
}

function bytesOf(files: RunRequest['files']): number {
  return (files ?? []).reduce((bytes, [, size]) => bytes + size, 0);
}

function toAnswer({ frame: { head, body }, lane, isGivenUp }: Ran, refused: readonly string[]): Buffer {
  const { id: _, clean, ...told } = head;
  const result: RunResult = { ...told, lane, cost_lane: !clean, given_up: isGivenUp, refused: [...refused] };
  return writeFrame(result, [body]);
}

async function read(request: IncomingMessage): Promise<Frame<RunRequest>> {
  const reader = new FrameReader({
    parse: (line) => runRequestSchema.parse(line),
    bytesOf: bytesOfRequest,
    lineBytesMax: LIMITS.lineBytes,
    bodyBytesMax: BODY_BYTES_MAX,
  });
  try {
    // A request without an encoding gives bytes.
    for await (const piece of request as AsyncIterable<Buffer>) {
      const [frame] = reader.push(piece);
      if (frame) return frame;
    }
  } catch (thrown) {
    throw new TroubleError('bad_request', 'That is no call of a skill.', { cause: thrown });
  }
  throw new TroubleError('bad_request', 'The call is cut short.');
}

function refuse(response: ServerResponse, thrown: unknown): void {
  if (thrown instanceof TroubleError || thrown instanceof NotRunError)
    send(response, STATUSES[thrown.kind], { error: thrown.kind, message: thrown.message });
  else if (thrown instanceof LaneLostError)
    send(response, STATUSES.lane_lost, { error: 'lane_lost', message: 'The lane was lost while the skill ran; it may have had effects.' });
  else response.destroy(); // whoever asked has gone
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(status === 400 ? { connection: 'close' } : {}),
    })
    .end(text);
}
