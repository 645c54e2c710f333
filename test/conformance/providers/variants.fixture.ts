import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { pickInteger } from '../../support/seeded-random.js';
import { at, items, sse } from './sse.js';
import type { Wire, WirePiece, WireReply } from './wire.types.js';

/** One reply as some server might send it, and what must come of it. */
export interface Variant {
  /** What was done to the stream, for whoever reads a failure. */
  readonly done: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Buffer[];
  /** What the server does with the connection behind the last chunk. */
  readonly then: 'end' | 'reset' | 'nothing';
  readonly expected: { readonly text: string; readonly calls: readonly string[] } | { readonly error: RegExp };
}

type Random = () => number;

const WORDS = [
  'The ',
  'answer ',
  'is ',
  '42',
  '. ',
  '\n',
  'Grüße ',
  '👩‍👩‍👧 ',
  'שלום ',
  '上海',
  '“x” ',
  'a\\b ',
  '</p> ',
  '`<think>` ',
  '{"a":1} ',
  'data: x\n\n',
  '[DONE] ',
];
const MARKS = [
  ...['think', 'thinking', 'thought', 'reasoning', 'seed:think', 'mm:think'].map((name) => [`<${name}>`, `</${name}>`] as const),
  ['[THINK]', '[/THINK]'],
  ['◁think▷', '◁/think▷'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|channel|>analysis<|message|>', '<|end|><|start|>assistant<|channel|>final<|message|>'],
] as const;
/** Of models whose template has the beginning in the prompt. */
const LONE = [
  ['', '\n</think>\n\n'],
  ['', '.</think>'],
  ['', '.\n[/THINK]\n'],
] as const;
const THOUGHTS = ['Hm. ', 'Let me see: ', 'SECRET ', 'perhaps </b> ', '"', '\n'];
const LABELS = [
  'text/event-stream',
  'text/event-stream; charset=utf-8',
  'application/json',
  'text/plain',
  'text/html',
  'application/octet-stream',
  'application/x-ndjson',
  '',
];

/** A variant of one of the wire's replies; the same for the same numbers. */
export function variantOf(wire: Wire, random: Random): Variant {
  const done: string[] = [];
  const said = (what: string): void => void done.push(what);
  const chance = (part: number, what: string): boolean => {
    const is = random() < part;
    if (is) said(what);
    return is;
  };
  const { reply, text, calls } = replyOf(wire, random, chance);
  const end = endOf(wire, random, said);
  const frames = dialect(wire, end.cut(wire.frames(reply)), random, chance);
  const body = end.error ? [...frames, wire.errorFrame(500, 'The kettle is empty')] : frames;
  const lineEnd = pick(random, ['\n', '\n', '\n', '\r\n', '\r']);
  const written = `${random() < 0.2 ? '\uFEFF' : ''}${body.join('')}`.replaceAll('\n', lineEnd);
  if (lineEnd !== '\n') said(lineEnd === '\r' ? 'CR' : 'CRLF');
  const { bytes, headers } = encode(Buffer.from(written), random, chance);
  return {
    done,
    headers: { ...headers, ...labelOf(random, said) },
    chunks: split(bytes, random),
    then: end.then,
    expected: end.error ? { error: /kettle is empty/ } : end.broken ? { error: /broke off/ } : { text, calls },
  };
}

function replyOf(
  wire: Wire,
  random: Random,
  chance: (part: number, what: string) => boolean,
): { reply: WireReply; text: string; calls: string[] } {
  const text =
    Array.from({ length: pickInteger(random, 1, 12) }, () => pick(random, WORDS))
      .join('')
      .trimStart() || 'x';
  const thought = Array.from({ length: pickInteger(random, 0, 5) }, () => pick(random, THOUGHTS)).join('');
  const native: WirePiece[] = chance(0.2, 'thoughts by field') ? [{ thinking: `${thought}.`, proof: 'proof' }] : [];
  const [opens, closes] = pick(random, native.length > 0 ? MARKS : [...MARKS, ...LONE]);
  const tagged = chance(0.3, opens + closes)
    ? `${pick(random, ['', '\n', ' '])}${opens}${thought}${closes}${pick(random, ['', '\n\n', ' '])}`
    : '';
  const calls = chance(0.25, 'calls')
    ? Array.from({ length: pickInteger(random, 1, 3) }, (_, index) =>
        JSON.stringify({ city: `${text.slice(0, 5).toWellFormed()} ${String(index)}` }),
      )
    : [];
  const callPieces = calls.map((written, index): WirePiece => ({
    call: { id: `own_${String(index)}`, name: 'get_weather', fragments: wire.type === 'google' ? [written] : pieces(written, random) },
  }));
  const spoken = pieces(tagged + text, random).map((piece): WirePiece => ({ text: piece }));
  return {
    reply: {
      pieces: [...native, ...spoken, ...callPieces],
      stop: calls.length > 0 ? 'tool_calls' : 'stop',
      usage: { input: 5, output: 3 },
    },
    text,
    calls,
  };
}

interface End {
  readonly cut: (frames: readonly string[]) => readonly string[];
  readonly then: Variant['then'];
  readonly broken: boolean;
  readonly error: boolean;
}

/** How many frames at the end of each wire tell of the end, the reason to stop first. */
const LAST: Readonly<Record<Wire['type'], number>> = { anthropic: 2, openai: 1, google: 1, ollama: 3, 'openai-compatible': 3 };

function endOf(wire: Wire, random: Random, said: (what: string) => void): End {
  const whole = { cut: (frames: readonly string[]) => frames, broken: false, error: false };
  const before = { ...whole, cut: (frames: readonly string[]) => frames.slice(0, -LAST[wire.type]) };
  const isChat = wire.type === 'ollama' || wire.type === 'openai-compatible';
  const ends: readonly (readonly [what: string, end: End])[] = [
    ...Array.from({ length: 6 }, () => ['', { ...whole, then: 'end' }] as const),
    ['reset behind the end', { ...whole, then: 'reset' }],
    ['reset before the end', { ...before, then: 'reset', broken: true }],
    ['cut before the end', { ...before, then: 'end', broken: true }],
    ['an error before the end', { ...before, then: 'end', error: true }],
    // Gemini has no mark of the end but its reason, behind which usage is waited for.
    ...(wire.type === 'google' ? [] : [['left open behind the end', { ...whole, then: 'nothing' }] as const]),
    ...(isChat
      ? ([
          ['[DONE] without a reason', { ...whole, cut: (frames) => [...frames.slice(0, -3), sse('[DONE]')], then: 'nothing' }],
          ['no [DONE]', { ...whole, cut: (frames) => frames.slice(0, -1), then: 'end' }],
        ] satisfies [string, End][])
      : []),
  ];
  const [what, end] = pick(random, ends);
  if (what !== '') said(what);
  return end;
}

/** What servers add, leave out and write otherwise, none of which changes what is said. */
function dialect(wire: Wire, frames: readonly string[], random: Random, chance: (part: number, what: string) => boolean): string[] {
  const isChat = wire.type === 'ollama' || wire.type === 'openai-compatible';
  const odd = isChat ? ODD_CHAT : ODD;
  const added = chance(0.5, 'odd frames')
    ? frames.flatMap((frame) => (random() < 0.3 ? [pick(random, odd), frame] : [frame]))
    : [...frames];
  const nulled = chance(0.3, 'error: null') ? added.map((frame) => rewrite(frame, (value) => ({ ...value, error: null }))) : added;
  const foreign = chance(0.3, 'unknown fields')
    ? nulled.map((frame) => rewrite(frame, (value) => ({ x_trace: { id: 1 }, ...value, provider: 'p', obfuscation: 'xyz' })))
    : nulled;
  const chat = isChat ? foreign.map((frame) => rewrite(frame, (value) => chatDialect(value, random))) : foreign;
  const unnamed = chance(0.2, 'events without names') ? chat.map((frame) => frame.replace(/^event: .*\n/, '')) : chat;
  return chance(0.15, 'no blank lines') ? unnamed.map((frame) => frame.replace(/\n\n$/, '\n')) : unnamed;
}

const ODD = [
  ': ping\n\n',
  'event: ping\ndata: {"type": "ping"}\n\n',
  'data: ping\n\n',
  'data: {"type":\n\n',
  sse([1, null]),
  sse({}),
  'id: 7\nretry: 10\n\n',
  sse({ type: 'something.new', delta: { text: 'no' } }),
];
const ODD_CHAT = [
  ...ODD,
  sse({ choices: null }),
  sse({ choices: [] }),
  sse({ choices: [{ index: 1, delta: { content: 'another choice' }, finish_reason: 'stop' }] }),
  sse({ choices: [{ index: 0, delta: { role: 'model' } }] }),
  sse({ choices: [{ index: 0, delta: null, finish_reason: '' }] }),
];

function chatDialect(value: Readonly<Record<string, unknown>>, random: Random): object {
  const [choice] = items(value['choices']);
  if (at(choice, 'index') === 1) return value;
  if (typeof choice !== 'object' || choice === null) return random() < 0.3 ? { ...value, choices: null } : value;
  const delta = at(choice, 'delta');
  const index = random() < 0.2 ? {} : { index: 0 };
  const finish = at(choice, 'finish_reason') ?? pick(random, [null, null, '', undefined]);
  if (delta === null) return value;
  return {
    ...value,
    choices: [
      {
        ...index,
        delta: { role: pick(random, ['assistant', 'model', '', null]), ...(typeof delta === 'object' ? delta : {}) },
        finish_reason: finish,
      },
    ],
  };
}

function rewrite(frame: string, change: (value: Readonly<Record<string, unknown>>) => object): string {
  const start = frame.indexOf('data: {');
  if (start < 0 || !frame.endsWith('}\n\n')) return frame;
  const value: unknown = JSON.parse(frame.slice(start + 6));
  return `${frame.slice(0, start)}data: ${JSON.stringify(change(value as Record<string, unknown>))}\n\n`; // it begins with a brace
}

function encode(
  body: Buffer,
  random: Random,
  chance: (part: number, what: string) => boolean,
): { bytes: Buffer; headers: Record<string, string> } {
  if (!chance(0.25, 'compressed')) return { bytes: body, headers: {} };
  const [encoding, bytes] = pick(random, [
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
  ] as const);
  return { bytes, headers: encoding === 'br' || random() < 0.7 ? { 'content-encoding': encoding } : {} };
}

function labelOf(random: Random, said: (what: string) => void): Record<string, string> {
  const label = pick(random, LABELS);
  if (label === '') return {};
  said(label);
  return { 'content-type': label };
}

/** Anywhere, also within a character; often in large pieces, as networks do. */
function split(bytes: Buffer, random: Random): Buffer[] {
  const most = pick(random, [bytes.length, 4096, 200, 40, 7]);
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length && chunks.length < 400;) {
    const end = chunks.length === 399 ? bytes.length : Math.min(bytes.length, start + pickInteger(random, 1, Math.max(1, most)));
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

function pieces(text: string, random: Random): string[] {
  const characters = Array.from(text);
  const found: string[] = [];
  while (characters.length > 0) found.push(characters.splice(0, pickInteger(random, 1, 6)).join(''));
  return found;
}

function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined && from.length === 0) throw new Error('nothing to pick from');
  return found as T; // an item may be undefined itself
}
