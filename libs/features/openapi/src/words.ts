import { defineRoute } from '@openclaw/words';
import { z } from 'zod';

export const openapiRoutes = {
  openapi: defineRoute({
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This contract',
    scope: 'read',
    replies: { 200: z.record(z.string(), z.unknown()) },
    errors: [],
  }),
};
