import { z } from 'zod';
import { count, days, durationMs, fraction, integer, secret, section } from './config-fields.js';

const EMBEDDINGS_PROVIDERS = ['bundled', 'openai-compatible', 'off'] as const;

/** The section `memory`; the embedder's key and address are the workers'. */
export const memorySchema = section({
  weights: section({
    relevance: fraction(0.4).describe('What counts in the order of memories: how well one answers'),
    importance: fraction(0.3).describe('What it was worth keeping'),
    recency: fraction(0.2).describe('How new it is; halved every 30 days'),
    frequency: fraction(0.1).describe('How often the agent was shown it'),
  }),
  wal: section({
    max_age_days: days(90).describe(
      'Messages older than this are let go of by memory and stay in their conversations; 0 for never. What is pinned stays',
    ),
  }),
  retention: section({
    task_days: days(30).describe('Tasks go so many days after they were done or replaced; 0 for never'),
    event_days: days(0).describe('Events older than this go; 0 for never'),
    fact_days: days(0).describe('Facts older than this go; 0 for never'),
    preference_days: days(0).describe('Preferences older than this go; 0 for never'),
  }),
  embeddings: section({
    provider: z
      .enum(EMBEDDINGS_PROVIDERS)
      .default('bundled')
      .describe(
        'What finds memories by their meaning beside their words: the service embedder, any server with /v1/embeddings, or nothing',
      ),
    base_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address of the embeddings API, up to and with /v1; the service embedder where left out'),
    api_key: secret().describe('The key, where the server wants one'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('The server’s name of the model; required unless bundled. Another model has all memories embedded anew, in the background'),
    dimensions: integer(8, 3500)
      .optional()
      .describe('How many numbers a vector shall have, asked of the server; as many as the model gives where left out'),
    question_prefix: z
      .string()
      .max(200)
      .default('')
      .describe('Put before a question, where the model was trained so, such as “search_query: ”'),
    entry_prefix: z.string().max(200).default('').describe('Put before a memory, such as “search_document: ”'),
    question_ms: integer(1, 2000)
      .default(80)
      .describe('How long a search waits for what its question means; then it goes by words alone. Slow machines may want more'),
    timeout_ms: durationMs(60_000, 100).describe('How long the server may take for a batch of memories'),
    batch: count(16, 1, 256).describe('Memories in one request'),
  }),
});
/** What the configuration says of the embedder. */
export type EmbeddingsConfig = z.infer<typeof memorySchema>['embeddings'];
