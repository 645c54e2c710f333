/** No frame of a reply is longer; a server that sends more without an end of frame has lost its way. */
const FRAME_CHARACTERS_MAX = 16_777_216;

/**
 * chunks of bytes ─► whole frames ─► neighbours that only add text, joined ─► bytes
 *
 * Providers send a frame per token, and a busy network or a fast model lets many arrive in one chunk. The SDK's parser costs four
 * to five times that of `JSON.parse` per frame, and each token is an event to be stored; frames that arrive together are shown
 * together anyway, so their texts are joined first. What arrives alone goes through untouched, and so does every frame that does
 * more than add text. Holds back nothing but the beginning of a frame whose end has not arrived.
 */
export class DeltaMerger {
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #rest = '';

  /** True once a frame is too long to be one: the server has lost its way. */
  get isEndless(): boolean {
    return this.#rest.length > FRAME_CHARACTERS_MAX;
  }

  /** What can go on now; null where no frame is whole yet. */
  push(chunk: Uint8Array): Uint8Array | null {
    const text = this.#rest + this.#decoder.decode(chunk, { stream: true });
    // Frames that end in CRLF are rare and legal: they pass as they are.
    const end = text.includes('\r') ? text.length : text.lastIndexOf('\n\n') + 2;
    this.#rest = end >= 2 ? text.slice(end) : text;
    return end >= 2 ? this.#encoder.encode(mergeFrames(text.slice(0, end))) : null;
  }

  /** What was held back when the stream ended; null for nothing. */
  end(): Uint8Array | null {
    const rest = this.#rest + this.#decoder.decode();
    return rest === '' ? null : this.#encoder.encode(rest);
  }
}

/** Whole frames as they were, but for neighbours that add text to the same part of the reply. */
export function mergeFrames(text: string): string {
  const frames = text.split('\n\n');
  if (frames.length <= 2) return text;
  const merged: (string | Delta)[] = [];
  let open: Delta | null = null;
  for (const frame of frames) {
    const delta = readDelta(frame);
    if (open && delta?.place === open.place) {
      open = { ...delta, text: open.text + delta.text };
      merged[merged.length - 1] = open;
    } else {
      open = delta;
      merged.push(delta ?? frame);
    }
  }
  return merged.map((item) => (typeof item === 'string' ? item : write(item))).join('\n\n');
}

/** A frame that adds text and does nothing else. */
interface Delta {
  /** Which part of the reply: deltas of one place may be joined. */
  readonly place: string;
  readonly text: string;
  /** All of the frame before its JSON. */
  readonly head: string;
  readonly body: object;
  /** The way to the text in the body. */
  readonly path: readonly (string | number)[];
}

/** Where the frames of each provider keep their text. */
const SHAPES: readonly { readonly path: readonly (string | number)[]; readonly place: (body: object) => string | null }[] = [
  { path: ['choices', 0, 'delta', 'content'], place: chatPlace },
  { path: ['delta', 'text'], place: (body) => (at(body, 'type') === 'content_block_delta' && at(body, 'delta', 'type') === 'text_delta' ? `block ${String(at(body, 'index'))}` : null) },
  { path: ['delta'], place: (body) => (at(body, 'type') === 'response.output_text.delta' ? `item ${String(at(body, 'item_id'))} ${String(at(body, 'content_index'))}` : null) },
  { path: ['candidates', 0, 'content', 'parts', 0, 'text'], place: geminiPlace },
];

function readDelta(frame: string): Delta | null {
  const start = frame.indexOf('data: {');
  if (start < 0 || frame.includes('\n', start)) return null;
  const body = parse(frame.slice(start + 6));
  if (body === null) return null;
  for (const { path, place } of SHAPES) {
    const found = place(body);
    const text = found === null ? null : at(body, ...path);
    if (found !== null && typeof text === 'string') return { place: found, text, head: frame.slice(0, start + 6), body, path };
  }
  return null;
}

function write({ head, body, path, text }: Delta): string {
  const [last = '', ...way] = path.toReversed();
  const parent = at(body, ...way.toReversed());
  if (typeof parent === 'object' && parent !== null) Reflect.set(parent, last, text);
  return head + JSON.stringify(body);
}

/** Chat Completions: one choice whose delta is content alone, and no word of an end, of usage or of an error. */
function chatPlace(body: object): string | null {
  const choice = at(body, 'choices', 0);
  const isAlone = hasOnly(at(choice, 'delta'), ['content', 'role']) && at(body, 'choices', 1) === undefined;
  return isAlone && at(choice, 'finish_reason') == null && at(body, 'usage') == null && at(body, 'error') === undefined ? 'choice' : null;
}

/** Gemini: one candidate with one part that is text alone: no thought, no signature, no end. */
function geminiPlace(body: object): string | null {
  const candidate = at(body, 'candidates', 0);
  const parts = at(candidate, 'content', 'parts');
  const isAlone = hasOnly(candidate, ['content', 'index']) && hasOnly(at(parts, 0), ['text']) && at(parts, 1) === undefined;
  return isAlone && at(body, 'candidates', 1) === undefined && at(body, 'error') === undefined ? 'candidate' : null;
}

function hasOnly(value: unknown, keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).every((key) => keys.includes(key));
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const key of path) inner = typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  return inner;
}

function parse(json: string): object | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
