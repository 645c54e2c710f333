import { z } from 'zod';
import { idSchema } from './ids.js';
import { channelSchema, idempotencyKeySchema, includeSchema, onBusySchema, sendMessageSchema } from './message.schema.js';
import type { Scope } from './scope.schema.js';

/** A frame larger than this closes the socket with 1009. */
export const FRAME_BYTES_MAX = 1_048_576;

/** Why the gateway closes a socket, beside the codes of RFC 6455. */
export const CLOSE_CODES = {
  flood: 1008,
  tooBig: 1009,
  restarting: 1012,
  tryLater: 1013,
  unauthorized: 4401,
  slowReader: 4408,
} as const;

const requestId = { request_id: z.string().min(1).max(128).optional() };

/** The first frame of a socket. */
export const authFrameSchema = z.strictObject({ type: z.literal('auth'), token: z.string().max(4096), ...requestId });

export const messageFrameSchema = z
  .strictObject({
    type: z.literal('message'),
    content: sendMessageSchema.shape.message,
    channel: channelSchema.default('websocket'),
    conversation_id: idSchema('conv').optional(),
    person: sendMessageSchema.shape.person,
    metadata: sendMessageSchema.shape.metadata,
    on_busy: onBusySchema.default('queue'),
    idempotency_key: idempotencyKeySchema.optional(),
    stream: z.boolean().default(false),
    include: includeSchema,
    ...requestId,
  })
  .meta({ id: 'MessageFrame' });
export type MessageFrame = z.infer<typeof messageFrameSchema>;

export const cancelFrameSchema = z.strictObject({ type: z.literal('cancel'), id: idSchema('msg'), ...requestId });
export const resumeFrameSchema = z.strictObject({
  type: z.literal('resume'),
  id: idSchema('msg'),
  after_seq: z.number().int().min(0).default(0),
  ...requestId,
});
const target = { conversation_id: z.union([idSchema('conv'), z.literal('*')]) };
export const subscribeFrameSchema = z.strictObject({ type: z.literal('subscribe'), ...target, ...requestId });
export const unsubscribeFrameSchema = z.strictObject({ type: z.literal('unsubscribe'), ...target, ...requestId });
export const pingFrameSchema = z.strictObject({ type: z.literal('ping'), ...requestId });

/** Every frame that a client may send after `auth`, with the scope that it needs. */
export const FRAMES = {
  message: { schema: messageFrameSchema, scope: 'message' },
  cancel: { schema: cancelFrameSchema, scope: 'message' },
  resume: { schema: resumeFrameSchema, scope: 'read' },
  subscribe: { schema: subscribeFrameSchema, scope: 'read' },
  unsubscribe: { schema: unsubscribeFrameSchema, scope: 'read' },
  ping: { schema: pingFrameSchema, scope: null },
} as const satisfies Record<string, { schema: z.ZodType; scope: Scope | null }>;
/** The types of frames that a client may send. */
export type FrameType = keyof typeof FRAMES;
/** A client's frame of that type, parsed. */
export type FrameOf<T extends FrameType> = z.infer<(typeof FRAMES)[T]['schema']>;
