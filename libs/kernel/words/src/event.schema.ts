import { z } from 'zod';
import { errorBodySchema } from './error.schema.js';
import { idSchema } from './ids.js';

export const tokenUsageSchema = z
  .object({ input: z.number().int(), output: z.number().int(), total: z.number().int() })
  .meta({ id: 'TokenUsage' });
/** Tokens as the providers count them, over all requests of a run. */
export type TokenUsage = z.infer<typeof tokenUsageSchema>;

const envelope = {
  id: idSchema('msg'),
  seq: z.number().int().min(1).describe('From 1, without gaps'),
  conversation_id: idSchema('conv'),
};

/** What every event of every version has: enough to put it in its place and to pass it on. */
export const eventEnvelopeSchema = z.looseObject({ type: z.string(), ...envelope });

/** A file that the agent made, as events and replies name it. */
export const madeFileSchema = z
  .object({ id: idSchema('file'), name: z.string(), media_type: z.string(), size: z.number().int() })
  .meta({ id: 'MadeFile' });
export type MadeFile = z.infer<typeof madeFileSchema>;

/** What of a message was not done as asked; a sentence for its sender. */
export const warningSchema = z
  .object({
    code: z.string().describe('message_shortened, attachment_unreadable, attachment_left_out, provider_changed; others may come'),
    message: z.string(),
  })
  .meta({ id: 'Warning' });
export type Warning = z.infer<typeof warningSchema>;

/** What `end` carries beside the envelope: the whole reply. */
export const replyFieldsSchema = z.object({
  content: z.string(),
  skills_used: z.array(z.string()),
  tokens: tokenUsageSchema,
  latency_ms: z.number().int().describe('From acceptance to the end of the reply, milliseconds'),
  model: z.string(),
  finish_reason: z.string(),
  cost_usd: z.number().nullable().describe('null where the price is not known'),
  created_at: z.iso.datetime(),
  attachments: z.array(madeFileSchema).optional().describe('Files that the agent made, where there are any'),
  warnings: z.array(warningSchema).optional().describe('What was not done as asked, where there is any'),
});
export type ReplyFields = z.infer<typeof replyFieldsSchema>;

/** One thing that happened to a run. SSE, the WebSocket and the SDKs share this vocabulary. */
export const runEventSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('start'), ...envelope, attempt: z.number().int(), model: z.string() }),
    z.object({ type: z.literal('token'), ...envelope, content: z.string() }),
    z.object({
      type: z.literal('thinking'),
      ...envelope,
      content: z.string().describe('What the model thinks; only where `include` asked for it'),
    }),
    z.object({
      type: z.literal('skill_call'),
      ...envelope,
      call_id: z.string(),
      skill: z.string(),
      status: z.literal('invoking'),
      arguments: z.unknown(),
    }),
    z.object({
      type: z.literal('skill_result'),
      ...envelope,
      call_id: z.string(),
      skill: z.string(),
      status: z.enum(['completed', 'failed']),
      summary: z.string(),
    }),
    z.object({ type: z.literal('attachment'), ...envelope, attachment: madeFileSchema }),
    z.object({ type: z.literal('restart'), ...envelope, attempt: z.number().int() }),
    z.object({ type: z.literal('end'), ...envelope, ...replyFieldsSchema.shape }),
    z.object({ type: z.literal('error'), ...envelope, ...errorBodySchema.shape }),
  ])
  .meta({ id: 'Event' });
/** One event of a run's log, with its `seq`, from 1 and dense. */
export type RunEvent = z.infer<typeof runEventSchema>;

type WithoutEnvelope<E> = E extends RunEvent ? Omit<E, 'id' | 'seq' | 'conversation_id'> : never;
/** An event before the log gave it a place: what the agent emits. */
export type RunEventDraft = WithoutEnvelope<RunEvent>;

/** True for the two events after which nothing follows. */
export function isTerminal(event: RunEvent): event is Extract<RunEvent, { type: 'end' | 'error' }> {
  return event.type === 'end' || event.type === 'error';
}
