import { isText } from './read-package.js';
import type { Finding } from './skill.schema.js';

const LINE_CHARACTERS_MAX = 1000;
const FINDINGS_MAX = 50;
const BLOB_CHARACTERS_MIN = 400;
const HIDDEN = /[\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/u;
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** What known attacks have in a line of theirs; all patterns of a sign must be there. */
const SIGNS: readonly { readonly patterns: readonly RegExp[]; readonly message: string }[] = [
  { patterns: [HIDDEN], message: 'has characters that are not seen: text for the model that a person does not read' },
  { patterns: [/\b(?:curl|wget|iwr)\b/i, /\|\s?(?:sudo )?(?:ba|z|da)?sh\b/i], message: 'runs what it downloads' },
  { patterns: [/API_KEY|SECRET|PASSWORD|_TOKEN\b|\.ssh\b|id_rsa|\.aws\b|\.env\b/], message: 'names keys or the places where they lie' },
  {
    patterns: [/https?:\/\//i, /\b(?:fetch|download|open|visit|read|load)\b/i, /\b(?:follow|obey|execute|do what|as it says)\b/i],
    message: 'tells the agent to do what another page says',
  },
  {
    patterns: [/\b(?:ignore|disregard|forget)\b/i, /\b(?:previous|earlier|above|system|other)\b/i, /\binstructions?\b/i],
    message: 'tells the agent to forget its instructions',
  },
  {
    patterns: [/\b(?:do not|don't|never|without)\b/i, /\b(?:tell|mention|ask|show|inform)/i, /\b(?:user|owner|anyone|person)\b/i],
    message: 'tells the agent to keep something from its owner',
  },
];

/** What of a package somebody should look at before it is used. A package without findings is not therefore a good one. */
export function lookForSigns(files: ReadonlyMap<string, Buffer>): Finding[] {
  const findings: Finding[] = [];
  for (const [path, bytes] of files) {
    if (!isText(bytes)) findings.push({ level: 'warning', where: path, message: 'is no text: what it does cannot be read' });
    const lines = (isText(bytes) ? bytes.toString() : '').replace(/^\uFEFF/, '').split('\n');
    for (const [index, line] of lines.entries()) {
      for (const message of messagesOf(line)) findings.push({ level: 'warning', where: `${path}:${String(index + 1)}`, message });
      if (findings.length >= FINDINGS_MAX) return findings.slice(0, FINDINGS_MAX);
    }
  }
  return findings;
}

function messagesOf(line: string): string[] {
  const seen = line.slice(0, LINE_CHARACTERS_MAX);
  const signs = SIGNS.filter(({ patterns }) => patterns.every((pattern) => pattern.test(seen))).map(({ message }) => message);
  if (line.length >= BLOB_CHARACTERS_MIN && line.split(NOT_BASE64).some((part) => part.length >= BLOB_CHARACTERS_MIN))
    signs.push('has a long run of encoded text');
  if (line.length > LINE_CHARACTERS_MAX && HIDDEN.test(line)) signs.push('has characters that are not seen, far out on a long line');
  return signs;
}
