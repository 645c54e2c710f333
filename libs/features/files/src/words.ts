import { defineRoute, fileNameSchema, idSchema, personSchema } from '@openclaw/words';
import { z } from 'zod';

/** A file as the API shows it. */
export const fileSchema = z
  .object({
    id: idSchema('file'),
    name: z.string(),
    media_type: z.string().describe('What the bytes say; of text what its sender said'),
    size: z.number().int().describe('Bytes'),
    sha256: z.string(),
    person: personSchema,
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable().describe('When it goes unless a message names it; null where one does'),
  })
  .meta({ id: 'File' });
export type FileRecord = z.infer<typeof fileSchema>;

const one = { method: 'GET', scope: 'read', params: z.strictObject({ id: idSchema('file') }) } as const;

export const fileRoutes = {
  uploadFile: defineRoute({
    method: 'POST',
    path: '/api/v1/files',
    summary: 'Keep a file, to be named by a message',
    scope: 'message',
    query: z.strictObject({
      name: fileNameSchema.optional().describe('What it is called; of a form the name of its part where left out'),
      person: personSchema.optional().describe('Whose it is, for tokens with the scope admin'),
    }),
    headers: ['Idempotency-Key'],
    replyHeaders: ['Idempotency-Replayed', 'Location'],
    upload: true,
    replies: { 201: fileSchema },
    errors: ['timeout', 'conflict', 'service_unavailable'],
  }),
  getFile: defineRoute({
    ...one,
    path: '/api/v1/files/:id',
    summary: 'What is known of a file',
    replies: { 200: fileSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  fileContent: defineRoute({
    ...one,
    path: '/api/v1/files/:id/content',
    summary: 'The bytes of a file, or a range of them',
    headers: ['Range', 'If-Range', 'If-None-Match'],
    replyHeaders: ['Accept-Ranges', 'Content-Disposition', 'Content-Range', 'ETag'],
    download: true,
    replies: { 200: null, 206: null, 304: null },
    errors: ['not_found', 'conflict', 'range_not_satisfiable', 'service_unavailable'],
  }),
};
