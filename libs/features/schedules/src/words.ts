import { defineRoute, idSchema } from '@openclaw/words';
import { z } from 'zod';
import {
  createScheduleSchema,
  listSchedulesQuerySchema,
  patchScheduleSchema,
  scheduleListSchema,
  scheduleSchema,
} from './schedule.schema.js';

const params = z.strictObject({ id: idSchema('sch') });

export const scheduleRoutes = {
  listSchedules: defineRoute({
    method: 'GET',
    path: '/api/v1/schedules',
    summary: 'Messages that are sent to the agent at set times, newest first',
    scope: 'admin',
    query: listSchedulesQuerySchema,
    replies: { 200: scheduleListSchema },
    errors: ['service_unavailable'],
  }),
  createSchedule: defineRoute({
    method: 'POST',
    path: '/api/v1/schedules',
    summary: 'Send a message to the agent by cron expression, or once at a time',
    scope: 'admin',
    body: createScheduleSchema,
    headers: ['Idempotency-Key'],
    replyHeaders: ['Idempotency-Replayed'],
    replies: { 201: scheduleSchema },
    errors: ['not_found', 'conflict', 'service_unavailable'],
  }),
  getSchedule: defineRoute({
    method: 'GET',
    path: '/api/v1/schedules/:id',
    summary: 'A schedule, with its next runs and its last one',
    scope: 'admin',
    params,
    replies: { 200: scheduleSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  patchSchedule: defineRoute({
    method: 'PATCH',
    path: '/api/v1/schedules/:id',
    summary: 'Change a schedule; times and `enabled` count from now on',
    scope: 'admin',
    params,
    body: patchScheduleSchema,
    replies: { 200: scheduleSchema },
    errors: ['not_found', 'service_unavailable'],
  }),
  removeSchedule: defineRoute({
    method: 'DELETE',
    path: '/api/v1/schedules/:id',
    summary: 'Remove a schedule; what it has sent stays',
    scope: 'admin',
    params,
    replies: { 204: null },
    errors: ['not_found', 'service_unavailable'],
  }),
};
