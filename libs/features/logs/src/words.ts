import { defineRoute } from '@openclaw/words';
import { listLogsQuerySchema, logEventSchema, logListSchema } from './log-line.schema.js';

export const logRoutes = {
  listLogs: defineRoute({
    method: 'GET',
    path: '/api/v1/logs',
    summary: 'The newest lines of every service; as events, those that come after them too, from the start or after Last-Event-ID',
    scope: 'admin',
    query: listLogsQuerySchema,
    headers: ['Last-Event-ID'],
    replies: { 200: logListSchema },
    errors: ['service_unavailable'],
    stream: 'optional',
    events: logEventSchema,
  }),
};
