import { ChannelFault } from '@openclaw/chats';

/** In all, and in one chat: what Telegram lets a bot send. */
const GROUP_PAUSE_MS = 3000;
const CHAT_PAUSE_MS = 1000;
const CHATS_MAX = 10_000;

/**
 * How fast a chat may be written to: sends, edits and drafts share one measure, and a wait that Telegram asks for is kept whole, by all
 * of them.
 */
export class ChatPace {
  readonly #restUntil = new Map<string, number>();
  readonly #lastAt = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds of any monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws ChannelFault `rest` with what is left of a wait that Telegram asked for */
  check(chat: string): void {
    const left = (this.#restUntil.get(chat) ?? 0) - this.#now();
    if (left > 0) throw new ChannelFault('rest', 'Telegram asks to wait.', { restMs: Math.ceil(left) });
    this.#restUntil.delete(chat);
  }

  /** Nothing goes there for so long. */
  rest(chat: string, ms: number): void {
    this.#restUntil.set(chat, Math.max(this.#restUntil.get(chat) ?? 0, this.#now() + ms));
  }

  /** Something went there. */
  went(chat: string): void {
    if (this.#lastAt.size >= CHATS_MAX) this.#lastAt.clear();
    this.#lastAt.set(chat, this.#now());
  }

  /** How long it is good to wait before something that need not be said, such as what there is of a reply so far. */
  pauseBefore(chat: string): number {
    const rest = (this.#restUntil.get(chat) ?? 0) - this.#now();
    const pause = (this.#lastAt.get(chat) ?? 0) + pauseOf(chat) - this.#now();
    return Math.max(0, rest, this.#lastAt.has(chat) ? pause : 0);
  }
}

/** Groups have ids below zero. */
export function isGroup(chat: string): boolean {
  return chat.startsWith('-');
}

function pauseOf(chat: string): number {
  return isGroup(chat) ? GROUP_PAUSE_MS : CHAT_PAUSE_MS;
}
