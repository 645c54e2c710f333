import { endsThought, LONE_ENDS, MARK_BEGINS, SPEECH, THOUGHTS, type SpeechMarks, type ThoughtMarks } from './think-marks.js';

/** A piece of a turn: what the model says, and what it thinks. */
export interface Split {
  readonly speech: string;
  readonly thought: string;
  /** All speech that was given before was thought, and is told as such now. */
  readonly voids?: true;
}

/** An end of thoughts that comes later than this makes no thought of what was said. */
const VOIDED_CHARACTERS_MAX = 262_144;
/** Marks that turned out to be text; a reply with more of them speaks about marks. */
const FALSE_ENDS_MAX = 16;
const OPENER_CHARACTERS = 40;

type Opener = { readonly thought: ThoughtMarks } | { readonly speech: SpeechMarks } | 'perhaps' | null;

/**
 * Tells thoughts from speech in the text of one turn. A thought stands at the turn's beginning, between the marks of think-marks.ts,
 * which may be split anywhere; one that is never closed holds to the end. Marks in the middle of prose or of code are text. White
 * space before the first word is held until that comes, and is dropped behind thoughts.
 *
 * An end without a beginning makes a thought of all before it: `voids` says so, and whoever showed it takes it back. `assumes`: this
 * model is known for that, so what comes is told as thought until the end is seen; where none comes it is told once more, as speech.
 */
export class ThinkSplitter {
  #state: 'beginning' | 'thinking' | 'speaking' = 'beginning';
  #held = '';
  #marks: ThoughtMarks | null = null;
  #ends: readonly string[] = [];
  #hasThought = false;
  #assumes: boolean;
  /** Speech so far, as long as it may turn out to be thought; all of what may turn out to be no thought. */
  #told = '';
  #watches = true;
  #falseEnds = 0;
  #found: boolean | null = null;

  constructor(assumes = false) {
    this.#assumes = assumes;
  }

  /** Whether thoughts had an end without a beginning: false where they were assumed to and had not, null where nothing is known. */
  get hasLoneEnd(): boolean | null {
    return this.#found;
  }

  /** True where that text is nothing but speech; it needs not be pushed. */
  passes(text: string): boolean {
    if (this.#state !== 'speaking' || this.#assumes || this.#held !== '') return false;
    if (!this.#watches) return this.#ends.length === 0;
    if (MARK_BEGINS.test(text)) return false;
    this.#tell(text);
    return true;
  }

  /** The wire tells thoughts by itself: text is speech. */
  speaks(): void {
    this.#assumes = false;
    this.#watches = false;
  }

  push(text: string): Split {
    this.#held += text;
    return this.#read(false);
  }

  /**
   * What was held when the turn ended: half a mark is text, or thought within thoughts; white space alone is nothing.
   * @param isCut the model was cut off: what it was taken to think it thought
   */
  end(isCut = false): Split {
    const read = this.#read(true);
    const rest = this.#held.trim() === '' ? '' : this.#held;
    this.#held = '';
    if (this.#isDoubtful() && !isCut) {
      if (this.#assumes) this.#found = false;
      return { ...read, speech: this.#told + rest };
    }
    const isThought = this.#state === 'thinking' || this.#isDoubtful();
    return isThought ? { ...read, thought: read.thought + rest } : { ...read, speech: read.speech + this.#behind(rest) };
  }

  /** What was taken for thought, and its end has not been seen. */
  #isDoubtful(): boolean {
    return this.#state === 'thinking' ? this.#marks?.needsEnd === true : this.#assumes && this.#state === 'speaking';
  }

  #read(isOver: boolean): Split {
    let [speech, thought, voids] = ['', '', false];
    for (;;) {
      const before = this.#state;
      const part = before === 'beginning' ? this.#begin() : before === 'thinking' ? this.#think() : this.#listen(isOver);
      if (part.voids) [speech, voids] = ['', true];
      thought += part.thought;
      speech += part.speech;
      if (!part.more) return { speech, thought, ...(voids ? { voids: true } : {}) };
    }
  }

  #begin(): Part {
    const opener = this.#opener();
    if (opener === 'perhaps') return WAIT;
    if (opener === null) {
      this.#held = this.#behind(this.#held);
      this.#state = 'speaking';
      return ON;
    }
    const mark = 'thought' in opener ? opener.thought : opener.speech;
    const text = this.#held.trimStart();
    this.#held = text.slice(mark.opens.length);
    this.#hasThought = true;
    if ('thought' in opener) {
      if (this.#assumes) [this.#assumes, this.#found] = [false, false];
      this.#marks = opener.thought;
      this.#state = 'thinking';
      this.#told = opener.thought.needsEnd ? text.slice(0, mark.opens.length) : '';
    } else if (opener.speech.closes.length > 0) this.#ends = opener.speech.closes;
    return ON;
  }

  /** The mark with which the held text begins. */
  #opener(): Opener {
    const text = this.#held.trimStart();
    const beginning = lower(text.slice(0, OPENER_CHARACTERS));
    if (beginning === '') return 'perhaps';
    const speech = SPEECH.filter(({ behindThoughts }) => this.#hasThought || !behindThoughts);
    const thought = THOUGHTS.find((marks) => beginning.startsWith(marks.opens) && follows(text, marks));
    if (thought) return { thought };
    const said = speech.find(({ opens }) => beginning.startsWith(opens));
    if (said) return { speech: said };
    const isPart = (opens: string, before?: RegExp): boolean =>
      opens.startsWith(beginning) && (opens !== beginning || before !== undefined);
    return THOUGHTS.some(({ opens, before }) => isPart(opens, before)) || speech.some(({ opens }) => isPart(opens)) ? 'perhaps' : null;
  }

  #think(): Part {
    const { closes, needsEnd } = this.#marks ?? { closes: '' };
    const end = lower(this.#held).indexOf(closes);
    const upTo = end >= 0 ? end : this.#held.length - heldBack(this.#held, [closes]);
    const thought = this.#held.slice(0, upTo);
    this.#held = this.#held.slice(end >= 0 ? end + closes.length : upTo);
    if (needsEnd) this.#told += thought;
    if (end < 0) return { speech: '', thought, more: false };
    this.#state = 'beginning';
    this.#told = '';
    return { speech: '', thought, more: true };
  }

  /** Speech, up to a mark that ends it or makes a thought of it. */
  #listen(isOver: boolean): Part {
    const marks = this.#watches ? [...this.#ends, ...LONE_ENDS.keys()] : this.#ends;
    const [at, mark] = earliest(lower(this.#held), marks);
    if (mark === '') return this.#say(this.#held.length - (isOver ? 0 : heldBack(this.#held, marks)), false);
    const after = this.#held.slice(at + mark.length);
    if (this.#ends.includes(mark)) {
      const part = this.#say(at, true);
      this.#held = after;
      this.#state = 'beginning';
      return part;
    }
    const before = this.#held.slice(0, at);
    const isEnd = endsThought(this.#told + before, after, LONE_ENDS.get(mark) ?? '', isOver);
    if (isEnd === null) return this.#say(at, false);
    if (isEnd) return this.#void(before, after);
    this.#falseEnds += 1;
    this.#watches = this.#falseEnds < FALSE_ENDS_MAX;
    return this.#say(at + mark.length, true);
  }

  #void(before: string, after: string): Part {
    const thought = this.#assumes ? before : this.#told + before;
    const voids = !this.#assumes && this.#told !== '';
    this.#held = after;
    this.#state = 'beginning';
    [this.#told, this.#assumes, this.#watches, this.#hasThought, this.#found] = ['', false, false, true, true];
    return { speech: '', thought, more: true, ...(voids ? { voids } : {}) };
  }

  #say(upTo: number, more: boolean): Part {
    const text = this.#held.slice(0, upTo);
    this.#held = this.#held.slice(upTo);
    const isThought = this.#assumes;
    this.#tell(text);
    if (!isThought) return { speech: text, thought: '', more };
    // So much without an end was no thought.
    return this.#assumes ? { speech: '', thought: text, more } : { speech: this.#handOver(), thought: '', more };
  }

  #handOver(): string {
    const told = this.#told;
    this.#told = '';
    this.#found = false;
    return told;
  }

  #tell(text: string): void {
    if (!this.#watches && !this.#assumes) return;
    this.#told += text;
    if (this.#told.length <= VOIDED_CHARACTERS_MAX) return;
    this.#watches = false;
    if (this.#assumes) this.#assumes = false;
    else this.#told = '';
  }

  /** White space behind thoughts is dropped. */
  #behind(text: string): string {
    return this.#hasThought ? text.trimStart() : text;
  }
}

interface Part extends Split {
  /** Whether what is held may tell more. */
  readonly more: boolean;
}

const WAIT: Part = { speech: '', thought: '', more: false };
const ON: Part = { speech: '', thought: '', more: true };

function follows(text: string, { opens, before }: ThoughtMarks): boolean {
  return before === undefined || before.test(text.charAt(opens.length));
}

function earliest(text: string, marks: readonly string[]): [at: number, mark: string] {
  let found: [number, string] = [text.length, ''];
  for (const mark of marks) {
    const at = text.indexOf(mark);
    if (at >= 0 && at < found[0]) found = [at, mark];
  }
  return found;
}

/** How many characters at the end of `text` may be the beginning of a mark. */
function heldBack(text: string, marks: readonly string[]): number {
  const end = lower(text.slice(-OPENER_CHARACTERS));
  for (let length = end.length; length > 0; length -= 1) {
    const tail = end.slice(-length);
    if (marks.some((mark) => mark.length > length && mark.startsWith(tail))) return length;
  }
  return 0;
}

/** As long as it was: some letters of other alphabets are two in lower case. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
