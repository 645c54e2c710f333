import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { type Embedder, EmbeddingTrouble, type Purpose, type TroubleKind } from './embedder.types.js';
import { readVectors } from './read-vectors.js';

export interface HttpEmbedderOptions {
  /** See {@link Embedder.name}. */
  readonly name: string;
  /** Up to and with /v1. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The server's name of it. */
  readonly model: string;
  /** Asked of the server and held to; null for what the model gives at first. */
  readonly dimensions: number | null;
  /** Put before each text. */
  readonly prefix: (purpose: Purpose) => string;
  /** Further fields of a request, that this server is known to take. */
  readonly fields?: (purpose: Purpose) => object;
  /** True for our own server, whose refusals hold nothing of the texts and may be shown. */
  readonly isOurs?: boolean;
  /** The client for that address. */
  readonly dispatcherFor: (url: string) => Dispatcher;
}

/** 256 vectors of 3,500 numbers as JSON are under this. */
const ANSWER_BYTES_MAX = 33_554_432;
/** What is said on a text beyond this is not what it is found by: every small model stops reading about here. */
const TEXT_CHARACTERS_MAX = 2000;
/** These say that the server cannot now; all other 4xx that it will not. */
const NOT_NOW = [401, 403, 404, 408, 425, 429];

/**
 * text ─► POST {base}/embeddings ─► vectors
 *
 * Any server that speaks OpenAI's embeddings API. Redirects are refusals: a key goes where the configuration says.
 */
export class HttpEmbedder implements Embedder {
  readonly name: string;
  readonly #options: HttpEmbedderOptions;
  #length: number | null;

  constructor(options: HttpEmbedderOptions) {
    this.name = options.name;
    this.#options = options;
    this.#length = options.dimensions;
  }

  holdTo(dimensions: number): void {
    this.#length = dimensions;
  }

  async embed(texts: readonly string[], purpose: Purpose, signal: AbortSignal): Promise<Float32Array[]> {
    const { model, dimensions, prefix, fields } = this.#options;
    const input = texts.map((text) => prefix(purpose) + text.slice(0, TEXT_CHARACTERS_MAX).toWellFormed());
    const asked = { model, input, ...(dimensions === null ? {} : { dimensions }), ...fields?.(purpose) };
    const vectors = readVectors(await this.#post(JSON.stringify(asked), signal), texts.length, this.#length);
    this.#length ??= vectors[0]?.length ?? null;
    return vectors;
  }

  async #post(body: string, signal: AbortSignal): Promise<unknown> {
    const { baseUrl, apiKey, dispatcherFor } = this.#options;
    const url = `${baseUrl.replace(/(?<!\/)\/+$/, '')}/embeddings`;
    const key = apiKey.trim();
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    };
    try {
      const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: dispatcherFor(url) });
      const text = await readBounded(answer.body);
      if (answer.statusCode < 200 || answer.statusCode > 299) throw this.#refusal(answer.statusCode, text);
      return JSON.parse(text);
    } catch (thrown) {
      throw toTrouble(thrown);
    }
  }

  #refusal(status: number, text: string): EmbeddingTrouble {
    const said = this.#options.isOurs === true ? refusalSchema.safeParse(JSON.parse(text)) : null;
    return new EmbeddingTrouble(kindOf(status), said?.success === true ? said.data.error.message : `it answered ${String(status)}`);
  }
}

const refusalSchema = z.object({ error: z.object({ message: z.string().max(300) }) });

function kindOf(status: number): TroubleKind {
  return status >= 400 && status < 500 && !NOT_NOW.includes(status) ? 'refused' : 'away';
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > ANSWER_BYTES_MAX) throw new EmbeddingTrouble('wrong', 'its answer does not end');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A connection that is open and then breaks is how a server looks that a text has killed. */
const BROKEN = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

function toTrouble(thrown: unknown): EmbeddingTrouble {
  if (thrown instanceof EmbeddingTrouble) return thrown;
  if (thrown instanceof SyntaxError) return new EmbeddingTrouble('wrong', 'its answer is no JSON');
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (BROKEN.includes(code)) return new EmbeddingTrouble('broke', 'the connection broke', { cause: thrown });
  return new EmbeddingTrouble('away', code === '' || code === '23' ? 'it did not answer in time' : `it cannot be reached (${code})`, {
    cause: thrown,
  });
}
