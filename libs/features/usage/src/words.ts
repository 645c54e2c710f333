import { defineRoute } from '@openclaw/words';
import { usageQuerySchema, usageSchema } from './usage.schema.js';

export const usageRoutes = {
  usage: defineRoute({
    method: 'GET',
    path: '/api/v1/usage',
    summary: 'Tokens and cost by day, model, token, person or conversation',
    scope: 'read',
    query: usageQuerySchema,
    replies: { 200: usageSchema },
    errors: ['service_unavailable'],
  }),
};
