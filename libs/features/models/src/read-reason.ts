import type { Redactor } from '@openclaw/telemetry';
import { field, items, text } from './wires/read-json.js';

const CHARACTERS_MAX = 300;
const DEPTH_MAX = 4;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * The provider's own sentence out of whatever it sent: `error.message`, a flat `message`, `detail` as text or as a list of
 * problems, plain text, the title of a page. One line, at most 300 characters, without anything that looks like a secret or is one
 * of `redactor`'s. Empty where there is none.
 */
export function readReason(body: unknown, redactor: Redactor): string {
  const sentence = typeof body === 'string' ? fromText(body) : fromValue(body, 0);
  const line = sentence.replaceAll(/[\s\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu, ' ').trim();
  return cut(redactor.text(line));
}

function fromText(body: string): string {
  const parsed = parse(body);
  if (parsed !== undefined) return fromValue(parsed, 0);
  if (!/<(?:!doctype|html|head|body)\b/i.test(body)) return body; // cut when secrets are out of it
  const title = /<title[^<>]*>([^<]*)</i.exec(body)?.[1] ?? /<h1[^<>]*>([^<]*)</i.exec(body)?.[1] ?? '';
  return title.trim();
}

function fromValue(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  if (depth > DEPTH_MAX || typeof value !== 'object' || value === null) return '';
  if (Array.isArray(value))
    return value
      .slice(0, 5)
      .map((item) => fromValue(item, depth + 1))
      .filter((sentence) => sentence !== '')
      .join('; ');
  const inner = [
    'error',
    'message',
    'msg',
    'detail',
    'details',
    'errors',
    'title',
    'reason',
    'description',
    'error_description',
    'code',
    'type',
  ];
  const sentence = inner.map((key) => fromValue(field(value, key), depth + 1)).find((found) => found !== '') ?? '';
  const place = items(field(value, 'loc')).map(String).join('.'); // FastAPI names the field apart from the problem
  return place === '' || sentence === '' ? unwrap(value, sentence) : `${place}: ${sentence}`;
}

/** OpenRouter has the sentence of the provider behind it in `metadata.raw`. */
function unwrap(value: object, sentence: string): string {
  const raw = text(field(field(value, 'metadata'), 'raw'));
  return raw === '' ? sentence : `${sentence}: ${fromText(raw)}`;
}

function cut(line: string): string {
  if (line.length <= CHARACTERS_MAX) return line;
  let kept = '';
  for (const { segment } of graphemes.segment(line.slice(0, 2 * CHARACTERS_MAX))) {
    if (kept.length + segment.length >= CHARACTERS_MAX) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

function parse(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' || typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
