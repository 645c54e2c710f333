import type { RunEventDraft } from '@openclaw/words';

/** The most text of one joined event. */
const PIECE_CHARACTERS_MAX = 4096;

/**
 * Joins the pieces of text that come within one turn of the event loop into one `token`: no reader could tell them apart in
 * time, and an event costs its journey through Redis and Postgres however little it says. Everything else passes in order.
 */
export class TokenJoiner {
  readonly #append: (draft: RunEventDraft) => void;
  #text = '';
  #timer: NodeJS.Immediate | undefined;

  constructor(append: (draft: RunEventDraft) => void) {
    this.#append = append;
  }

  emit(draft: RunEventDraft): void {
    if (draft.type !== 'token') {
      this.flush();
      this.#append(draft);
      return;
    }
    if (this.#text.length + draft.content.length > PIECE_CHARACTERS_MAX) this.flush();
    this.#text += draft.content;
    this.#timer ??= setImmediate(() => {
      this.flush();
    });
  }

  /** Passes on what still waits: nothing may be left behind when the run ends. */
  flush(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    const content = this.#text;
    this.#text = '';
    if (content !== '') this.#append({ type: 'token', content });
  }
}
