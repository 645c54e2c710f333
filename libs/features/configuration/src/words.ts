import { defineRoute } from '@openclaw/words';
import { z } from 'zod';
import { changedConfigSchema, patchConfigSchema, revisionListSchema, shownConfigSchema } from './configuration.schema.js';

export const configurationRoutes = {
  getConfig: defineRoute({
    method: 'GET',
    path: '/api/v1/config',
    summary: 'The effective configuration, without secrets; its ETag is the revision of what the API changed',
    scope: 'admin',
    replyHeaders: ['ETag'],
    replies: { 200: shownConfigSchema },
    errors: ['service_unavailable'],
  }),
  putConfig: defineRoute({
    method: 'PUT',
    path: '/api/v1/config',
    summary: 'Change the configuration on every process within two seconds, by a merge patch; If-Match is honoured',
    scope: 'admin',
    body: patchConfigSchema,
    headers: ['If-Match'],
    replyHeaders: ['ETag'],
    replies: { 200: changedConfigSchema },
    errors: ['conflict', 'service_unavailable'],
  }),
  listConfigRevisions: defineRoute({
    method: 'GET',
    path: '/api/v1/config/revisions',
    summary: 'Who changed what, and when; newest first',
    scope: 'admin',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    replies: { 200: revisionListSchema },
    errors: ['service_unavailable'],
  }),
  restoreConfigRevision: defineRoute({
    method: 'POST',
    path: '/api/v1/config/revisions/:n/restore',
    summary: 'Go back to what the API had changed as of a revision; 0 takes all of it back',
    scope: 'admin',
    params: z.strictObject({
      n: z
        .string()
        .regex(/^(?:0|[1-9]\d{0,14})$/, { error: 'must be the number of a revision' })
        .transform(Number),
    }),
    headers: ['If-Match'],
    replyHeaders: ['ETag'],
    replies: { 200: changedConfigSchema },
    errors: ['not_found', 'conflict', 'service_unavailable'],
  }),
};
