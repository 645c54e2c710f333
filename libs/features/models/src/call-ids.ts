import { hash } from 'node:crypto';

/**
 * What an id of one's own may be, by the provider's type; others are written anew. A server may have put anything into its ids and want it
 * back.
 */
const OWN_ID: Readonly<Record<string, RegExp>> = {
  anthropic: /^[a-zA-Z0-9_-]{1,128}$/,
  openai: /^[a-zA-Z0-9_-]{1,64}$/,
  google: /^[a-zA-Z0-9_-]{1,64}$/,
};
const ANY_ID = /^[!-~]{1,8192}$/;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Mistral's are exactly that long, and nobody minds (https://docs.mistral.ai/api: `^[a-zA-Z0-9]{9}$`). */
const LENGTH = 9;

/**
 * The ids of one prompt's calls, unique in it: a call of the reader's own comes back as the reader wrote it, where its wire takes that,
 * and every other under nine letters and digits that follow from its id, so that later prompts repeat them.
 */
export class CallIds {
  readonly #reader: string;
  readonly #pattern: RegExp;
  readonly #given = new Set<string>();

  /** @param reader `provider/model` */
  constructor(reader: string) {
    this.#reader = reader;
    this.#pattern = OWN_ID[reader.slice(0, reader.indexOf('/'))] ?? ANY_ID;
  }

  /** @param writer `provider/model`; undefined for the reader itself */
  next(callId: string, writer: string | undefined): string {
    const isOwn = (writer ?? this.#reader) === this.#reader && this.#pattern.test(callId);
    let id = isOwn ? callId : derive(callId, 0);
    for (let n = 1; this.#given.has(id); n += 1) id = derive(callId, n);
    this.#given.add(id);
    return id;
  }
}

function derive(callId: string, nth: number): string {
  const bytes = hash('sha256', `${callId}\n${String(nth)}`, 'buffer');
  return Array.from(bytes.subarray(0, LENGTH), (byte) => DIGITS.charAt(byte % DIGITS.length)).join('');
}
