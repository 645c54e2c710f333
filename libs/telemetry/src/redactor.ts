import { REDACTED } from '@openclaw/contracts';

const DEPTH_MAX = 8;
const SECRET_KEY = /^(authorization|cookie|password|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?)$|(_|-)(token|secret|password|api_?key)$/i;
/** Shapes of well-known credentials: bearer headers, provider keys, bot tokens, passwords inside URLs. */
const SECRET_TEXT = [
  /\b(Bearer\s+)[\w.~+/=-]{8,}/gi,
  /\b()(?:sk|pk|rk)-[\w-]{16,}/g,
  /\b()AIza[\w-]{30,}/g,
  /\b()xox[abprs]-[\w-]{10,}/g,
  /\b()\d{8,10}:[\w-]{35}\b/g,
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/gi,
];

/**
 * The one place where secrets are taken out. It knows the values this process holds (tokens, keys, passwords), the names under
 * which people keep secrets, and the shapes of the credentials of well-known services.
 */
export class Redactor {
  readonly #values: readonly string[];

  /** @param values secrets as they are; anything under 8 characters is ignored, it would redact ordinary words. */
  constructor(values: readonly string[] = []) {
    this.#values = values.filter((value) => value.length >= 8);
  }

  /** `text` without known secret values and without anything shaped like a credential. */
  text(text: string): string {
    const known = this.#values.reduce((rest, value) => rest.replaceAll(value, REDACTED), text);
    return SECRET_TEXT.reduce((rest, pattern) => rest.replace(pattern, `$1${REDACTED}`), known);
  }

  /** A copy of any JSON-like value with every secret replaced; what lies deeper than 8 levels is left out. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    if (depth >= DEPTH_MAX) return '…';
    if (value instanceof Error) return this.#error(value, depth);
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, SECRET_KEY.test(key) && isFilled(inner) ? REDACTED : this.value(inner, depth + 1)]),
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
