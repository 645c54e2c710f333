import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { DeltaMerger } from './merge-deltas.js';
import { readErrors, statusOf } from './read-error.js';

const BODY_BYTES_MAX = 65_536;
const failureShape = z.object({ error: z.unknown() });

export interface ProviderFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Closes idle connections; those in use finish first. */
  close(): Promise<void>;
}

/** What the SDK asks for. */
interface ProviderRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
}

/**
 * The HTTP client of all providers. Only the connection has a limit of its own here: how long a reply may take is the caller's
 * to say by `signal`, so the client's own limits on headers and body are off. Redirects are answers like others: a key goes where
 * the configuration says.
 *
 * A JSON body with status 200 is an answer to something nobody asked, in practice an error: it is given the status that it names,
 * or 502, so that the provider's own error handling reads it.
 */
export function createProviderFetch(connectMs: number): ProviderFetch {
  const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 });
  const fetch = async (url: string, { method = 'GET', headers = {}, body = null, signal }: ProviderRequest): Promise<Response> => {
    const answer = await request(url, { method, headers, body, dispatcher: agent, ...(signal ? { signal } : {}) });
    const status = answer.statusCode;
    const init = { status, headers: Object.entries(answer.headers).flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, each])) };
    const type = String(answer.headers['content-type']);
    if (status === 200 && /event-stream/i.test(type)) return new Response(toMergedStream(answer.body), init);
    const text = await readBounded(answer.body);
    if (status === 200 && /\bjson\b/i.test(type)) return new Response(text, { ...init, status: statusNamedIn(text) });
    return new Response(text === '' ? null : text, init); // some statuses may have no body, not even an empty one
  };
  // Node's own fetch is undici's too; the SDK calls it with a URL as a string and plain options, never with a Request.
  return { fetch: fetch as unknown as typeof globalThis.fetch, close: () => agent.close() };
}

/** The stream that the SDK reads, fed directly: a generator or a second web stream in between costs a fifth of a token. */
function toMergedStream(body: Readable): ReadableStream<Uint8Array> {
  const merger = new DeltaMerger();
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      const send = (part: Uint8Array | null): void => {
        if (part && !body.destroyed) controller.enqueue(part); // what still comes after a cancel is nobody's
      };
      body.on('data', (chunk: Uint8Array) => {
        send(merger.push(chunk));
        if (merger.isEndless) body.destroy(new Error('a frame of the stream does not end'));
        if ((controller.desiredSize ?? 0) <= 0) body.pause();
      });
      body.once('end', () => {
        send(merger.end());
        controller.close();
      });
      body.on('error', (error) => {
        controller.error(error);
      });
    },
    pull: () => {
      body.resume();
    },
    cancel: () => {
      body.destroy();
    },
  });
}

async function readBounded(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > BODY_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function statusNamedIn(text: string): number {
  const parsed = failureShape.safeParse(parseJson(text));
  const [error] = parsed.success ? readErrors(parsed.data.error) : [];
  return (error && statusOf(error)) ?? 502;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
