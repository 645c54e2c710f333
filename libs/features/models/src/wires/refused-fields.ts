import type { WireBody } from './wire.types.js';

/** Sentences in which a server names no field, by the field that it means. */
const MEANT: readonly (readonly [field: string, words: RegExp])[] = [
  [
    'tools',
    /\b(?:tools?|tool choice|tool[ _]call(?:s|ing)?|function[ _]call(?:s|ing)?)\b[^.]{0,80}\b(?:not (?:support|allowed|enabled|permitted|available)|unsupported|requires?|disabled|unknown|unrecogni[sz]ed|forbidden|extra)/i,
  ],
  ['tools', /(?:does not|doesn't|not) support[^.]{0,40}\b(?:tools?|function)/i],
  ['stream', /\bstream(?:ing)?\b[^.]{0,80}\b(?:not (?:support|allowed|enabled|available)|unsupported|disabled)/i],
  ['stream', /(?:does not|doesn't|not) support[^.]{0,40}\bstream(?:ing)?\b/i],
  ['include', /encrypted content/i],
  ['reasoning_effort', /(?:does not|doesn't|not) support[^.]{0,40}\b(?:thinking|reasoning)/i],
  ['thinking', /(?:does not|doesn't|not) support[^.]{0,40}\b(?:thinking|reasoning)/i],
  [
    'generationConfig.thinkingConfig',
    /thinking[ _]?(?:config|level|budget)?\b[^.]{0,40}\bnot support|(?:does not|doesn't) support[^.]{0,40}\bthinking/i,
  ],
];
/** Words that are no name of a field by themselves: only their sentence tells. */
const WORDS = new Set(['tools', 'stream', 'include', 'thinking', 'reasoning', 'store']);
const LIMIT = 'max_tokens';
const NEW_LIMIT = 'max_completion_tokens';
/** What a tool or a user wrote is not ours to change. */
const FOREIGN = new Set(['input', 'input_schema', 'parameters', 'parametersJsonSchema', 'arguments', 'content']);

/**
 * Fields of the body that this server does not take. Each is left out of every request once the server has refused it by name, and
 * the request was then taken without it.
 */
export class RefusedFields {
  readonly #optional: readonly string[];
  readonly #left: Set<string>;

  /** @param leftOut those that the configuration leaves out from the start */
  constructor(optional: readonly string[], leftOut: readonly string[] = []) {
    this.#optional = optional;
    this.#left = new Set(leftOut);
  }

  /** The body without what is refused, here or by `more`. A limit under its old name goes out under the new one. */
  apply(body: WireBody, more: ReadonlySet<string> = new Set()): WireBody {
    const refused = new Set([...this.#left, ...more]);
    const renamed =
      refused.has(LIMIT) && this.#optional.includes(NEW_LIMIT) && body[LIMIT] !== undefined ? { ...body, [NEW_LIMIT]: body[LIMIT] } : body;
    return [...refused].reduce((rest, path) => without(rest, path.split('.')), renamed);
  }

  /** The optional fields of that body which a refusal names. */
  namedIn(refusal: string, body: WireBody): string[] {
    const named = this.#optional.filter((path) => has(body, path.split('.')) && names(refusal, path));
    // The more exact name is the one that was meant.
    return named.filter((path) => !named.some((other) => other !== path && other.startsWith(`${path}.`)));
  }

  /** What is left out of every request. */
  get all(): readonly string[] {
    return [...this.#left];
  }

  remember(fields: Iterable<string>): void {
    for (const name of fields) this.#left.add(name);
  }
}

function names(refusal: string, path: string): boolean {
  const name = path.split('.').at(-1) ?? path;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter}`);
  const text = refusal.toLowerCase();
  if ([name, snake].some((word) => stands(text, word.toLowerCase(), WORDS.has(name)))) return true;
  return MEANT.some(([field, words]) => field === path && words.test(refusal));
}

/** Whether the word stands in the text by itself; `asName`: marked as the name of something, too. */
function stands(text: string, word: string, asName: boolean): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text.charAt(at - 1), text.charAt(at + word.length)];
    if (asName ? /["'`./[]/.test(before) && /["'`:.,\]]/.test(after) : !/[\w-]/.test(before + after)) return true;
  }
  return false;
}

function without(body: WireBody, [key = '', ...rest]: readonly string[]): WireBody {
  if (rest.length === 0) return Object.fromEntries(Object.entries(body).filter(([name]) => name !== key));
  return key in body ? { ...body, [key]: within(body[key], rest) } : body;
}

/** In every item of a list, and at any depth of what is our own. */
function within(value: unknown, rest: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => within(item, rest));
  if (typeof value !== 'object' || value === null) return value;
  const [name] = rest;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (key === name) return [];
      return [[key, FOREIGN.has(key) && !Array.isArray(inner) ? inner : within(inner, rest)]];
    }),
  );
}

function has(value: unknown, [key = '', ...rest]: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => has(item, [key, ...rest]));
  if (typeof value !== 'object' || value === null) return false;
  const inner: unknown = Reflect.get(value, key);
  if (inner !== undefined) return rest.length === 0 || hasWithin(inner, rest);
  return false;
}

function hasWithin(value: unknown, rest: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => hasWithin(item, rest));
  if (typeof value !== 'object' || value === null) return false;
  return has(value, rest) || Object.values(value).some((inner) => Array.isArray(inner) && hasWithin(inner, rest));
}
