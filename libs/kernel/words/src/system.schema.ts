import { z } from 'zod';

const checkSchema = z.enum(['ok', 'failing']);

/** Whether the system can serve. */
export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    uptime_seconds: z.number().int(),
    checks: z.object({ postgres: checkSchema, redis: checkSchema }).optional().describe('Left out while both take what is written'),
  })
  .meta({ id: 'Health' });
/** Whether the system can serve. */
export type Health = z.infer<typeof healthSchema>;

const processSchema = z
  .object({
    id: z.string(),
    host: z.string(),
    started_at: z.iso.datetime(),
    active: z.number().int().describe('Runs in hand (workers) or open streams and sockets (gateways)'),
    revision: z.number().int().nullable().describe('The revision of the configuration that is in force there; null where it does not say'),
  })
  .meta({ id: 'Process' });
/** A process as it last gave a sign of life. */
export type ProcessInfo = z.infer<typeof processSchema>;

/** A provider as the workers see it: `open` means that its circuit breaker keeps calls away for now. */
export const providerHealthSchema = z
  .object({
    name: z.string(),
    type: z.string(),
    model: z.string(),
    state: z.enum(['closed', 'half_open', 'open']),
    failures: z.number().int(),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'ProviderHealth' });
/** How a provider did of late. */
export type ProviderHealth = z.infer<typeof providerHealthSchema>;

/** What makes vectors of memories and questions, as the workers see it. */
export const embedderHealthSchema = z
  .object({
    provider: z.string().describe('bundled, openai-compatible or off'),
    model: z.string(),
    state: z.enum(['ok', 'unavailable', 'unknown', 'off']).describe('While it is not ok, memory is searched by words alone'),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'EmbedderHealth' });
/** How the embedder did of late. */
export type EmbedderHealth = z.infer<typeof embedderHealthSchema>;

/** What the code of skills runs in, as the workers see it. */
export const sandboxHealthSchema = z
  .object({
    lanes: z.number().int().describe('So many skills run at once; none where 0'),
    runtime: z.string().nullable().describe('The container runtime of the lanes'),
    landlock: z.number().int().nullable().describe('The least version of Landlock among them; 0 where the kernel has none'),
    unbounded: z.boolean().optional().describe('True where the owner lets skills run without limits of memory and processes'),
    refused: z.string().optional().describe('Why nothing is run, or why a lane takes nothing'),
  })
  .meta({ id: 'SandboxHealth' });
/** What the code of skills runs in. */
export type SandboxHealth = z.infer<typeof sandboxHealthSchema>;

/** What the system is made of, and how it does. */
export const statusSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    uptime_seconds: z.number().int(),
    gateway: z.object({ port: z.number().int(), bind: z.string(), auth_enabled: z.boolean() }),
    reasoning: z.object({
      primary_provider: z.string(),
      primary_model: z.string(),
      total_requests: z.number().int(),
      avg_latency_ms: z.number().int(),
      providers: z.array(providerHealthSchema),
    }),
    memory: z.object({
      wal_entries: z.number().int(),
      compacted_files: z.number().int(),
      total_size_mb: z.number(),
      embedder: embedderHealthSchema,
    }),
    skills: z.object({ installed: z.number().int(), active: z.number().int(), sandbox: sandboxHealthSchema }),
    channels: z.object({ connected: z.array(z.string()), disconnected: z.array(z.string()) }),
    queue: z.object({
      waiting: z.number().int(),
      active: z.number().int(),
      delayed: z.number().int(),
      failed: z.number().int(),
    }),
    workers: z.array(processSchema),
    gateways: z.array(processSchema),
    restart_pending: z
      .array(z.string())
      .describe('Keys of the configuration that changed and count from the next start of some process on'),
    overrides: z
      .array(z.object({ path: z.string(), variable: z.string() }))
      .describe('Variables of this gateway that have no effect, because the API has changed their key'),
    usage: z.object({
      messages: z.number().int(),
      input_tokens: z.number().int(),
      output_tokens: z.number().int(),
      cost_usd: z.number().nullable(),
    }),
  })
  .meta({ id: 'Status' });
/** What the system is made of, and how it does. */
export type Status = z.infer<typeof statusSchema>;
