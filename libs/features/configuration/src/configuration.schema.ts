import { configSchema } from '@openclaw/words';
import { z } from 'zod';

const EXAMPLE_PATCH = { gateway: { rate_limit: { requests_per_minute: 120 } }, providers: { primary: { api_key: 'sk-…' } } };
const revisionNumber = z.number().int().min(0);

/**
 * The configuration as it is shown: every key with its value, marks for secrets. Its own schema, with none of the limits of what may be
 * set.
 */
export const shownConfigSchema = z.record(z.string(), z.unknown()).meta({
  id: 'ShownConfig',
  description:
    'The effective configuration, as in gateway.yaml; `***REDACTED***` stands for every secret that is set, and `""` for one that is not',
  examples: [
    {
      gateway: { port: 18789, rate_limit: { requests_per_minute: 60, burst: 10 } },
      providers: { primary: { type: 'anthropic', api_key: '***REDACTED***' } },
    },
  ],
});

const SECTIONS = Object.keys(configSchema.shape);
const sectionSchema = z.record(z.string(), z.unknown()).nullable().optional();

/**
 * A merge patch; what its sections may hold is the schema of gateway.yaml, checked when it is laid over what is there. Two slips are so
 * common that the sentence says what was meant.
 */
export const patchConfigSchema = z
  .looseObject(Object.fromEntries(SECTIONS.map((key) => [key, sectionSchema])))
  .superRefine((patch, context) => {
    for (const key of Object.keys(patch))
      if (!SECTIONS.includes(key)) context.addIssue({ code: 'custom', path: [key], message: unknownKey(key) });
  })
  .meta({
    id: 'ConfigPatch',
    description:
      'A merge patch (RFC 7396) of the configuration, as gateway.yaml has it. Lists are replaced whole; null takes back what the API changed there and below',
    additionalProperties: false,
    examples: [EXAMPLE_PATCH],
  });

function unknownKey(key: string): string {
  if (key === 'config') return 'is not a known field: send bare what stands inside "config"';
  if (!key.includes('.')) return 'is not a known field';
  const keys = key.split('.');
  return `is not a known field: nest it, as ${keys.map((name) => `{${JSON.stringify(name)}:`).join('')}…${'}'.repeat(keys.length)}`;
}

const changeSchema = z.object({
  path: z.string().describe('The key, dotted'),
  before: z.unknown().describe('What was in force, secrets redacted; null where there was nothing'),
  after: z.unknown(),
});

/** Whether a change stands: a revision is watched for 15 s. */
export const REVISION_STATUSES = ['watched', 'confirmed', 'unverified', 'superseded', 'rolled_back'] as const;
/** How a revision came to be. */
export const REVISION_KINDS = ['put', 'restore', 'rollback'] as const;

/** A change of the configuration, as it is told of. */
export const revisionSchema = z
  .object({
    revision: revisionNumber,
    kind: z.enum(REVISION_KINDS),
    of: revisionNumber.nullable().describe('The revision that was restored, or rolled back'),
    status: z
      .enum(REVISION_STATUSES)
      .describe('`watched` for 15 s; `unverified` where nobody could say that it works, such as of a provider that is away'),
    reason: z.string().nullable().describe('Why it was rolled back, or by what'),
    created_at: z.iso.datetime(),
    actor: z.object({ token_id: z.string().describe('`system` for a rollback'), person: z.string() }),
    request_id: z.string(),
    changes: z.array(changeSchema),
  })
  .meta({
    id: 'ConfigRevision',
    examples: [
      {
        revision: 4,
        kind: 'put',
        of: null,
        status: 'confirmed',
        reason: null,
        created_at: '2026-11-30T12:00:00.000Z',
        actor: { token_id: 'gateway', person: 'owner' },
        request_id: '0b9f6c1e-6b0e-4b8f-9d53-0c5b1d7c7a11',
        changes: [{ path: 'gateway.rate_limit.requests_per_minute', before: 60, after: 120 }],
      },
    ],
  });
/** A change of the configuration. */
export type Revision = z.infer<typeof revisionSchema>;

/** A page of changes, newest first. */
export const revisionListSchema = z
  .object({ revisions: z.array(revisionSchema), total: z.number().int(), limit: z.number().int(), offset: z.number().int() })
  .meta({ id: 'ConfigRevisionList' });

/** What came of a change. */
export const changedConfigSchema = z
  .object({
    config: shownConfigSchema,
    revision: revisionNumber.describe('The same as before where nothing was changed; also the reply’s ETag'),
    restart_required: z.boolean(),
    restart_paths: z.array(z.string()).describe('The keys of this change that count from the next start on'),
    overrides: z
      .array(z.object({ path: z.string(), variable: z.string() }))
      .describe('Variables that have no effect while the API’s change of their key stands'),
  })
  .meta({
    id: 'ChangedConfig',
    examples: [
      {
        config: { gateway: { rate_limit: { requests_per_minute: 120 } } },
        revision: 4,
        restart_required: false,
        restart_paths: [],
        overrides: [],
      },
    ],
  });
/** What came of a change. */
export type ChangedConfig = z.infer<typeof changedConfigSchema>;
