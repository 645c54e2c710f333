import { personSchema, timeSchema } from '@openclaw/words';
import { z } from 'zod';

/** How a channel does, as anybody may know. */
export const channelSchema = z
  .object({
    type: z.string(),
    name: z.string(),
    status: z.enum(['connected', 'connecting', 'disconnected', 'disabled', 'error']),
    connected_since: z.iso.datetime().optional(),
    last_inbound_at: z.iso.datetime().optional(),
    last_outbound_at: z.iso.datetime().optional(),
    messages_today: z.number().int().describe('Since midnight UTC, of senders that were let in'),
    last_error: z.string().optional().describe('What is wrong, and what to do about it'),
    capabilities: z
      .object({
        edit: z.boolean(),
        stream: z.boolean(),
        buttons: z.boolean(),
        files: z.boolean(),
        max_length: z.number().int(),
        format: z.string(),
      })
      .optional()
      .describe('What it can do, once it was served'),
    details: z.record(z.string(), z.unknown()).optional().describe('What the platform says of the account'),
  })
  .meta({ id: 'Channel' });
/** How a channel does. */
export type Channel = z.infer<typeof channelSchema>;

/** All of them, disabled ones too. */
export const channelListSchema = z.object({ channels: z.array(channelSchema), total: z.number().int() }).meta({ id: 'ChannelList' });

/** A sender that asked to be let in. */
export const pairingSchema = z
  .object({
    code: z.string(),
    sender: z.string().describe('The platform’s own id; `group:` and the chat’s for a group'),
    name: z.string().nullable().describe('What the sender calls himself: nothing to rely on'),
    status: z.enum(['pending', 'approved', 'refused']),
    person: personSchema.nullable().describe('Whose messages these are, once approved'),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Pairing' });
/** A sender that asked to be let in. */
export type Pairing = z.infer<typeof pairingSchema>;

/** Those who wait, or others by `status`. */
export const pairingListSchema = z.object({ pairings: z.array(pairingSchema), total: z.number().int() }).meta({ id: 'PairingList' });

/** What came of a signed request. */
export const webhookReceiptSchema = z
  .object({
    status: z.enum(['accepted', 'duplicate']),
    id: z.string().optional().describe('The message that will be the reply, where it is known already'),
  })
  .meta({ id: 'WebhookReceipt' });
/** What came of a signed request. */
export type WebhookReceipt = z.infer<typeof webhookReceiptSchema>;

const idText = z.string().regex(/^[^\s\p{C}]{1,200}$/u, 'must be 1 to 200 visible characters without white space');

/** What a program sends: what is said, and where there are several, in which chat and by whom. */
export const webhookMessageSchema = z.strictObject({
  message: z
    .string()
    .max(100_000)
    .refine((text) => text.trim() !== '', 'must not be blank'),
  chat: idText.optional(),
  sender: idText.optional(),
  sender_name: z.string().max(200).optional(),
  sent_at: timeSchema.optional(),
});
/** What a program sends. */
export type WebhookMessage = z.infer<typeof webhookMessageSchema>;
