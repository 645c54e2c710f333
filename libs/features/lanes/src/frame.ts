/** What both hops speak, worker to gate and gate to lane: a line of JSON, and then the bytes whose number the line tells. */
export interface Frame<Head> {
  readonly head: Head;
  readonly body: Buffer;
}

/** How a kind of frame is read. */
export interface FrameReading<Head> {
  /** @throws Error where the line is none of these */
  readonly parse: (line: unknown) => Head;
  /** How many bytes follow that line. */
  readonly bytesOf: (head: Head) => number;
  readonly lineBytesMax: number;
  readonly bodyBytesMax: number;
}

const NEWLINE = 10;

/** Bytes as they are sent. */
export function writeFrame(head: object, parts: readonly Uint8Array[] = []): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...parts]);
}

/** The parts of a body, by their sizes. */
export function splitBody(body: Buffer, sizes: readonly number[]): Buffer[] {
  let from = 0;
  return sizes.map((size) => body.subarray(from, (from += size)));
}

/** Puts frames together from pieces of any size. What is no frame, or larger than it may be, throws, and nothing after it is read. */
export class FrameReader<Head> {
  readonly #reading: FrameReading<Head>;
  #pieces: Buffer[] = [];
  #size = 0;
  #head: { readonly value: Head; readonly bytes: number } | null = null;

  constructor(reading: FrameReading<Head>) {
    this.#reading = reading;
  }

  /** The frames that are whole with this piece. @throws Error where it is no frame */
  push(piece: Buffer): Frame<Head>[] {
    this.#pieces.push(piece);
    this.#size += piece.length;
    const frames: Frame<Head>[] = [];
    for (let frame = this.#take(); frame; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): Frame<Head> | null {
    this.#head ??= this.#takeHead();
    if (this.#head === null || this.#size < this.#head.bytes) return null;
    const all = this.#all();
    const { value, bytes } = this.#head;
    this.#keep(all.subarray(bytes));
    this.#head = null;
    return { head: value, body: all.subarray(0, bytes) };
  }

  #takeHead(): { value: Head; bytes: number } | null {
    const all = this.#all();
    const end = all.indexOf(NEWLINE);
    const { lineBytesMax, bodyBytesMax, parse, bytesOf } = this.#reading;
    if ((end < 0 ? all.length : end) > lineBytesMax) throw new Error('a line is too long');
    if (end < 0) return null;
    const value = parse(JSON.parse(all.toString('utf8', 0, end)));
    const bytes = bytesOf(value);
    if (bytes > bodyBytesMax) throw new Error('a body is too large');
    this.#keep(all.subarray(end + 1));
    return { value, bytes };
  }

  #all(): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = all === undefined ? [] : [all];
    return all ?? Buffer.alloc(0);
  }

  #keep(rest: Buffer): void {
    this.#pieces = [rest];
    this.#size = rest.length;
  }
}
