import { REDACTED } from '@openclaw/words';
import { SecretValue } from './secret-value.js';

const DEPTH_MAX = 8;
/** Anything shorter would redact ordinary words. */
const VALUE_CHARACTERS_MIN = 8;
/** The last words of a name under which people keep secrets, in snake case. */
const SECRET_KEY = /(^|_)(authorization|cookie|password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)$/;
/**
 * Shapes of well-known credentials, our own among them: bearer headers, provider keys, bot tokens, JSON Web Tokens, passwords and keys
 * inside URLs. Each is
 * linear in what it reads: where a shape may be long it begins at a place that comes once, and looks ahead once.
 */
const SECRET_TEXT = [
  /\b(Bearer(?:\s+|%20|\+))[\w.~+/=|;%-]{8,}/gi,
  /\b()(?:sk|pk|rk)[-_][\w-]{16,}/g,
  /\b()AIza[\w-]{30,}/g,
  /\b()xox[abeprs]-[\w-]{10,}/g,
  /\b()xapp-[\w-]{10,}/g,
  /\b()gh[pousr]_\w{30,}/g,
  /\b()github_pat_\w{22,}/g,
  /\b()oclaw_\w{30,}/g,
  /(?<![\w-])(?=[\w-]+\.[\w-]{8,}\.[\w-]{8,})([\w-]*?)(?<!\w)eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g,
  /(\bbot|\b)\d{8,10}(?::|%3[Aa])[\w-]{35}(?![\w-])/g,
  /(:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/g,
  /([?&](?:access_token|api_?key|key|password|secret|sig|signature|token)=)[^&#\s"']+/gi,
];

/** What every one of those shapes has somewhere: a text without it is looked at once instead of twelve times. */
const TRACE = /bearer[\s%+]|%3A|[spr]k[-_]|AIza|xox|xapp|gh[pousr]_|github_pat|oclaw_|eyJ|:|[?&]/i;
/** What is joined to a secret by `|` or `;` belongs to it: tokens of several parts, lists of them. */
const JOINED = /(\*{3}REDACTED\*{3})(?:[|;][\w.~+/=%-]+)+/g;
/** Verdicts on names that are kept: there are few in the house, and each is asked about again and again. Others may be of any length. */
const NAMES_MAX = 2000;
const NAME_CHARACTERS_MAX = 64;
/** The end of a name is enough to know it by. */
const NAME_END_CHARACTERS = 64;

/**
 * The one place where secrets are taken out. It knows the values this process holds (tokens, keys, passwords), the names under
 * which people keep secrets, and the shapes of the credentials of well-known services.
 */
export class Redactor {
  readonly #values = new Map<string, SecretValue>();

  /** @param values secrets as they are, found in every encoding that {@link SecretValue} knows; anything under 8 characters is ignored */
  constructor(values: readonly string[] = []) {
    this.learn(values);
  }

  /** Takes these out too, from now on; what it knew it keeps, since it may still be under way somewhere. */
  learn(values: readonly string[]): void {
    for (const value of values)
      if (value.length >= VALUE_CHARACTERS_MIN && !this.#values.has(value)) this.#values.set(value, new SecretValue(value));
  }

  /**
   * `text` without known secret values and without anything shaped like a credential. To be called before anything is cut: half a secret is
   * not known.
   */
  text(text: string): string {
    let rest = text;
    for (const value of this.#values.values()) rest = value.takeFrom(rest);
    if (TRACE.test(rest)) rest = SECRET_TEXT.reduce((left, pattern) => left.replace(pattern, `$1${REDACTED}`), rest);
    return rest.includes(REDACTED) ? rest.replace(JOINED, '$1') : rest;
  }

  /** A copy of any JSON-like value with every secret replaced; what lies deeper than 8 levels is left out. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    if (depth >= DEPTH_MAX) return '…';
    if (Error.isError(value)) return this.#error(value, depth);
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, isSecretName(key) && isFilled(inner) ? REDACTED : this.value(inner, depth + 1)]),
    );
  }

  #error(error: Error, depth: number): unknown {
    return {
      type: error.name,
      message: this.text(error.message),
      ...('code' in error ? { code: error.code } : {}),
      stack: this.text(error.stack ?? ''),
      ...(error.cause === undefined ? {} : { cause: this.value(error.cause, depth + 1) }),
    };
  }
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);
}

const verdicts = new Map<string, boolean>();

/** `x-api-key`, `apiKey`, `API_KEY`: one name in three spellings. */
function isSecretName(key: string): boolean {
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const verdict = SECRET_KEY.test(
    key
      .slice(-NAME_END_CHARACTERS)
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replace(/[-.]/g, '_')
      .toLowerCase(),
  );
  if (verdicts.size < NAMES_MAX && key.length <= NAME_CHARACTERS_MAX) verdicts.set(key, verdict);
  return verdict;
}
