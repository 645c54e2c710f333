import type { IncomingChat } from '@openclaw/chats';
import { z } from 'zod';
import { MESSAGE_UNITS_MAX } from './render.js';

/** Who we are, as getMe says. */
export interface Bot {
  readonly id: number;
  readonly username: string;
}

/** What an update says to us. */
export type ReadUpdate =
  | { readonly kind: 'message'; readonly message: IncomingChat }
  /** A group got another id. */
  | { readonly kind: 'moved'; readonly from: string; readonly to: string }
  | { readonly kind: 'nothing' };

const user = z.object({
  id: z.number(),
  is_bot: z.boolean().default(false),
  first_name: z.string().default(''),
  last_name: z.string().optional(),
  username: z.string().optional(),
});
const entity = z.object({ type: z.string(), offset: z.number(), length: z.number(), user: user.optional() });
const file = z.object({ file_name: z.string().optional() });
const base = z.object({
  message_id: z.number(),
  message_thread_id: z.number().optional(),
  is_topic_message: z.boolean().optional(),
  from: user.optional(),
  sender_chat: z.object({ id: z.number(), title: z.string().optional() }).optional(),
  chat: z.object({ id: z.number(), type: z.string() }),
  date: z.number(),
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(entity).default([]),
  caption_entities: z.array(entity).default([]),
  forward_origin: z.unknown().optional(),
  quote: z.object({ text: z.string() }).optional(),
  media_group_id: z.string().optional(),
  migrate_to_chat_id: z.number().optional(),
  migrate_from_chat_id: z.number().optional(),
  photo: z.array(z.unknown()).optional(),
  document: file.optional(),
  video: file.optional(),
  audio: file.optional(),
  voice: z.unknown().optional(),
  video_note: z.unknown().optional(),
  sticker: z.object({ emoji: z.string().optional() }).optional(),
});
const message = base.extend({ reply_to_message: base.optional() });
type Message = z.infer<typeof message>;

/** Leniently: what a newer Telegram adds is passed over. */
const updateSchema = z.object({ update_id: z.number(), message: message.optional() });

/** A group's anonymous administrator, and the channel that is linked to a group: accounts of Telegram's own that stand for nobody. */
const NOBODY = [1_087_968_824, 777_000, 136_817_688];
const QUOTE_UNITS_MAX = 500;

/** Everything that we ask for; the server remembers the list, so it is sent at every start. */
export const ALLOWED_UPDATES = ['message'] as const;

/** @throws ZodError where it is nothing that Telegram documents */
export function readUpdate(update: unknown, bot: Bot): ReadUpdate {
  const { message: said } = updateSchema.parse(update);
  if (!said) return { kind: 'nothing' };
  const { migrate_to_chat_id: to, migrate_from_chat_id: from } = said;
  if (to !== undefined) return { kind: 'moved', from: String(said.chat.id), to: String(to) };
  if (from !== undefined) return { kind: 'moved', from: String(from), to: String(said.chat.id) };
  return said.chat.type === 'channel' ? { kind: 'nothing' } : readMessage(said, bot);
}

function readMessage(said: Message, bot: Bot): ReadUpdate {
  const remarks = remarksOn(said);
  const text = withoutMention(wordsOf(said), entitiesOf(said), bot);
  if (text === '' && remarks.length === 0) return { kind: 'nothing' };
  return { kind: 'message', message: toIncoming(said, { text, remarks, bot }) };
}

/** The mark of an update; null where it has none. */
export function idOf(update: unknown): number | null {
  return z.object({ update_id: z.number() }).safeParse(update).data?.update_id ?? null;
}

function wordsOf({ text, caption, sticker }: Message): string {
  return text ?? caption ?? sticker?.emoji ?? '';
}

function toIncoming(
  said: Message,
  { text, remarks, bot }: { readonly text: string; readonly remarks: readonly string[]; readonly bot: Bot },
): IncomingChat {
  const isDirect = said.chat.type === 'private';
  return {
    id: String(said.message_id),
    chat: String(said.chat.id),
    thread: threadOf(said),
    kind: isDirect ? 'direct' : 'group',
    sender: senderOf(said),
    isToUs: isDirect || isMentioned(said, bot) || said.reply_to_message?.from?.id === bot.id,
    text,
    quoted: quotedOf(said, bot),
    isForwarded: said.forward_origin !== undefined,
    sentAt: new Date(said.date * 1000),
    attachments: [],
    remarks,
    album: said.media_group_id ?? null,
    isFull: (said.text ?? '').length >= MESSAGE_UNITS_MAX,
  };
}

function threadOf({ is_topic_message: isTopic, message_thread_id: thread }: Message): string {
  return isTopic === true && thread !== undefined ? String(thread) : '';
}

function senderOf({ from, sender_chat: as }: Message): IncomingChat['sender'] {
  if (from === undefined || as !== undefined || NOBODY.includes(from.id)) return { id: null, name: as?.title ?? null, isBot: false };
  return { id: String(from.id), name: nameOf(from), isBot: from.is_bot };
}

function entitiesOf({ entities, caption_entities: ofCaption, text }: Message): z.infer<typeof entity>[] {
  return text === undefined ? ofCaption : entities;
}

/** Entities decide, not letters: `/ask@us` and `@us` in any case, and mentions of accounts without a name. */
function isMentioned(said: Message, bot: Bot): boolean {
  const text = said.text ?? said.caption ?? '';
  return entitiesOf(said).some((each) => isOurs(each, text, bot));
}

function isOurs({ type, offset, length, user: mentioned }: z.infer<typeof entity>, text: string, bot: Bot): boolean {
  const words = text.slice(offset, offset + length).toLowerCase();
  const name = `@${bot.username.toLowerCase()}`;
  if (type === 'mention') return words === name;
  if (type === 'text_mention') return mentioned?.id === bot.id;
  return type === 'bot_command' && words.endsWith(name);
}

/** What is said to us, without our name at its beginning. */
function withoutMention(text: string, entities: readonly z.infer<typeof entity>[], bot: Bot): string {
  const first = entities.find(({ offset, type }) => offset === 0 && type === 'mention');
  return (first && isOurs(first, text, bot) ? text.slice(first.length) : text).trim();
}

/** What it answers: said by us it is known, said by anybody else it may be new to the agent. */
function quotedOf({ quote, reply_to_message: answered, message_thread_id: thread }: Message, bot: Bot): string | null {
  if (quote) return quote.text.slice(0, QUOTE_UNITS_MAX).toWellFormed();
  if (!answered || answered.message_id === thread || answered.from?.id === bot.id) return null;
  const text = answered.text ?? answered.caption ?? '';
  return text === '' ? null : text.slice(0, QUOTE_UNITS_MAX).toWellFormed();
}

function nameOf({ first_name: first, last_name: last, username }: z.infer<typeof user>): string | null {
  const name = [first, last].filter((part) => part !== undefined && part !== '').join(' ');
  return name === '' ? (username ?? null) : name;
}

/** Files do not reach the agent through this channel: the sender is told which. */
function remarksOn({ photo, document, video, audio, voice, video_note: round }: Message): string[] {
  const named = [document, video, audio].flatMap((each) => (each ? [each.file_name ?? 'a file'] : []));
  const kinds = [...(photo ? ['the picture'] : []), ...(voice || round ? ['the voice message'] : []), ...named];
  return kinds.map((what) => `I cannot open ${what}: files do not reach me through Telegram. Send what matters of it as text.`);
}
