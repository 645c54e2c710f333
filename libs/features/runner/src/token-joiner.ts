import type { RunEventDraft } from '@openclaw/words';

/** The most text of one event. */
const PIECE_CHARACTERS_MAX = 4096;
/** From here on a reply is long, and its reader no longer tells one piece from the next. */
const LONG_CHARACTERS = 16_384;
/** In a long reply so much is told together: an event has some 150 bytes beside its text. */
const LONG_JOIN_MS = 100;

/**
 * Joins the pieces of text that come within one turn of the event loop into one `token` or `thinking`, and in a long reply those of a tenth
 * of a
 * second: no reader could tell them apart in time, and an event costs its journey and its place in Redis and Postgres however
 * little it says. What one piece has too much goes into the next. Everything else passes in order.
 */
export class TokenJoiner {
  readonly #append: (draft: RunEventDraft) => void;
  #kind: 'token' | 'thinking' = 'token';
  #text = '';
  #said = 0;
  #waiting: { readonly cancel: () => void } | null = null;

  constructor(append: (draft: RunEventDraft) => void) {
    this.#append = append;
  }

  emit(draft: RunEventDraft): void {
    if (draft.type !== this.#kind) this.flush();
    if (draft.type !== 'token' && draft.type !== 'thinking') {
      this.#append(draft);
      return;
    }
    this.#kind = draft.type;
    if (this.#text.length + draft.content.length > PIECE_CHARACTERS_MAX) this.flush();
    this.#text += draft.content;
    this.#said += draft.content.length;
    if (this.#text.length > PIECE_CHARACTERS_MAX) this.flush();
    else this.#waiting ??= this.#soon();
  }

  /** Passes on what still waits: nothing may be left behind when the run ends. */
  flush(): void {
    this.#waiting?.cancel();
    this.#waiting = null;
    const text = this.#text;
    this.#text = '';
    for (let from = 0; from < text.length;) {
      const content = pieceOf(text, from);
      from += content.length;
      this.#append({ type: this.#kind, content });
    }
  }

  #soon(): { readonly cancel: () => void } {
    const flush = (): void => {
      this.flush();
    };
    if (this.#said > LONG_CHARACTERS) {
      const timer = setTimeout(flush, LONG_JOIN_MS);
      return {
        cancel: () => {
          clearTimeout(timer);
        },
      };
    }
    const immediate = setImmediate(flush);
    return {
      cancel: () => {
        clearImmediate(immediate);
      },
    };
  }
}

/** A piece that ends between two characters, not within one. */
function pieceOf(text: string, from: number): string {
  const end = from + PIECE_CHARACTERS_MAX;
  const cutsPair = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return text.slice(from, cutsPair ? end - 1 : end);
}
