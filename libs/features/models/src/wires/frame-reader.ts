/** What came as one frame of a reply. */
export interface Frame {
  /** `undefined` for `[DONE]`. */
  readonly value: unknown;
  /** The name that server-sent events may give to a frame; empty where they did not. */
  readonly event: string;
}

/** No frame of a reply is longer; a server that sends more without an end of frame has lost its way. */
const FRAME_CHARACTERS_MAX = 16_777_216;
const BEGINNING_CHARACTERS = 2_000;
const DONE: Frame = { value: undefined, event: '' };
const LINE_END = /\r\n|\n|\r/g;

/**
 * chunks of bytes ─► text ─► lines or JSON values ─► frames
 *
 * Frames of a reply, whatever its label says: server-sent events with any line ends, or JSON values one after the other, alone or
 * in an array. What is no frame is counted and left out. A frame is given as soon as its value is whole: neither the blank line
 * after it nor the end of the body is waited for.
 */
export class FrameReader {
  readonly #decoder = new TextDecoder();
  #lines: EventLines | JsonValues | null = null;
  #beginning = '';

  /** The beginning of the text, for whoever must say what was no reply. */
  get beginning(): string {
    return this.#beginning;
  }

  /** @throws Error where a frame has no end */
  push(chunk: Uint8Array): Frame[] {
    return this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** What the end of the body makes whole. */
  end(): Frame[] {
    const frames = this.#take(this.#decoder.decode());
    return [...frames, ...(this.#lines?.end() ?? [])];
  }

  #take(text: string): Frame[] {
    if (this.#beginning.length < BEGINNING_CHARACTERS) this.#beginning = (this.#beginning + text).slice(0, BEGINNING_CHARACTERS);
    if (this.#lines) return this.#lines.push(text);
    const first = this.#beginning.trimStart();
    if (first === '') return [];
    this.#lines = first.startsWith('{') || first.startsWith('[') ? new JsonValues() : new EventLines();
    return this.#lines.push(text);
  }
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html, and what is often made of it. */
class EventLines {
  #rest = '';
  #data = '';
  #event = '';
  #endedInReturn = false;

  push(text: string): Frame[] {
    const frames: Frame[] = [];
    const all = this.#rest + (this.#endedInReturn && text.startsWith('\n') ? text.slice(1) : text);
    if (text !== '') this.#endedInReturn = text.endsWith('\r');
    this.#rest = all.slice(all.includes('\r') ? this.#anyLines(all, frames) : this.#lines(all, frames));
    if (isWhole(this.#rest)) this.#early(frames);
    if (this.#rest.length + this.#data.length > FRAME_CHARACTERS_MAX) throw new Error('a frame of the stream does not end');
    return frames;
  }

  end(): Frame[] {
    const frames: Frame[] = [];
    for (const line of this.#rest.split(LINE_END)) this.#line(line, frames);
    return frames;
  }

  /** All whole lines; returns where the rest begins. */
  #lines(all: string, frames: Frame[]): number {
    let start = 0;
    for (let end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', start)) {
      const next = this.#usual(all, start, end, frames);
      if (next === 0) this.#line(all.slice(start, end), frames);
      start = next || end + 1;
    }
    return start;
  }

  /** As {@link #lines}, where lines may end in a return, or in both. */
  #anyLines(all: string, frames: Frame[]): number {
    let start = 0;
    for (const { index, 0: end } of all.matchAll(LINE_END)) {
      this.#line(all.slice(start, index), frames);
      start = index + end.length;
    }
    return start;
  }

  /**
   * A frame as nearly all are, one line and a blank one, in as few steps as can be. Returns where the next begins; 0 for any other line.
   */
  #usual(all: string, start: number, end: number, frames: Frame[]): number {
    if (this.#data !== '' || !all.startsWith('data: {', start)) return 0;
    const value = parse(all.slice(start + 6, end));
    if (value === undefined) return 0;
    frames.push({ value, event: this.#event });
    if (all.charCodeAt(end + 1) !== 10) return end + 1;
    this.#event = '';
    return end + 2;
  }

  /** A line without its end, which may never come: taken where it is a frame by itself. */
  #early(frames: Frame[]): void {
    const known = [this.#data, this.#event, frames.length] as const;
    this.#line(this.#rest, frames);
    if (frames.length > known[2]) this.#rest = '';
    else [this.#data, this.#event] = known;
  }

  #line(line: string, frames: Frame[]): void {
    if (line === '') {
      this.#data = '';
      this.#event = '';
    } else if (line.startsWith('data:')) {
      this.#add(line.slice(5).replace(/^ ?(?:data: ?)*/, ''), frames);
    } else if (line.startsWith('event:')) {
      this.#event = line.slice(6).trim();
    } else if (line.startsWith('error:')) {
      this.#event = 'error';
      this.#add(line.slice(6), frames);
    } else if (line.startsWith('{')) {
      this.#add(line, frames); // some servers write their errors plainly into the stream
    }
  }

  #add(data: string, frames: Frame[]): void {
    if (data.trim() === '[DONE]') {
      frames.push(DONE);
      return;
    }
    const joined = this.#data === '' ? data : `${this.#data}\n${data}`;
    const value = isWhole(joined) ? parse(joined) : undefined;
    const alone = value === undefined && joined !== data && isWhole(data) ? parse(data) : value;
    this.#data = alone === undefined ? joined : '';
    if (alone !== undefined) frames.push({ value: alone, event: this.#event });
  }
}

/** JSON objects, wherever they begin and end: one, one a line, or as items of an array. */
class JsonValues {
  #text = '';
  #at = 0;
  #depth = 0;
  #inString = false;

  push(text: string): Frame[] {
    const frames: Frame[] = [];
    this.#text += text;
    for (; this.#at < this.#text.length; this.#at += 1) {
      if (this.#inString) this.#skipString();
      else this.#step(this.#text[this.#at], frames);
    }
    if (this.#text.length > FRAME_CHARACTERS_MAX) throw new Error('a frame of the stream does not end');
    return frames;
  }

  end(): Frame[] {
    return [];
  }

  #step(character: string | undefined, frames: Frame[]): void {
    if (character === '"') this.#inString = this.#depth > 0;
    else if (character === '{') this.#open();
    else if (character === '}' && this.#depth > 0) this.#close(frames);
  }

  /** To the last character of the string, or of what there is of it. */
  #skipString(): void {
    const character = this.#text[this.#at];
    if (character === '\\') this.#at += 1;
    else if (character === '"') this.#inString = false;
  }

  #open(): void {
    if (this.#depth === 0) {
      this.#text = this.#text.slice(this.#at);
      this.#at = 0;
    }
    this.#depth += 1;
  }

  #close(frames: Frame[]): void {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    const value = parse(this.#text.slice(0, this.#at + 1));
    if (value !== undefined) frames.push({ value, event: '' });
  }
}

function isWhole(text: string): boolean {
  const last = text.at(-1);
  return last === '}' || last === ']' || ((last === ' ' || last === '\t') && /[}\]]\s*$/.test(text));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
