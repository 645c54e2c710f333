import { setTimeout as wait } from 'node:timers/promises';
import {
  ChannelFault,
  type ChannelHost,
  type DeliverySubject,
  type OpenChannel,
  type Piece,
  type Place,
  type Preview,
  type Sending,
} from '@openclaw/chats';
import { type OutgoingAgents } from '@openclaw/net';
import { type Api, GrammyError } from 'grammy';
import type { ChatPace } from './chat-pace.js';
import { grammySignal } from './grammy-signal.js';
import { Poller, type PollTiming } from './poller.js';
import type { Bot } from './read-update.js';
import { toPieces } from './render.js';
import { ReplyPreview } from './reply-preview.js';
import { isRefusal, toFault, TOKEN_REFUSED } from './to-fault.js';

export interface TelegramParts {
  readonly api: Api;
  /** The same, on connections of its own: a poll that hangs holds up no reply. */
  readonly polls: Api;
  readonly agents: readonly OutgoingAgents[];
  readonly pace: ChatPace;
  readonly bot: Bot & { readonly can_read_all_group_messages: boolean };
  readonly timing: PollTiming;
}

const PRIVACY =
  'In groups the bot hears only commands, answers to it and mentions, since its privacy mode is on. To have it hear all, switch it off at @BotFather (/setprivacy), then remove the bot from the group and add it again.';
/** What a wait for a token that was refused is worth: the poll tells the owner meanwhile. */
const REFUSED_TOKEN_REST_MS = 60_000;

/** One bot, polled and spoken through. */
export class TelegramChannel implements OpenChannel {
  readonly #parts: TelegramParts;
  readonly #host: ChannelHost;
  readonly #poller: Poller;

  constructor(parts: TelegramParts, host: ChannelHost) {
    this.#parts = parts;
    this.#host = host;
    this.#poller = new Poller(parts.polls, parts.bot, host, parts.timing);
  }

  async hear(signal: AbortSignal): Promise<void> {
    const { username, can_read_all_group_messages: hearsAll } = this.#parts.bot;
    await this.#poller.poll({ username, can_read_all_group_messages: hearsAll, ...(hearsAll ? {} : { note: PRIVACY }) }, signal);
  }

  split(text: string, _subject: DeliverySubject): readonly Piece[] {
    return toPieces(text);
  }

  preview(place: Place & { readonly replyTo: string }, shown: (ref: string) => Promise<void>): Preview {
    const { api, pace } = this.#parts;
    return new ReplyPreview(
      place,
      {
        api,
        pace,
        wait: async (ms, signal) => {
          await wait(ms, null, { signal });
        },
      },
      shown,
    );
  }

  async send(sending: Sending): Promise<string> {
    const { chat } = sending;
    this.#parts.pace.check(chat);
    try {
      const ref = await this.#sendOnce(sending);
      this.#parts.pace.went(chat);
      return ref;
    } catch (thrown) {
      throw this.#judge(toFault(thrown), chat);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.agents.map((agents) => agents.close()));
  }

  /** Each way that Telegram names is tried once. */
  async #sendOnce(sending: Sending): Promise<string> {
    const { piece, replaces } = sending;
    try {
      return replaces === null ? await this.#say(sending, piece.text, true) : await this.#change(sending, replaces);
    } catch (thrown) {
      const moved = thrown instanceof GrammyError ? thrown.parameters.migrate_to_chat_id : undefined;
      if (moved !== undefined) {
        await this.#host.moved(sending.chat, String(moved));
        return this.#say({ ...sending, chat: String(moved), thread: '' }, piece.text, true);
      }
      if (isRefusal(thrown, /message thread not found/i)) return this.#say({ ...sending, thread: '' }, piece.text, true);
      // Whatever it does not like of the formatting: the words are what matters.
      if (isRefusal(thrown, /parse|entit|too long|unsupported/i)) return this.#say(sending, piece.plain, false);
      throw thrown;
    }
  }

  async #say({ chat, thread, replyTo, signal }: Sending, text: string, isHtml: boolean): Promise<string> {
    const { message_id: id } = await this.#parts.api.sendMessage(
      chat,
      text,
      {
        ...(isHtml ? { parse_mode: 'HTML' as const } : {}),
        ...(thread === '' ? {} : { message_thread_id: Number(thread) }),
        ...(replyTo === null ? {} : { reply_parameters: { message_id: Number(replyTo), allow_sending_without_reply: true } }),
        link_preview_options: { is_disabled: true },
      },
      grammySignal(signal),
    );
    return String(id);
  }

  /** What was shown while the reply was made becomes the reply. Where somebody deleted it, it is said anew. */
  async #change(sending: Sending, ref: string): Promise<string> {
    const { chat, piece, signal } = sending;
    const options = { link_preview_options: { is_disabled: true } };
    try {
      await this.#parts.api.editMessageText(chat, Number(ref), piece.text, { ...options, parse_mode: 'HTML' }, grammySignal(signal));
    } catch (thrown) {
      if (isRefusal(thrown, /not modified/i)) return ref;
      if (isRefusal(thrown, /message to edit not found|can't be edited|message_id_invalid/i)) return this.#say(sending, piece.text, true);
      if (!isRefusal(thrown, /parse|entit/i)) throw thrown;
      await this.#parts.api.editMessageText(chat, Number(ref), piece.plain, options, grammySignal(signal));
    }
    return ref;
  }

  #judge(fault: unknown, chat: string): unknown {
    if (!(fault instanceof ChannelFault)) return fault;
    if (fault.trouble === 'rest') this.#parts.pace.rest(chat, fault.restMs);
    // What is to be said waits for the new token.
    return fault.trouble === 'misconfigured'
      ? new ChannelFault('rest', TOKEN_REFUSED, { restMs: REFUSED_TOKEN_REST_MS, cause: fault })
      : fault;
  }
}
