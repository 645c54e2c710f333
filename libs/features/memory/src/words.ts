import { defineRoute, idSchema } from '@openclaw/words';
import { z } from 'zod';
import {
  addedMemorySchema,
  addMemorySchema,
  memoryQuerySchema,
  memoryResultsSchema,
  memorySchema,
  memoryStatsSchema,
  patchMemorySchema,
  prunedMemorySchema,
  pruneMemorySchema,
  searchMemorySchema,
} from './memory.schema.js';

const one = { path: '/api/v1/memory/:id', params: z.strictObject({ id: idSchema('mem') }), query: memoryQuerySchema, errors: ['not_found', 'service_unavailable'] } as const;

export const memoryRoutes = {
  addMemory: defineRoute({
    method: 'POST',
    path: '/api/v1/memory',
    summary: 'Remember one thing, or several in order',
    scope: 'memory',
    body: addMemorySchema,
    replies: { 201: addedMemorySchema },
    errors: ['service_unavailable'],
  }),
  searchMemory: defineRoute({
    method: 'POST',
    path: '/api/v1/memory/search',
    summary: 'Search what was said and saved',
    scope: 'read',
    body: searchMemorySchema,
    replies: { 200: memoryResultsSchema },
    errors: ['service_unavailable'],
  }),
  memoryStats: defineRoute({
    method: 'GET',
    path: '/api/v1/memory/stats',
    summary: 'How much memory there is',
    scope: 'read',
    query: memoryQuerySchema,
    replies: { 200: memoryStatsSchema },
    errors: ['service_unavailable'],
  }),
  pruneMemory: defineRoute({
    method: 'DELETE',
    path: '/api/v1/memory/prune',
    summary: 'Let go of what is old, unimportant or unused',
    scope: 'memory',
    body: pruneMemorySchema,
    replies: { 200: prunedMemorySchema },
    errors: ['service_unavailable'],
  }),
  getMemory: defineRoute({ ...one, method: 'GET', summary: 'One memory', scope: 'read', replies: { 200: memorySchema } }),
  patchMemory: defineRoute({ ...one, method: 'PATCH', summary: 'Correct a memory', scope: 'memory', body: patchMemorySchema, replies: { 200: memorySchema } }),
  deleteMemory: defineRoute({ ...one, method: 'DELETE', summary: 'Forget a memory', scope: 'memory', replies: { 204: null } }),
};
