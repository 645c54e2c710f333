import { defineRoute, healthSchema, statusSchema } from '@openclaw/words';
import { z } from 'zod';

export const statusRoutes = {
  livez: defineRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'The process lives',
    scope: null,
    replies: { 200: z.object({ status: z.literal('ok') }) },
    errors: [],
  }),
  readyz: defineRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'The gateway can serve',
    scope: null,
    replies: { 200: z.object({ status: z.literal('ok') }) },
    errors: ['service_unavailable'],
  }),
  health: defineRoute({
    method: 'GET',
    path: '/api/v1/health',
    summary: 'Health check',
    scope: 'read',
    replies: { 200: healthSchema, 503: healthSchema },
    errors: [],
  }),
  status: defineRoute({
    method: 'GET',
    path: '/api/v1/status',
    summary: 'System status',
    scope: 'read',
    replies: { 200: statusSchema },
    errors: ['service_unavailable'],
  }),
  metrics: defineRoute({
    method: 'GET',
    path: '/metrics',
    summary: 'Figures for Prometheus',
    scope: 'read',
    media: 'text/plain',
    replies: { 200: z.string() },
    errors: [],
  }),
};
