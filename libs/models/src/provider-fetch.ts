import { Agent, fetch as undiciFetch, Response, type RequestInit } from 'undici';
import { z } from 'zod';
import { mergeDeltas } from './merge-deltas.js';
import { readErrors, statusOf } from './read-error.js';

const BODY_BYTES_MAX = 65_536;
const failureShape = z.object({ error: z.unknown() });

export interface ProviderFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Closes idle connections; those in use finish first. */
  close(): Promise<void>;
}

/**
 * The HTTP client of all providers. Only the connection has a limit of its own here: how long a reply may take is the caller's
 * to say by `signal`, so the client's own limits on headers and body are off.
 *
 * A JSON body with status 200 is an answer to something nobody asked, in practice an error: it is given the status that it names,
 * or 502, so that the provider's own error handling reads it.
 */
export function createProviderFetch(connectMs: number): ProviderFetch {
  const agent = new Agent({ connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 });
  const fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const response = await undiciFetch(url, { ...init, dispatcher: agent });
    const type = response.headers.get('content-type') ?? '';
    if (!response.ok || response.body === null) return response;
    if (/event-stream/i.test(type)) return new Response(ReadableStream.from(mergeDeltas(response.body)), { headers: [...response.headers] });
    if (!/\bjson\b/i.test(type)) return response;
    const text = await readBounded(response.body);
    return new Response(text, { status: statusNamedIn(text), headers: [...response.headers] });
  };
  // Node's own fetch is undici's too; the SDK calls it with a URL as a string and plain options, never with a Request.
  return { fetch: fetch as unknown as typeof globalThis.fetch, close: () => agent.close() };
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
