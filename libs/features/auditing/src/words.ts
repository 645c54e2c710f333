import { auditEntrySchema } from '@openclaw/audit';
import { defineRoute } from '@openclaw/words';
import { z } from 'zod';

const EXAMPLE = {
  entries: [
    {
      seq: 2,
      time: '2026-11-30T12:00:00.000Z',
      actor: { token_id: 'gateway', person: 'owner' },
      action: 'token.created',
      target: 'tok_01h2xcejqtf2nbrexx3vqjhp41',
      request_id: '0b9f6c1e-6b0e-4b8f-9d53-0c5b1d7c7a11',
      details: { name: 'laptop', scopes: ['read'], person: 'owner' },
      prev_hash: '4d1f0b5ce4d1f0b5ce4d1f0b5ce4d1f0b5ce4d1f0b5ce4d1f0b5ce4d1f0b5ce0',
      hash: '9a3c7e11209a3c7e11209a3c7e11209a3c7e11209a3c7e11209a3c7e112000aa',
    },
  ],
  total: 2,
  limit: 50,
  offset: 0,
  head: { seq: 2, hash: '9a3c7e11209a3c7e11209a3c7e11209a3c7e11209a3c7e11209a3c7e112000aa' },
};

/** A page of the trail, and where it ends: keep that elsewhere, and a cut tail is seen. */
export const auditListSchema = z
  .object({
    entries: z.array(auditEntrySchema),
    total: z.number().int(),
    limit: z.number().int(),
    offset: z.number().int(),
    head: z.object({ seq: z.number().int(), hash: z.string() }).describe('The last entry of all'),
  })
  .meta({ id: 'AuditList', examples: [EXAMPLE] });
/** A page of the trail. */
export type AuditList = z.infer<typeof auditListSchema>;

export const auditRoutes = {
  listAudit: defineRoute({
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'What changed the system, newest first: an append-only trail, each entry tied to the one before it',
    scope: 'admin',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    replies: { 200: auditListSchema },
    errors: ['service_unavailable'],
  }),
};
