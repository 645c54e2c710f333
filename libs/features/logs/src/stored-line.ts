import { cutJson } from '@openclaw/words';
import { type Level, LEVELS } from './log-line.schema.js';

/** A line as it is kept. */
export interface StoredLine {
  readonly time: Date;
  readonly level: number;
  readonly component: string;
  readonly host: string;
  readonly requestId: string | null;
  readonly conversationId: string | null;
  readonly messageId: string | null;
  /** The message and all other fields, as JSON. */
  readonly line: string;
  /** What it is found by. */
  readonly text: string;
}

/** About what one line may take: a thousand of them are a reply. */
const CHARACTERS_MAX = 3000;
const ID_CHARACTERS_MAX = 200;
const UNKNOWN = 'unknown';

/**
 * A line of JSON as it is kept: secrets are taken out of it already, so that what is cut here has none that a cut could hide.
 * @returns null for what is no object
 */
export function toStoredLine(text: string): StoredLine | null {
  const value: unknown = JSON.parse(text); // our own logger wrote it
  if (typeof value !== 'object' || value === null) return null;
  // see above
  const { time, level, component, host, request_id, conversation_id, message_id, ...rest } = value as Readonly<Record<string, unknown>>;
  const fields = cutJson(rest, CHARACTERS_MAX) as Readonly<Record<string, unknown>>; // an object stays an object
  return {
    time: timeOf(time),
    level: levelOf(level),
    component: idOf(component) ?? UNKNOWN,
    host: idOf(host) ?? UNKNOWN,
    requestId: idOf(request_id),
    conversationId: idOf(conversation_id),
    messageId: idOf(message_id),
    line: JSON.stringify(fields),
    text: foundBy(fields),
  };
}

/** As it is kept and looked for: case tells nothing apart. */
export function fold(text: string): string {
  return text.toLowerCase();
}

/** Another logger's word for a level counts as `info`. */
function levelOf(level: unknown): number {
  return typeof level === 'string' && level in LEVELS ? LEVELS[level as Level] : LEVELS.info; // just asked
}

function timeOf(time: unknown): Date {
  const date = new Date(typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, ID_CHARACTERS_MAX) : null;
}

/** The message, then `name=value` for each field, what lies in it by a dotted name. */
function foundBy({ message, ...fields }: Readonly<Record<string, unknown>>): string {
  const parts = [typeof message === 'string' ? message : ''];
  const add = (name: string, value: unknown): void => {
    if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) add(name === '' ? key : `${name}.${key}`, inner);
    else parts.push(`${name}=${String(value)}`);
  };
  add('', fields);
  return fold(parts.join('\n'));
}
