/** How models mark their thoughts where nobody took them out of the text. */
const MARKS: ReadonlyMap<string, string> = new Map([
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<thoughts>', '</thoughts>'],
  ['<reasoning>', '</reasoning>'],
  ['<seed:think>', '</seed:think>'],
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
]);
/** A mark of an end is dropped where it stands first: the template of some models has the beginning in the prompt. */
const FIRST = [...MARKS.keys(), ...MARKS.values()];
const PERHAPS = '';

/** A piece of a turn: what the model says, and what it thinks. */
export interface Split {
  readonly speech: string;
  readonly thought: string;
}

const NOTHING: Split = { speech: '', thought: '' };

/**
 * Tells thoughts from speech in the text of one turn. Only what stands at the turn's beginning is a thought: a mark in the middle of
 * prose or of code is text. Marks may be split anywhere; one that is never closed holds to the end. White space before the first word
 * is held until that comes, and is dropped behind thoughts.
 */
export class ThinkSplitter {
  #state: 'beginning' | 'thinking' | 'speaking' = 'beginning';
  #held = '';
  #close = '';
  #hasThought = false;

  /** Nothing that comes can be a thought any more. */
  get isSpeaking(): boolean {
    return this.#state === 'speaking';
  }

  push(text: string): Split {
    if (this.#state === 'speaking') return { speech: text, thought: '' };
    this.#held += text;
    let thought = '';
    for (;;) {
      if (this.#state === 'thinking') {
        const taken = this.#think();
        thought += taken.thought;
        if (!taken.closed) return { speech: '', thought };
      }
      const opener = this.#opener();
      if (opener === PERHAPS) return { speech: '', thought };
      if (opener === null) return { speech: this.#speak(), thought };
      const close = MARKS.get(opener);
      if (close !== undefined) this.#state = 'thinking';
      this.#close = close ?? '';
      this.#hasThought = true;
      this.#held = this.#held.trimStart().slice(opener.length);
    }
  }

  /** What was held when the turn ended: half a mark is text, or thought within thoughts; white space alone is nothing. */
  end(): Split {
    const held = this.#held;
    this.#held = '';
    if (held.trim() === '') return NOTHING;
    return this.#state === 'thinking' ? { speech: '', thought: held } : { speech: this.#hasThought ? held.trimStart() : held, thought: '' };
  }

  /** The mark with which the held text begins; PERHAPS where more must come before that is known. */
  #opener(): string | null {
    const beginning = lower(this.#held.trimStart().slice(0, 32));
    if (beginning === '') return PERHAPS;
    const found = FIRST.find((mark) => beginning.startsWith(mark));
    return found ?? (FIRST.some((mark) => mark.startsWith(beginning)) ? PERHAPS : null);
  }

  #think(): { readonly thought: string; readonly closed: boolean } {
    const end = lower(this.#held).indexOf(this.#close);
    const upTo = end >= 0 ? end : this.#held.length - heldBack(this.#held, this.#close);
    const thought = this.#held.slice(0, upTo);
    this.#held = this.#held.slice(end >= 0 ? end + this.#close.length : upTo);
    if (end >= 0) this.#state = 'beginning';
    return { thought, closed: end >= 0 };
  }

  #speak(): string {
    const speech = this.#hasThought ? this.#held.trimStart() : this.#held;
    this.#held = '';
    this.#state = 'speaking';
    return speech;
  }
}

/** How many characters at the end of `text` may be the beginning of `mark`. */
function heldBack(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length -= 1) {
    if (mark.startsWith(lower(text.slice(-length)))) return length;
  }
  return 0;
}

/** As long as it was: some letters of other alphabets are two in lower case. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
