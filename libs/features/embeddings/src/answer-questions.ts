import type { QuestionVectors } from '@openclaw/feature';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import type { z } from 'zod';
import { type answeredSchema, askedSchema, parse, questionKeys } from './ask-workers.js';

export interface AnswerQuestionsOptions {
  readonly questions: QuestionVectors;
  readonly redis: Redis;
  /** A `blocking` connection of its own. */
  readonly connect: () => Redis;
  readonly prefix: string;
  readonly logger: Logger;
}

/** Questions in the embedder's hands at once; it makes one vector after the other. */
const AT_ONCE = 4;
const BLOCK_SECONDS = 5;
const AFTER_OUTAGE_MS = 1000;

/** Gets vectors for the questions of the gateways. Each is taken by one worker; where there is none, whoever asks is told at once. */
export class AnswerQuestions {
  readonly #options: AnswerQuestionsOptions;
  readonly #stopping = new AbortController();
  #connection: Redis | null = null;
  #inHand = 0;

  constructor(options: AnswerQuestionsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#connection = this.#options.connect();
    void this.#take(this.#connection);
  }

  stop(): void {
    this.#stopping.abort();
    this.#connection?.disconnect();
  }

  async #take(connection: Redis): Promise<void> {
    const { asked } = questionKeys(this.#options.prefix);
    while (!this.#stopping.signal.aborted) {
      const taken = await connection.blpop(asked, BLOCK_SECONDS).catch(() => 'lost' as const); // the connection logs its outages
      if (taken === 'lost') await this.#pause();
      else if (taken !== null && this.#inHand < AT_ONCE) void this.#answer(taken[1]);
    }
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      resolve(undefined);
    }, AFTER_OUTAGE_MS);
    this.#stopping.signal.addEventListener(
      'abort',
      () => {
        resolve(undefined);
      },
      { once: true },
    );
    await promise;
    clearTimeout(timer);
  }

  async #answer(text: string): Promise<void> {
    const { questions, redis, prefix, logger } = this.#options;
    const { data } = askedSchema.safeParse(parse(text));
    if (!data) return;
    this.#inHand += 1;
    const vector = await questions.ask(data.question);
    this.#inHand -= 1;
    const answer: z.input<typeof answeredSchema> =
      typeof vector === 'string' ? { id: data.id } : { id: data.id, embedder: vector.embedder, numbers: toBase64(vector.numbers) };
    await redis.publish(questionKeys(prefix).answers(data.to), JSON.stringify(answer)).catch((err: unknown) => {
      logger.debug({ err }, 'the vector of a question found no way back');
    });
  }
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
