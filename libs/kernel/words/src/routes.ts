import { z } from 'zod';
import {
  conversationListSchema,
  conversationSchema,
  conversationWithMessagesSchema,
  getConversationQuerySchema,
  listConversationsQuerySchema,
  patchConversationSchema,
} from './conversation.schema.js';
import { type ErrorCode } from './error.schema.js';
import { idSchema } from './ids.js';
import { acceptedSchema, messageStatusSchema, regenerateSchema, replySchema, sendMessageSchema } from './message.schema.js';
import type { Scope } from './scope.schema.js';
import { healthSchema, statusSchema } from './system.schema.js';

/** One line of the API: what a route takes, what it answers, who may call it. OpenAPI and the doors are made from it. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly summary: string;
  /** null: open to everyone and telling nothing. */
  readonly scope: Scope | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The schema of each good status; null where there is no body. */
  readonly replies: Readonly<Record<number, z.ZodType | null>>;
  /** Expected failures beyond those of every authenticated route. */
  readonly errors: readonly ErrorCode[];
  /** `optional`: `Accept: text/event-stream` chooses events. `always`: nothing but events. */
  readonly stream?: 'optional' | 'always';
}

const messageParams = z.strictObject({ id: idSchema('msg') });
const conversationParams = z.strictObject({ id: idSchema('conv') });

export const routes = {
  livez: { method: 'GET', path: '/healthz', summary: 'The process lives', scope: null, replies: { 200: z.object({ status: z.literal('ok') }) }, errors: [] },
  readyz: { method: 'GET', path: '/readyz', summary: 'The gateway can serve', scope: null, replies: { 200: z.object({ status: z.literal('ok') }) }, errors: ['service_unavailable'] },

  health: { method: 'GET', path: '/api/v1/health', summary: 'Health check', scope: 'read', replies: { 200: healthSchema, 503: healthSchema }, errors: [] },
  status: { method: 'GET', path: '/api/v1/status', summary: 'System status', scope: 'read', replies: { 200: statusSchema }, errors: ['service_unavailable'] },
  openapi: { method: 'GET', path: '/api/v1/openapi.json', summary: 'This contract', scope: 'read', replies: { 200: z.record(z.string(), z.unknown()) }, errors: [] },

  sendMessage: {
    method: 'POST',
    path: '/api/v1/message',
    summary: 'Send a message to the agent and get its reply',
    scope: 'message',
    body: sendMessageSchema,
    replies: { 200: replySchema, 202: acceptedSchema },
    errors: ['not_found', 'timeout', 'conflict', 'upstream_error', 'service_unavailable'],
    stream: 'optional',
  },
  messageStatus: {
    method: 'GET',
    path: '/api/v1/message/:id/status',
    summary: 'How far a reply is',
    scope: 'message',
    params: messageParams,
    replies: { 200: messageStatusSchema },
    errors: ['not_found', 'service_unavailable'],
  },
  messageEvents: {
    method: 'GET',
    path: '/api/v1/message/:id/events',
    summary: 'The events of a reply, from the start or after Last-Event-ID',
    scope: 'message',
    params: messageParams,
    replies: { 200: null },
    errors: ['not_found', 'service_unavailable'],
    stream: 'always',
  },
  cancelMessage: {
    method: 'POST',
    path: '/api/v1/message/:id/cancel',
    summary: 'Stop a reply, wherever it runs',
    scope: 'message',
    params: messageParams,
    replies: { 200: messageStatusSchema },
    errors: ['not_found', 'conflict', 'service_unavailable'],
  },
  regenerateMessage: {
    method: 'POST',
    path: '/api/v1/message/:id/regenerate',
    summary: 'Answer the same question again, as a branch',
    scope: 'message',
    params: messageParams,
    body: regenerateSchema,
    replies: { 200: replySchema, 202: acceptedSchema },
    errors: ['not_found', 'timeout', 'conflict', 'upstream_error', 'service_unavailable'],
    stream: 'optional',
  },

  listConversations: {
    method: 'GET',
    path: '/api/v1/conversations',
    summary: 'Conversations, last active first',
    scope: 'read',
    query: listConversationsQuerySchema,
    replies: { 200: conversationListSchema },
    errors: ['service_unavailable'],
  },
  getConversation: {
    method: 'GET',
    path: '/api/v1/conversations/:id',
    summary: 'A conversation and a page of its messages',
    scope: 'read',
    params: conversationParams,
    query: getConversationQuerySchema,
    replies: { 200: conversationWithMessagesSchema },
    errors: ['not_found', 'service_unavailable'],
  },
  patchConversation: {
    method: 'PATCH',
    path: '/api/v1/conversations/:id',
    summary: 'Change title or metadata',
    scope: 'message',
    params: conversationParams,
    body: patchConversationSchema,
    replies: { 200: conversationSchema },
    errors: ['not_found', 'service_unavailable'],
  },
  deleteConversation: {
    method: 'DELETE',
    path: '/api/v1/conversations/:id',
    summary: 'Delete a conversation with its messages and memories',
    scope: 'admin',
    params: conversationParams,
    replies: { 204: null },
    errors: ['not_found', 'service_unavailable'],
  },
} as const satisfies Record<string, RouteContract>;

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
/** The validated input of a route: what its handler is given. */
export interface RouteInput<R extends RouteContract> {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
}
