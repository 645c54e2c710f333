import { z } from 'zod';
import { count, durationMs, flagOnly, integer, list, price, secret, section } from './config-fields.js';

/** The wires that a provider may speak. */
export const PROVIDER_TYPES = ['openai', 'openai-compatible', 'anthropic', 'google', 'ollama', 'offline'] as const;

/** How much a model may think: a level, or a budget in tokens. */
export type Thinking = 'off' | 'low' | 'medium' | 'high' | number;
/** A level or a whole number; written as text in the environment, as a number in YAML. */
const thinking = (): z.ZodType<Thinking> =>
  z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z
      .string()
      .regex(/^(?:off|low|medium|high|[1-9]\d{0,6})$/, 'must be off, low, medium, high or a number of tokens')
      .transform((text) => (/^\d/.test(text) ? Number(text) : (text as Thinking))), // what the pattern let through
  );

const capabilitiesSchema = z.strictObject({
  tools: flagOnly().optional().describe('Whether it takes tools; false leaves them out of every request'),
  images: flagOnly().optional().describe('Whether it takes images; over the built-in table and under providers.models'),
  files: flagOnly().optional().describe('Whether it takes PDF files'),
  streaming: flagOnly().optional().describe('Whether it can stream; false asks for the whole reply at once'),
  usage: flagOnly().optional().describe('Whether it can be asked to count tokens; false leaves stream_options out'),
});

export const providerSchema = z.strictObject({
  type: z.enum(PROVIDER_TYPES).describe('Whose API it speaks'),
  model: z.string().min(1).optional().describe('The provider’s name of the model, or one of providers.aliases'),
  api_key: secret().describe('The key; left out, the well-known variable of the provider’s type'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Another address of the provider’s API, up to and with /v1'),
  max_tokens: integer(1, 1_000_000).optional().describe('Most tokens of one reply'),
  thinking: thinking()
    .optional()
    .describe('How much it may think: off, low, medium, high, or a budget in tokens; its own way where left out'),
  capabilities: capabilitiesSchema
    .optional()
    .describe('What it can do, where the built-in table is wrong; openclaw provider check prints it'),
  leave_out: list()
    .unwrap()
    .optional()
    .describe('Optional fields of requests that it refuses, such as max_tokens; what it refuses by name is left out anyway'),
});
/** A provider that is configured. */
export type ProviderConfig = z.infer<typeof providerSchema>;

/** The entries of `providers` that name a model. */
export const PROVIDER_ENTRIES = ['primary', 'secondary', 'local'] as const;
/** The name of an entry of `providers` that names a model. */
export type ProviderEntry = (typeof PROVIDER_ENTRIES)[number];

const entry = (): z.ZodOptional<z.ZodEnum<{ primary: 'primary'; secondary: 'secondary'; local: 'local' }>> =>
  z.enum(PROVIDER_ENTRIES).optional();

const modelSchema = z.strictObject({
  context_tokens: integer(1024, 100_000_000).optional().describe('The window: input and output together'),
  images: flagOnly().optional().describe('Whether it takes images'),
  files: flagOnly().optional().describe('Whether it takes PDF files'),
  price: z
    .strictObject({ input: price(), output: price(), cached_input: price().optional(), cache_write: price().optional() })
    .optional()
    .describe('US dollars for a million tokens; cached_input and cache_write are as input where they are left out'),
});
/** What the configuration says of a model that the catalogue does not know, or knows otherwise. */
export type ModelConfig = z.infer<typeof modelSchema>;

/** The section `providers`. */
export const providersSchema = z
  .strictObject({
    primary: providerSchema.optional(),
    secondary: providerSchema.optional(),
    local: providerSchema.optional(),
    routing: section({
      general_conversation: entry().describe('Which provider answers; primary where it is left out'),
      code_generation: entry().describe('Which provider writes code; as general_conversation where it is left out'),
      simple_tasks: entry().describe('Which provider writes titles and summaries; as general_conversation where it is left out'),
      fallback: entry().describe('Which provider takes over when another fails; secondary where it is left out and configured'),
    }),
    offline_pause_ms: durationMs(40, 0).describe('Pause of the offline responder between the pieces of its reply; 0 for none'),
    aliases: z.record(z.string().min(1), z.string().min(1)).default({}).describe('Own names of models: alias to the provider’s name'),
    models: z
      .record(z.string().min(1), modelSchema)
      .default({})
      .describe('What is known of a model, by the provider’s name of it; over the built-in table'),
    retry: section({
      attempts: count(3, 1, 10).describe('Requests to one provider before the next one is asked'),
      backoff_ms: durationMs(500).describe('Wait before the second attempt; it doubles with each, and is jittered'),
      backoff_max_ms: durationMs(8_000).describe('Longest wait between two attempts'),
      retry_after_max_ms: durationMs(30_000).describe('Longest Retry-After that is waited for; beyond it the provider has failed'),
    }),
    breaker: section({
      failures: count(5, 1, 1000).describe('Failures in a row after which a provider is left alone'),
      open_ms: durationMs(30_000).describe('For how long it is left alone'),
    }),
  })
  .prefault({});
