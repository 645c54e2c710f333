import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Id, isId } from '@openclaw/words';

/** The id of a token that was made. */
export type TokenId = Id<'tok'>;

/** `oclaw_`, the id without its prefix, the secret, a checksum: word characters alone, so that a double click takes it whole. */
const FORM = /^oclaw_([0-9a-z]{26})[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;
const PREFIX = 'oclaw_';
const SECRET_BYTES = 32;
const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A new token: 256 random bits. It names its id, so that it is found by its primary key and whoever finds one that leaked can name it;
 * prefix and checksum (CRC-32 in base 62, as in GitHub's tokens) tell scanners for secrets, and a slip of the hand, without asking anybody.
 */
export function makeToken(id: TokenId): string {
  const secret = toBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_CHARACTERS);
  const body = `${PREFIX}${id.slice('tok_'.length)}${secret}`;
  return body + checksumOf(body);
}

/** The id that a token names; null for what is no whole token of this kind. Says nothing about whether it is valid. */
export function readTokenId(token: string): TokenId | null {
  const match = FORM.exec(token);
  if (!match || checksumOf(token.slice(0, -CHECKSUM_CHARACTERS)) !== match[2]) return null;
  const id = `tok_${String(match[1])}`;
  return isId('tok', id) ? id : null;
}

/** What is kept of a token, and compared. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function checksumOf(text: string): string {
  return toBase62(BigInt(crc32(text)), CHECKSUM_CHARACTERS);
}

function toBase62(value: bigint, width: number): string {
  let [rest, text] = [value, ''];
  for (let place = 0; place < width; place += 1) {
    text = (DIGITS[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
