import { OutgoingAgents, type OutgoingAgentsOptions } from '@openclaw/net';
import { type Dispatcher, request } from 'undici';
import { drainBody } from './drain-body.js';
import { inflateBody } from './wires/inflate-body.js';

const REFUSAL_BYTES_MAX = 65_536;

/** A status that is no answer: what came with it, as text. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: string,
  ) {
    super(`status ${String(status)}`);
    this.name = 'HttpRefusal';
  }
}

export interface ProviderRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  readonly signal: AbortSignal;
  /** Any byte of the answer, its head included, is a sign of life. */
  readonly onByte: () => void;
}

/** The HTTP client of all providers. */
export interface ProviderHttp {
  /**
   * The bytes of the reply, without compression. Redirects are refusals like others: a key goes where the configuration says.
   * @throws HttpRefusal for every status but 2xx, and what the connection fails with
   */
  post(request: ProviderRequest): Promise<AsyncIterable<Uint8Array>>;
  /** Closes idle connections; those in use finish first. */
  close(): Promise<void>;
}

/**
 * Only the connection has a limit of its own here: how long a reply may take is the caller's to say by `signal`, so the client's own
 * limits on headers and body are off.
 */
export function createProviderHttp(options: OutgoingAgentsOptions): ProviderHttp {
  const agents = new OutgoingAgents(options);
  return { post: (asked) => post(asked, agents.for(asked.url)), close: () => agents.close() };
}

async function post({ url, headers, body, signal, onByte }: ProviderRequest, dispatcher: Dispatcher): Promise<AsyncIterable<Uint8Array>> {
  const answer = await request(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream, application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    dispatcher,
    signal,
  });
  onByte();
  const encoding = String(answer.headers['content-encoding'] ?? '');
  const bytes = inflateBody(drainBody(answer.body, onByte), encoding);
  if (answer.statusCode >= 200 && answer.statusCode < 300) return bytes;
  throw new HttpRefusal(answer.statusCode, flat(answer.headers), await readBounded(bytes));
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
}

/** What of a refusal can be read; a connection that breaks meanwhile takes nothing from the status. */
async function readBounded(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of bytes) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > REFUSAL_BYTES_MAX) break;
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return Buffer.concat(chunks).subarray(0, REFUSAL_BYTES_MAX).toString('utf8');
}
