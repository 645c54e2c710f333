import { defineRoute, personSchema } from '@openclaw/words';
import { z } from 'zod';
import { channelListSchema, channelSchema, pairingListSchema, pairingSchema, webhookReceiptSchema } from './channel.schema.js';

const type = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/);
const code = z.string().regex(/^[A-Za-z2-9]{8}$/, 'must be the eight characters that the sender was told');
const ofType = z.strictObject({ type });
const ofCode = z.strictObject({ type, code });

export const channelRoutes = {
  listChannels: defineRoute({
    method: 'GET',
    path: '/api/v1/channels',
    summary: 'Every channel and how it does',
    scope: 'read',
    replies: { 200: channelListSchema },
    errors: ['service_unavailable'],
  }),
  channelStatus: defineRoute({
    method: 'GET',
    path: '/api/v1/channels/:type/status',
    summary: 'One channel and how it does',
    scope: 'read',
    params: ofType,
    replies: { 200: channelSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  listPairings: defineRoute({
    method: 'GET',
    path: '/api/v1/channels/:type/pairings',
    summary: 'Who waits to be let in, newest first',
    scope: 'admin',
    params: ofType,
    query: z.strictObject({ status: z.enum(['pending', 'approved', 'refused', 'all']).default('pending') }),
    replies: { 200: pairingListSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  approvePairing: defineRoute({
    method: 'POST',
    path: '/api/v1/channels/:type/pairings/:code/approve',
    summary: 'Let a sender in, as a person of its own or as another',
    scope: 'admin',
    params: ofCode,
    body: z
      .strictObject({
        person: personSchema
          .optional()
          .describe('Whose the sender’s messages are; a person of its own where left out. `owner` for the owner’s own phone'),
      })
      .default({}),
    replies: { 200: pairingSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  deletePairing: defineRoute({
    method: 'DELETE',
    path: '/api/v1/channels/:type/pairings/:code',
    summary: 'Refuse a sender for a day, or take back that he was let in',
    scope: 'admin',
    params: ofCode,
    replies: { 204: null },
    errors: ['not_found', 'service_unavailable'],
  }),
  receiveWebhook: defineRoute({
    method: 'POST',
    path: '/api/v1/channels/webhook/:name',
    summary: 'Say something to the agent, signed by Standard Webhooks instead of a token',
    scope: null,
    params: z.strictObject({ name: type }),
    upload: true,
    replies: { 202: webhookReceiptSchema },
    errors: ['unauthorized', 'payload_too_large', 'service_unavailable'],
  }),
};
