/** Shorter parameters, such as a version, are no keys; hidden in a log they would hide other things. */
const KEY_CHARACTERS_MIN = 16;
const KEY_NAMES = ['key', 'token', 'secret', 'sig', 'auth', 'pass'];

/** A piece of an address that may be a key: where it stands, as it is written, and whether it looks like one. */
interface Piece {
  readonly at: number;
  readonly text: string;
  readonly isKey: boolean;
}

/** What an address on the web carries that may be a key: a user without a password, and parameters. */
function piecesOf(text: string): Piece[] {
  if (!/^https?:\/\//i.test(text)) return [];
  const [address = ''] = text.split('#', 1);
  const [place = ''] = address.split('?', 1);
  const start = place.indexOf('//') + 2;
  const [authority = ''] = place.slice(start).split('/', 1);
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  const whole = { at: start, text: user.includes(':') ? '' : user, isKey: true };
  return [whole, ...parametersOf(address, place.length + 1)].filter((piece) => piece.text !== '');
}

function parametersOf(address: string, start: number): Piece[] {
  let at = start;
  return address
    .slice(start)
    .split('&')
    .map((parameter) => {
      const equals = parameter.indexOf('=');
      const value = parameter.slice(equals + 1);
      const name = parameter.slice(0, Math.max(0, equals)).toLowerCase();
      const piece = {
        at: at + equals + 1,
        text: value,
        isKey: value.length >= KEY_CHARACTERS_MIN || KEY_NAMES.some((part) => name.includes(part)),
      };
      at += parameter.length + 1;
      return piece;
    });
}

/** The keys that an address on the web carries beside a password; none for other texts. */
export function webKeys(text: string): string[] {
  return piecesOf(text)
    .filter(({ isKey }) => isKey)
    .map((piece) => piece.text);
}

/** `text` with everything in it that may be a key replaced; other texts as they are. */
export function withoutWebKeys(text: string, replacement: string): string {
  return piecesOf(text).reduceRight((rest, { at, text: piece }) => rest.slice(0, at) + replacement + rest.slice(at + piece.length), text);
}
