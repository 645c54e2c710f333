import { randomUUID } from 'node:crypto';
import type { QuestionVector } from '@openclaw/feature';
import type { Redis } from '@openclaw/redis';
import { z } from 'zod';
import type { QuestionSource } from './limited-questions.js';

/** Questions that wait for a worker; the oldest go first, nobody waits for them any more. */
const WAITING_MAX = 16;
/** Longer than anybody waits. */
const FORGOTTEN_MS = 300;

/** Where questions and their vectors go. */
export function questionKeys(prefix: string): { readonly asked: string; answers: (gateway: string) => string } {
  return { asked: `${prefix}:questions`, answers: (gateway) => `${prefix}:vectors:${gateway}` };
}

export const askedSchema = z.object({ id: z.string(), to: z.string(), question: z.string() });
/** Without a vector: there is none. */
export const answeredSchema = z.object({ id: z.string(), embedder: z.string().optional(), numbers: z.base64().optional() });

interface Waiting {
  readonly resolve: (vector: QuestionVector) => void;
  readonly reject: (reason: Error) => void;
}

export interface AskWorkersOptions {
  readonly redis: Redis;
  /** A `blocking` connection of its own. */
  readonly connect: () => Redis;
  readonly prefix: string;
  readonly provider: () => string | null;
}

/**
 * gateway: question ─► list ─► whichever worker takes it first ─► embedder ─► channel of this gateway ─► vector
 *
 * A gateway has no key of an embedder and no way to one. A question or its vector may be lost: then the search goes by words.
 */
export class AskWorkers implements QuestionSource {
  readonly #options: AskWorkersOptions;
  readonly #id = randomUUID();
  readonly #waiting = new Map<string, Waiting>();
  readonly #connection: Redis;

  /** Connects and listens, now or when Redis is there. */
  constructor(options: AskWorkersOptions) {
    this.#options = options;
    this.#connection = options.connect();
    this.#connection.on('message', (_channel: string, text: string) => {
      this.#hear(text);
    });
    this.#connection.subscribe(questionKeys(options.prefix).answers(this.#id)).catch(() => undefined); // ended while Redis was away
  }

  get provider(): string | null {
    return this.#options.provider();
  }

  /** Hears no answers any more. */
  disconnect(): void {
    this.#connection.disconnect();
  }

  async vectorOf(question: string, signal: AbortSignal): Promise<QuestionVector> {
    const { redis, prefix } = this.#options;
    const { asked } = questionKeys(prefix);
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<QuestionVector>();
    signal.addEventListener(
      'abort',
      () => {
        this.#waiting.delete(id);
        reject(new Error('nobody waits any more'));
      },
      { once: true },
    );
    this.#waiting.set(id, { resolve, reject });
    const text = JSON.stringify({ id, to: this.#id, question });
    await Promise.all([redis.rpush(asked, text), redis.ltrim(asked, -WAITING_MAX, -1), redis.pexpire(asked, FORGOTTEN_MS)]).catch(reject);
    return promise;
  }

  #hear(text: string): void {
    const { data } = answeredSchema.safeParse(parse(text));
    const waiting = data && this.#waiting.get(data.id);
    if (!waiting) return;
    this.#waiting.delete(data.id);
    const numbers = toNumbers(data.numbers ?? '');
    if (data.embedder === undefined || numbers.length === 0) waiting.reject(new Error('the workers have none'));
    else waiting.resolve({ embedder: data.embedder, numbers });
  }
}

function toNumbers(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}

/** What another version of us may have written. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}
