import { defineRoute, idSchema } from '@openclaw/words';
import { z } from 'zod';
import { createdTokenSchema, createTokenSchema, listTokensQuerySchema, tokenListSchema } from './token.schema.js';

export const tokenRoutes = {
  listTokens: defineRoute({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Tokens that are not revoked, newest first',
    scope: 'admin',
    query: listTokensQuerySchema,
    replies: { 200: tokenListSchema },
    errors: ['service_unavailable'],
  }),
  createToken: defineRoute({
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Make a token; it is shown in this reply and never again',
    scope: 'admin',
    body: createTokenSchema,
    headers: ['Idempotency-Key'],
    replies: { 201: createdTokenSchema },
    errors: ['conflict', 'service_unavailable'],
  }),
  revokeToken: defineRoute({
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    summary: 'Revoke a token and those that it made; what they have open ends within two seconds',
    scope: 'admin',
    params: z.strictObject({ id: idSchema('tok') }),
    replies: { 204: null },
    errors: ['not_found', 'service_unavailable'],
  }),
};
