import type { QuestionVectors } from '@openclaw/feature';
import type { Database } from '@openclaw/db';
import type { OutgoingProxies } from '@openclaw/net';
import type { Redis } from '@openclaw/redis';
import type { Logger } from '@openclaw/telemetry';
import type { Config, EmbedderHealth } from '@openclaw/words';
import { type HandledWork, WorkStore } from '@openclaw/work';
import { AnswerQuestions } from './answer-questions.js';
import { embedEntries, lookForEntries } from './embed-entries.job.js';
import { EmbeddingQueueStore } from './embedding-queue.store.js';
import { EntryEmbedding } from './entry-embedding.js';
import { LimitedQuestions } from './limited-questions.js';
import { LiveEmbedder } from './live-embedder.js';

export interface WorkerEmbeddingsOptions {
  readonly config: () => Config['memory'];
  readonly proxies: OutgoingProxies;
  readonly database: Database;
  readonly redis: Redis;
  /** Opens a `blocking` connection. */
  readonly connect: () => Redis;
  /** First part of every key. */
  readonly prefix: string;
  readonly logger: Logger;
}

/** A worker's side of embeddings. */
export interface WorkerEmbeddings {
  /** Vectors for this worker's own searches. */
  readonly questions: QuestionVectors;
  readonly works: readonly HandledWork[];
  /** Looks for what waits; to be done every few seconds. @returns whether there may be more to do at once */
  readonly chore: () => Promise<boolean>;
  health(): EmbedderHealth;
  /** Takes questions of gateways from now on. */
  start(): void;
  stop(): void;
  /** Closes connections, after the last of the work. */
  close(): Promise<void>;
}

/** Everything a worker needs to embed, put together. */
export function composeEmbeddings({
  config,
  proxies,
  database,
  redis,
  connect,
  prefix,
  logger,
}: WorkerEmbeddingsOptions): WorkerEmbeddings {
  const live = new LiveEmbedder({ config, proxies, logger });
  const queue = new EmbeddingQueueStore(database);
  const questions = new LimitedQuestions(live, { waitMs: () => config().embeddings.question_ms });
  const answers = new AnswerQuestions({ questions, redis, connect, prefix, logger });
  return {
    questions,
    works: [embedEntries(new EntryEmbedding({ store: queue, live, logger }))],
    chore: lookForEntries({ live, queue, work: new WorkStore(database) }),
    health: () => live.health(),
    start: () => {
      answers.start();
    },
    stop: () => {
      answers.stop();
    },
    close: () => live.close(),
  };
}
