import type { Place, Preview } from '@openclaw/chats';
import type { Api } from 'grammy';
import { type ChatPace, isGroup } from './chat-pace.js';
import { grammySignal } from './grammy-signal.js';
import { MESSAGE_UNITS_MAX, toPieces } from './render.js';

/** Where a preview writes. */
export interface PreviewDeps {
  readonly api: Api;
  readonly pace: ChatPace;
  /** Waits; rejects where the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A draft is gone after about half a minute: it is shown again before that, though nothing was added. */
const AGAIN_MS = 20_000;
const LEAST_PAUSE_MS = 100;
let drafts = 0;

/**
 * A reply while it is made: as a draft in a private chat, else, and where Telegram refuses drafts, as one message that is changed as it
 * grows. It never speaks before the pace of the chat lets it; what it could not show is no loss.
 */
export class ReplyPreview implements Preview {
  readonly #place: Place & { readonly replyTo: string };
  readonly #deps: PreviewDeps;
  readonly #shown: (ref: string) => Promise<void>;
  readonly #abort = new AbortController();
  readonly #draftId: number;
  #isDraft: boolean;
  #ref: string | null = null;
  #text = '';
  #said = '';
  #wake: () => void = () => undefined;
  readonly #running: Promise<void>;

  /** @param shown is told of the message that the reply takes the place of, before it is sent again */
  constructor(place: Place & { readonly replyTo: string }, deps: PreviewDeps, shown: (ref: string) => Promise<void>) {
    this.#place = place;
    this.#deps = deps;
    this.#shown = shown;
    this.#isDraft = !isGroup(place.chat);
    drafts = (drafts % 2_000_000_000) + 1; // never 0, and another for each reply
    this.#draftId = drafts;
    this.#running = this.#run().catch(() => undefined); // a preview that fails is none
  }

  show(text: string): void {
    this.#text = text;
    this.#wake();
  }

  async end(): Promise<string | null> {
    this.#abort.abort();
    this.#wake();
    await this.#running;
    return this.#ref;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#change(signal);
      await this.#deps.wait(Math.max(LEAST_PAUSE_MS, this.#deps.pace.pauseBefore(this.#place.chat)), signal);
      this.#said = this.#text;
      await this.#say();
    }
  }

  /** Until there is something new, or a draft would vanish. */
  async #change(signal: AbortSignal): Promise<void> {
    if (this.#text !== this.#said) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => {
      resolve(undefined);
    };
    const again =
      this.#isDraft && this.#said !== '' ? this.#deps.wait(AGAIN_MS, signal).catch(() => undefined) : new Promise<void>(() => undefined);
    await Promise.race([promise, again]);
  }

  async #say(): Promise<void> {
    const { chat } = this.#place;
    const [piece] = toPieces(this.#said, MESSAGE_UNITS_MAX);
    if (!piece || this.#said.trim() === '') return;
    this.#deps.pace.went(chat);
    if (this.#isDraft) await this.#draft(piece.plain);
    else await this.#edit(piece.plain);
  }

  async #draft(text: string): Promise<void> {
    const { chat, thread } = this.#place;
    const topic = thread === '' ? {} : { message_thread_id: Number(thread) };
    await this.#deps.api.raw
      .sendMessageDraft({ chat_id: Number(chat), draft_id: this.#draftId, text, ...topic }, grammySignal(this.#abort.signal))
      .catch((thrown: unknown) => {
        if (this.#abort.signal.aborted) throw thrown;
        if (!this.#rests(thrown)) this.#isDraft = false; // for the rest of this reply
      });
  }

  async #edit(text: string): Promise<void> {
    const { chat, thread, replyTo } = this.#place;
    const { api } = this.#deps;
    try {
      if (this.#ref !== null) await api.editMessageText(chat, Number(this.#ref), text);
      else {
        const topic = thread === '' ? {} : { message_thread_id: Number(thread) };
        const reply = { reply_parameters: { message_id: Number(replyTo), allow_sending_without_reply: true } };
        const { message_id: id } = await api.sendMessage(chat, text, { ...topic, ...reply });
        this.#ref = String(id);
        await this.#shown(this.#ref);
      }
    } catch (thrown) {
      if (!this.#rests(thrown)) throw thrown;
    }
  }

  /** Telegram asks to wait: everything in that chat does, as long as it says. */
  #rests(thrown: unknown): boolean {
    // GrammyError's
    const parameters = Error.isError(thrown) && 'parameters' in thrown ? (thrown.parameters as { retry_after?: number }) : {};
    if (parameters.retry_after === undefined) return false;
    this.#deps.pace.rest(this.#place.chat, parameters.retry_after * 1000);
    return true;
  }
}
