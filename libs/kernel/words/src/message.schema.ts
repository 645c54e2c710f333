import { z } from 'zod';
import { personSchema } from './caller.schema.js';
import { attachmentsSchema } from './attachment.schema.js';
import { errorBodySchema } from './error.schema.js';
import { replyFieldsSchema } from './event.schema.js';
import { idSchema } from './ids.js';

export const MESSAGE_CHARACTERS_MAX = 100_000;
export const METADATA_BYTES_MAX = 16_384;
export const TIMEOUT_MS_MAX = 600_000;

export const channelSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be 1–32 of a–z, 0–9, _ and -, starting with a letter' });

export const metadataSchema = z
  .record(z.string(), z.unknown())
  .refine((metadata) => Buffer.byteLength(JSON.stringify(metadata)) <= METADATA_BYTES_MAX, {
    error: `must be at most ${String(METADATA_BYTES_MAX)} bytes of JSON`,
  });

/** What comes with a message. Attachments have limits of their own and do not count towards the limit on the rest. */
export const messageMetadataSchema = z
  .looseObject({ attachments: attachmentsSchema.optional() })
  .refine(({ attachments: _, ...rest }) => Buffer.byteLength(JSON.stringify(rest)) <= METADATA_BYTES_MAX, {
    error: `must be at most ${String(METADATA_BYTES_MAX)} bytes of JSON, attachments apart`,
  });

const messageTextSchema = z
  .string()
  .min(1)
  .refine((text) => characterCount(text) <= MESSAGE_CHARACTERS_MAX, { error: 'must be at most 100000 characters' })
  .refine((text) => text.trim() !== '', { error: 'must not be blank' });

export const onBusySchema = z.enum(['queue', 'reject', 'interrupt']);
/** What happens to a message whose conversation is busy. */
export type OnBusy = z.infer<typeof onBusySchema>;

/** What the events of a reply tell beside the reply. */
export const includeSchema = z
  .array(z.enum(['thinking']))
  .max(10)
  .default([])
  .describe('thinking: events with what the model thinks, where it tells');
/** What a caller may ask to be told beside the reply. */
export type Include = z.infer<typeof includeSchema>;

/** How the caller wants to be answered; says nothing about how long the agent may work. */
const waitingFields = {
  wait_for_response: z.boolean().default(true).describe('false: 202 at once'),
  timeout_ms: z.number().int().min(1).max(TIMEOUT_MS_MAX).optional().describe('How long this caller waits'),
  include: includeSchema,
};

/** A message to the agent. */
export const sendMessageSchema = z
  .strictObject({
    channel: channelSchema,
    message: messageTextSchema,
    conversation_id: idSchema('conv').optional(),
    person: personSchema.optional().describe('Whose message it is, for tokens with the scope admin'),
    metadata: messageMetadataSchema.default({}),
    ...waitingFields,
    parent_id: idSchema('msg').optional().describe('Answer below this message: an edit branches the conversation'),
    on_busy: onBusySchema.default('queue'),
  })
  .refine((body) => body.parent_id === undefined || body.conversation_id !== undefined, {
    path: ['parent_id'],
    error: 'needs conversation_id',
  })
  .meta({ id: 'SendMessage' });
export type SendMessage = z.infer<typeof sendMessageSchema>;

/** Answer the same question again, as a branch of its conversation. */
export const regenerateSchema = z.strictObject({ ...waitingFields, on_busy: onBusySchema.default('queue') }).meta({ id: 'Regenerate' });
export type Regenerate = z.infer<typeof regenerateSchema>;

/** The whole reply, as 200, as `status.response` and inside the WebSocket's `response` frame. */
export const replySchema = z
  .object({
    id: idSchema('msg'),
    conversation_id: idSchema('conv'),
    role: z.literal('assistant'),
    ...replyFieldsSchema.shape,
  })
  .meta({ id: 'Reply' });
/** A reply, once it is whole. */
export type Reply = z.infer<typeof replySchema>;

/** A message that was taken, before its reply. */
export const acceptedSchema = z
  .object({
    id: idSchema('msg'),
    status: z.literal('processing'),
    conversation_id: idSchema('conv'),
    poll_url: z.string(),
  })
  .meta({ id: 'Accepted' });
/** A message that was taken, before its reply. */
export type Accepted = z.infer<typeof acceptedSchema>;

/** The states of a run; the last three are final. */
export const RUN_STATUSES = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export const runStatusSchema = z.enum(RUN_STATUSES);
/** The state of a run. */
export type RunStatus = z.infer<typeof runStatusSchema>;

/** How far a reply has come. */
export const messageStatusSchema = z
  .object({
    id: idSchema('msg'),
    conversation_id: idSchema('conv'),
    status: runStatusSchema,
    attempt: z.number().int(),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    finished_at: z.iso.datetime().nullable(),
    response: replySchema.optional(),
    error: errorBodySchema.optional(),
  })
  .meta({ id: 'MessageStatus' });
/** How far a reply has come. */
export type MessageStatus = z.infer<typeof messageStatusSchema>;

/** `Idempotency-Key`: 1–255 visible ASCII characters. */
export const idempotencyKeySchema = z.string().regex(/^[\x21-\x7e]{1,255}$/, {
  error: 'must be 1–255 visible ASCII characters',
});

/** Unicode code points, the unit in which people count; the common short text is not walked. */
function characterCount(text: string): number {
  if (text.length <= MESSAGE_CHARACTERS_MAX) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
