import { defineRoute } from '@openclaw/words';
import { z } from 'zod';

export const thingSchema = z.object({ id: z.uuid(), name: z.string() }).meta({ id: 'Thing', description: 'A thing' });

export const thingRoutes = {
  getThing: defineRoute({
    method: 'GET',
    path: '/api/v1/things/:id',
    summary: 'A thing',
    scope: 'read',
    params: z.strictObject({ id: z.uuid() }),
    replies: { 200: thingSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
};
