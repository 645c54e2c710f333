import { idSchema, personSchema, timeSchema } from '@openclaw/words';
import { z } from 'zod';

export const MEMORY_KINDS = ['message', 'fact', 'preference', 'task', 'event'] as const;
export const PROVENANCES = ['owner', 'agent', 'untrusted'] as const;
export const MEMORY_CHARACTERS_MAX = 100_000;
export const MEMORIES_AT_ONCE_MAX = 500;
export const MEMORY_RESULTS_MAX = 100;

const kindSchema = z.enum(MEMORY_KINDS);
const memoryTypeSchema = z.enum(['all', 'wal', 'compacted']).default('all');
const textOf = (max: number): z.ZodString => z.string().max(max).regex(/\S/, { error: 'must not be blank' });
const tagsSchema = z.array(textOf(100)).max(50);

const newMemoryShape = {
  content: textOf(MEMORY_CHARACTERS_MAX),
  kind: kindSchema.optional().describe('message where author or thread is given, else fact'),
  author: textOf(200).optional().describe('Who said it; the person where it is left out'),
  at: timeSchema.optional().describe('When it was said; now where it is left out'),
  thread: textOf(300).optional().describe('Names what belongs together, e.g. a conversation elsewhere'),
  importance: z.number().min(0).max(1).optional().describe('By the kind where it is left out'),
  pinned: z.boolean().default(false).describe('Never pruned'),
  tags: tagsSchema.default([]),
};
const newMemorySchema = z.strictObject(newMemoryShape);
export type NewMemory = z.infer<typeof newMemorySchema>;

/** One memory, or up to 500 in order. */
export const addMemorySchema = z
  .strictObject({
    ...newMemoryShape,
    content: newMemoryShape.content.optional(),
    pinned: z.boolean().optional(),
    tags: tagsSchema.optional(),
    entries: z.array(newMemorySchema).min(1).max(MEMORIES_AT_ONCE_MAX).optional().describe('Instead of one: several, kept in this order'),
    person: personSchema.optional().describe('Whose memory it is, for tokens that may say so'),
  })
  .superRefine(({ entries, person: _, ...one }, context) => {
    const own = Object.entries(one).filter(([, value]) => value !== undefined);
    if (entries === undefined && one.content === undefined) context.addIssue({ code: 'custom', path: ['content'], message: 'is required' });
    for (const [name] of entries === undefined ? [] : own)
      context.addIssue({ code: 'custom', path: [name], message: 'goes inside entries where there are entries' });
  })
  .meta({ id: 'AddMemory' });
export type AddMemory = z.infer<typeof addMemorySchema>;

/** One entry of the memory. */
export const memorySchema = z
  .object({
    id: idSchema('mem'),
    kind: kindSchema,
    content: z.string(),
    author: z.string(),
    at: z.iso.datetime(),
    importance: z.number(),
    pinned: z.boolean(),
    tags: z.array(z.string()),
    person: z.string(),
    provenance: z.enum(PROVENANCES),
    conversation_id: idSchema('conv').optional(),
    thread: z.string().optional(),
    channel: z.string().optional(),
    recalls: z.number().int(),
    recalled_at: z.iso.datetime().nullable(),
    superseded_by: idSchema('mem').nullable(),
    done_at: z.iso.datetime().nullable().describe('When a task was done'),
    sources: z.array(idSchema('mem')).optional().describe('Of a passage of a document: the entries that it came from'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Memory' });
export type Memory = z.infer<typeof memorySchema>;

/** One memory alone is answered bare. */
export const addedMemorySchema = z.union([memorySchema, z.object({ memories: z.array(memorySchema) })]);
export type AddedMemory = z.infer<typeof addedMemorySchema>;

export const patchMemorySchema = z
  .strictObject({
    content: newMemoryShape.content.optional(),
    kind: kindSchema.optional(),
    importance: z.number().min(0).max(1).optional(),
    pinned: z.boolean().optional(),
    tags: tagsSchema.optional(),
    done: z.boolean().optional().describe('Whether it, a task, is done'),
  })
  .meta({ id: 'PatchMemory' });
export type PatchMemory = z.infer<typeof patchMemorySchema>;

export const memoryQuerySchema = z.strictObject({ person: personSchema.optional() });

export const searchMemorySchema = z
  .strictObject({
    query: z.string().min(1).max(MEMORY_CHARACTERS_MAX),
    limit: z.number().int().min(1).max(MEMORY_RESULTS_MAX).default(10),
    type: memoryTypeSchema,
    since: timeSchema.optional().describe('Said at or after this time'),
    until: timeSchema.optional().describe('Said at or before this time'),
    conversation_id: idSchema('conv').optional(),
    min_score: z.number().min(0).max(1).optional(),
    person: personSchema.optional(),
  })
  .meta({ id: 'SearchMemory' });
export type SearchMemory = z.infer<typeof searchMemorySchema>;

export const memoryResultSchema = z
  .object({
    id: idSchema('mem'),
    type: z.enum(['wal', 'compacted']),
    kind: kindSchema,
    content: z.string(),
    author: z.string(),
    at: z.iso.datetime(),
    score: z.number(),
    scores: z.object({ relevance: z.number(), importance: z.number(), recency: z.number(), frequency: z.number() }),
    matched: z.array(z.string()).describe('The words of the query that are in it'),
    before: z.string().optional().describe('What was said before it'),
    after: z.string().optional().describe('What was said after it'),
    conversation_id: idSchema('conv').optional(),
    thread: z.string().optional(),
    tags: z.array(z.string()),
    pinned: z.boolean(),
    person: z.string(),
    provenance: z.enum(PROVENANCES),
    superseded: z.boolean().describe('A newer memory says otherwise'),
    document: z.string().optional().describe('Of a passage: the document that it stands in'),
    sources: z.array(idSchema('mem')).optional().describe('Of a passage: the entries that it came from'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'MemoryResult' });
export type MemoryResult = z.infer<typeof memoryResultSchema>;

/** What a search found, best first. */
export const memoryResultsSchema = z
  .object({
    results: z.array(memoryResultSchema),
    total: z.number().int().describe('How many were found, beyond these too'),
    took_ms: z.number(),
    embeddings: z.enum(['used', 'late', 'off']),
  })
  .meta({ id: 'MemoryResults' });
export type MemoryResults = z.infer<typeof memoryResultsSchema>;

const documentName = z.string().regex(/^(?:facts|preferences|tasks|events|conversations-\d{4}-\d\d)$/, {
  error: 'is not facts, preferences, tasks, events or conversations-YYYY-MM',
});
export const documentParamsSchema = z.strictObject({ name: documentName });
export const memoryDocumentsSchema = z
  .object({
    documents: z.array(z.object({ name: z.string(), passages: z.number().int(), bytes: z.number().int(), compacted_at: z.iso.datetime() })),
  })
  .meta({ id: 'MemoryDocuments' });
export type MemoryDocuments = z.infer<typeof memoryDocumentsSchema>;
export const memoryDocumentSchema = z
  .object({
    name: z.string(),
    content: z.string().describe('Markdown'),
    compacted_at: z.iso.datetime(),
    passages: z.array(
      z.object({
        id: idSchema('mem'),
        content: z.string(),
        superseded: z.boolean(),
        sources: z.array(idSchema('mem')).describe('The entries that it came from'),
      }),
    ),
  })
  .meta({ id: 'MemoryDocument' });
export type MemoryDocument = z.infer<typeof memoryDocumentSchema>;
export const compactMemorySchema = z.strictObject({ person: personSchema.optional() });
export const compactingSchema = z.object({ id: idSchema('work'), status: z.literal('queued') }).meta({ id: 'CompactingMemory' });

const byKindSchema = z.object({
  message: z.number().int(),
  fact: z.number().int(),
  preference: z.number().int(),
  task: z.number().int(),
  event: z.number().int(),
});
/** How much memory holds. */
export const memoryStatsSchema = z
  .object({
    wal: z.object({ entries: z.number().int(), size_mb: z.number(), oldest_entry: z.iso.datetime().nullable() }),
    compacted: z.object({ files: z.number().int(), size_mb: z.number(), last_compaction: z.iso.datetime().nullable() }),
    total_size_mb: z.number(),
    embeddings: z.object({ provider: z.string().nullable(), indexed: z.number().int(), pending: z.number().int() }),
    by_type: byKindSchema.describe('Entries of each kind'),
  })
  .meta({ id: 'MemoryStats' });
export type MemoryStats = z.infer<typeof memoryStatsSchema>;

export const pruneMemorySchema = z
  .strictObject({
    before: timeSchema.optional().describe('Said before this time'),
    type: memoryTypeSchema,
    kinds: z.array(kindSchema).min(1).optional(),
    max_importance: z.number().min(0).max(1).optional(),
    unused_for_days: z.number().int().min(0).max(36_500).optional().describe('Neither made nor shown to the agent for so long'),
    confirm: z.boolean().default(false),
    dry_run: z.boolean().default(false),
    person: personSchema.optional(),
  })
  .superRefine(({ before, kinds, max_importance, unused_for_days, confirm, dry_run }, context) => {
    if ([before, kinds, max_importance, unused_for_days].every((criterion) => criterion === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['before'],
        message: 'or kinds, max_importance or unused_for_days is required: what is to be pruned',
      });
    }
    if (!confirm && !dry_run) context.addIssue({ code: 'custom', path: ['confirm'], message: 'must be true, or dry_run must be' });
  })
  .meta({ id: 'PruneMemory' });
export type PruneMemory = z.infer<typeof pruneMemorySchema>;

/** What was forgotten, or would be. */
export const prunedMemorySchema = z
  .object({
    pruned: z.number().int(),
    freed_mb: z.number().describe('Messages that stay in their conversations free nothing'),
    dry_run: z.boolean(),
    by_type: z.object({ wal: z.number().int(), compacted: z.number().int() }),
  })
  .meta({ id: 'PrunedMemory' });
export type PrunedMemory = z.infer<typeof prunedMemorySchema>;
