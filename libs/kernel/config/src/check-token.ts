import { REDACTED } from '@openclaw/words';

export const TOKEN_CHARACTERS_MIN = 16;

/** Words that samples, manuals and hasty people put where a secret belongs. None is made of others: each text has one reading. */
const PLACEHOLDER_WORDS =
  'access admin api authentication auth bearer bot change default demo dummy enter example fake fill foo bar baz gateway here insert is it key local me mine ' +
  'my new openclaw paste passphrase passwd password pass placeholder please put replace sample secret secure set some super testing test the this todo ' +
  'token user value very with xxx your';
// eslint-disable-next-line no-restricted-syntax -- sixty words are no literal; each text has one reading, and it is the owner's own token
const ONLY_PLACEHOLDERS = new RegExp(`^(?=.*[a-z])(?:${PLACEHOLDER_WORDS.split(' ').join('|')}|\\d)+$`);
const KEYBOARD_RUNS = ['0123456789abcdefghijklmnopqrstuvwxyz', '1234567890'.repeat(4), 'qwertyuiopasdfghjklzxcvbnm'];
/** A random token of 16 hexadecimal digits has fewer different ones about once in a hundred million. */
const DIFFERENT_CHARACTERS_MIN = 5;

/**
 * What is wrong with a gateway token; null where nothing is. It must be 16 or more visible ASCII characters (it travels in a
 * header) and not a placeholder: made of nothing but words such as `your`, `token`, `changeme` and digits, one character over and
 * over, or a run of neighbouring keys. The empty string is not this function's business.
 */
export function findTokenProblem(token: string): string | null {
  if (isPlaceholder(token)) return 'is a placeholder; use a secret of your own, or leave it empty to have one made';
  if (!/^[\x21-\x7e]+$/.test(token)) return 'must be visible ASCII characters without blanks';
  if (token.length < TOKEN_CHARACTERS_MIN) return `must have at least ${String(TOKEN_CHARACTERS_MIN)} characters`;
  return null;
}

function isPlaceholder(token: string): boolean {
  const lower = token.toLowerCase();
  if (token === REDACTED || /^<.*>$|^\[.*\]$|\$\{|\{\{/.test(token)) return true;
  if (token.length >= TOKEN_CHARACTERS_MIN && new Set(token).size < DIFFERENT_CHARACTERS_MIN) return true;
  return ONLY_PLACEHOLDERS.test(lower.replaceAll(/[^a-z0-9]/g, '')) || KEYBOARD_RUNS.some((run) => run.includes(lower));
}
