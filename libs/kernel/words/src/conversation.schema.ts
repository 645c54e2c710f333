import { z } from 'zod';
import { personSchema } from './caller.schema.js';
import { idSchema } from './ids.js';
import { errorBodySchema } from './error.schema.js';
import { madeFileSchema, tokenUsageSchema, warningSchema } from './event.schema.js';
import { channelSchema, metadataSchema, runStatusSchema } from './message.schema.js';
import { timeSchema } from './time.schema.js';

/** A conversation without its messages. */
export const conversationSchema = z
  .object({
    id: idSchema('conv'),
    person: personSchema,
    channel: z.string(),
    title: z.string().nullable(),
    created_at: z.iso.datetime(),
    last_message_at: z.iso.datetime(),
    message_count: z.number().int(),
    summary: z.string().nullable(),
    pinned: z.boolean(),
    archived: z.boolean(),
    tags: z.array(z.string()),
  })
  .meta({ id: 'Conversation' });
/** A conversation without its messages. */
export type Conversation = z.infer<typeof conversationSchema>;

export const messageSchema = z
  .object({
    id: idSchema('msg'),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    created_at: z.iso.datetime(),
    status: runStatusSchema,
    parent_id: idSchema('msg').nullable(),
    tokens: tokenUsageSchema.optional(),
    model: z.string().optional(),
    skills_used: z.array(z.string()).optional(),
    attachments: z
      .array(madeFileSchema)
      .optional()
      .describe('Files that the agent made; those that came with a question are in its metadata'),
    warnings: z.array(warningSchema).optional().describe('What was not done as asked, where there is any'),
    error: errorBodySchema.optional().describe('Why there is no reply, where it failed or was cancelled'),
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Message' });
/** A message as it is read. */
export type Message = z.infer<typeof messageSchema>;

const TAGS_MAX = 50;
const tagSchema = z.string().trim().min(1).max(64);
/** In a query everything is text. */
const flagSchema = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Which conversations, and which page of them. */
export const listConversationsQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(20),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  channel: channelSchema.optional(),
  person: personSchema.optional().describe('Whose, for tokens with the scope admin; all of them where it is left out'),
  since: timeSchema.optional().describe('last_message_at at or after this time'),
  until: timeSchema.optional().describe('last_message_at at or before this time'),
  archived: flagSchema.optional().describe('true: archived ones too'),
  tag: tagSchema.optional().describe('Only those with this tag'),
  q: z.string().min(1).max(200).optional().describe('Full text over messages'),
});
/** Which conversations, and which page of them. */
export type ListConversationsQuery = z.infer<typeof listConversationsQuerySchema>;

/** A page of conversations, newest first. */
export const conversationListSchema = z
  .object({
    conversations: z.array(conversationSchema),
    total: z.number().int(),
    limit: z.number().int(),
    offset: z.number().int(),
  })
  .meta({ id: 'ConversationList' });
/** A page of conversations, newest first. */
export type ConversationList = z.infer<typeof conversationListSchema>;

/** Which page of the messages. */
export const getConversationQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  branch: idSchema('msg').optional().describe('The branch that leads to this message; the newest one where it is left out'),
  before: idSchema('msg').optional().describe('The page of messages before this one'),
});
/** Which page of the messages. */
export type GetConversationQuery = z.infer<typeof getConversationQuerySchema>;

/** A conversation and a page of its messages, oldest first. */
export const conversationWithMessagesSchema = conversationSchema
  .extend({
    metadata: z.record(z.string(), z.unknown()),
    messages: z.array(messageSchema),
    has_more: z.boolean(),
  })
  .meta({ id: 'ConversationWithMessages' });
/** A conversation and a page of its messages, oldest first. */
export type ConversationWithMessages = z.infer<typeof conversationWithMessagesSchema>;

/** What of a conversation may be changed; what is left out stays. */
export const patchConversationSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200).nullable().optional(),
    metadata: metadataSchema.optional().describe('Replaces the conversation’s metadata'),
    pinned: z.boolean().optional(),
    archived: z.boolean().optional().describe('Lists leave archived conversations out'),
    tags: z
      .array(tagSchema)
      .max(TAGS_MAX)
      .transform((tags) => [...new Set(tags)])
      .optional()
      .describe('Replaces the tags'),
  })
  .meta({ id: 'PatchConversation' });
/** What of a conversation may be changed; what is left out stays. */
export type PatchConversation = z.infer<typeof patchConversationSchema>;
