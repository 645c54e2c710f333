import { describe, expect, it } from '@jest/globals';
import type { ModelMessage, ToolDefinition } from '@openclaw/language-model';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { fitContext, toMessages } from './fit-context.js';
import type { ContextShares, Cuts, RunContext } from './run-context.types.js';

const SHARES: ContextShares = { system: 0.15, recent: 0.4, memory: 0.2, tools: 0.15, reply: 0.1 };
const TOOLS: ToolDefinition[] = [{ name: 'recall', description: 'Searches memory.', inputSchema: { type: 'object' } }];

/** Park and Miller's generator: the same cases in every run. */
function randomOf(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % max;
  };
}

function user(text: string): ModelMessage {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

function said(text: string): ModelMessage {
  return { role: 'assistant', text, calls: [] };
}

type Part = Extract<ModelMessage, { role: 'user' }>['parts'][number];
const PICTURE: Part = { type: 'image', name: 'dot.png', mediaType: 'image/png', data: new Uint8Array(10), stub: '[dot.png]' };
const fileOf = (name: string, text: string): Part => ({ type: 'text', name, text, stub: `[${name}]` });

function questionOf(text: string, parts: readonly Part[], finds?: string): ModelMessage {
  return { role: 'user', parts: [{ type: 'text', text }, ...parts], note: '[at noon]', ...(finds === undefined ? {} : { finds }) };
}

function contextOf(thread: readonly ModelMessage[]): RunContext {
  return { system: 'Be kind.', summary: null, covered: 0, hasEarlier: false, thread, shown: [] };
}

function textOf(message: ModelMessage): string {
  if (message.role === 'user')
    return [...message.parts.map((part) => ('text' in part ? part.text : '')), message.note, message.finds]
      .filter((text) => text !== undefined)
      .join('\n');
  return message.role === 'assistant' ? message.text + message.calls.map((call) => call.name + call.argumentsJson).join('') : message.text;
}

/** What the tokenizer itself says, in pieces: of one long word it makes minutes of work. */
function tokensOf(messages: readonly ModelMessage[]): number {
  const pieces = messages.flatMap((message) => textOf(message).match(/[\s\S]{1,400}/g) ?? []);
  return pieces.reduce((total, piece) => total + countTokens(piece), messages.length * 8);
}

function words(random: (max: number) => number, max: number): string {
  const vocabulary = ['bridge', '桥', 'Straße', '🙂', 'aaaaaaaaaaaaaaaa', '{"k":1}', 'the', '\n\n', 'supercalifragilistic', 'ßß'];
  return Array.from({ length: random(max) + 1 }, () => vocabulary[random(vocabulary.length)]).join(' ');
}

describe('a context fitted to a window', () => {
  it('stays as it is where it fits', () => {
    const context = contextOf([user('Hello')]);
    const messages = toMessages(context);
    expect(fitContext(context, TOOLS, SHARES)(messages, 8000)).toBe(messages);
  });

  it('never exceeds the window less the reply, whatever it is made of, and always ends in what was asked', () => {
    const random = randomOf(20_261_122);
    for (let round = 0; round < 60; round += 1) {
      const thread: ModelMessage[] = Array.from({ length: random(30) * 2 }, (_, index) =>
        index % 2 === 0 ? user(words(random, 200)) : { role: 'assistant', text: words(random, 200), calls: [] },
      );
      const context: RunContext = {
        ...contextOf([
          ...thread,
          questionOf(words(random, 1500), random(2) === 0 ? [] : [fileOf('a.txt', words(random, 1500)), PICTURE], words(random, 300)),
        ]),
        system: words(random, 400),
        summary: random(2) === 0 ? null : words(random, 800),
        covered: random(thread.length + 1),
        hasEarlier: random(2) === 0,
      };
      const own: ModelMessage[] = Array.from({ length: random(4) }, (_, turn) => turn).flatMap((turn): ModelMessage[] => [
        { role: 'assistant', text: '', calls: [{ callId: `c${String(turn)}`, name: 'recall', argumentsJson: '{}' }] },
        { role: 'tool', callId: `c${String(turn)}`, name: 'recall', text: words(random, 1500), failed: false },
      ]);
      const window = 1024 * (1 + random(16));
      const fitted = fitContext(context, TOOLS, SHARES)([...toMessages(context), ...own], window);
      expect(tokensOf(fitted)).toBeLessThanOrEqual(window * 0.9);
      expect(fitted.find((message) => message.role === 'user')).toBeDefined();
      const calls = fitted.flatMap((message) => (message.role === 'assistant' ? message.calls.map((call) => call.callId) : []));
      expect(fitted.flatMap((message) => (message.role === 'tool' ? [message.callId] : []))).toEqual(calls);
    }
  });

  it('shortens tool results before it drops a turn', () => {
    const thread = [user('first question'), { role: 'assistant' as const, text: 'first answer', calls: [] }, user('second question')];
    const context = contextOf(thread);
    const own: ModelMessage[] = [
      { role: 'assistant', text: '', calls: [{ callId: 'c1', name: 'recall', argumentsJson: '{}' }] },
      { role: 'tool', callId: 'c1', name: 'recall', text: 'result '.repeat(20_000), failed: false },
    ];
    const fitted = fitContext(context, TOOLS, SHARES)([...toMessages(context), ...own], 4096);
    expect(fitted.map(textOf)).toEqual(expect.arrayContaining(['first question', 'first answer', 'second question']));
    expect(textOf(fitted.at(-1) ?? user(''))).toContain('[…]');
  });

  it.each([
    ['control characters', '\u0001', false],
    ['quotes', '"', false],
    ['Chinese', '桥', true],
    ['words', 'result ', true],
  ])('never drops the newest exchange, however long its arguments and results of %s are', (_name, sign, failed) => {
    const context = contextOf([user('the question')]);
    const own = Array.from({ length: 3 }, (_, turn): ModelMessage[] => [
      {
        role: 'assistant',
        text: '',
        calls: [
          { callId: `c${String(turn)}`, name: 'remember', argumentsJson: JSON.stringify({ content: sign.repeat(90_000), kind: 'fact' }) },
        ],
      },
      { role: 'tool', callId: `c${String(turn)}`, name: 'remember', text: `refused: ${sign.repeat(20_000)}`, failed },
    ]).flat();
    for (const window of [2048, 8000, 128_000]) {
      const fitted = fitContext(context, TOOLS, SHARES)([...toMessages(context), ...own], window);
      expect(tokensOf(fitted)).toBeLessThanOrEqual(window * 0.9);
      const [call, result] = fitted.slice(-2);
      expect(result).toMatchObject({ role: 'tool', callId: 'c2', failed });
      expect(call).toMatchObject({ role: 'assistant', calls: [{ callId: 'c2', name: 'remember' }] });
      if (call?.role === 'assistant') expect(typeof JSON.parse(call.calls[0]?.argumentsJson ?? '')).toBe('object');
    }
  });

  it('invariant 9: takes its time from what it looks at, not from how long the thread is or what it is made of', () => {
    const random = seededRandom(11);
    const thread = Array.from({ length: 200 }, (_, index): ModelMessage => {
      const text = Array.from({ length: 10_000 }, () => String.fromCharCode(pickInteger(random, 0x4e00, 0x9fff))).join('');
      return index % 2 === 0 ? user(text) : { role: 'assistant', text, calls: [] };
    });
    const context = contextOf([...thread, user('new question')]);
    for (const window of [8000, 128_000, 2_000_000]) {
      const fitTo = fitContext(context, TOOLS, SHARES);
      const messages = toMessages(context);
      const before = process.threadCpuUsage();
      fitTo(messages, window);
      expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(400); // counting all of it takes more than 10 s
    }
  });

  it('fits the same messages to a small window after a large one', () => {
    const context = contextOf([user('old '.repeat(3000)), { role: 'assistant', text: 'ok', calls: [] }, user('new question')]);
    const fitTo = fitContext(context, [], SHARES);
    const messages = toMessages(context);
    expect(fitTo(messages, 128_000)).toBe(messages);
    expect(fitTo(messages, 2048).map(textOf)).toEqual(['Be kind.', 'new question']);
  });

  it('sends all turns and no summary where they fit, and the summary for what it covers where they do not', () => {
    const turns = Array.from({ length: 20 }, (_, index) => [
      user(`question ${String(index)} ${'word '.repeat(60)}`),
      said(`answer ${String(index)}`),
    ]).flat();
    const context = { ...contextOf([...turns, user('now?')]), summary: 'It was said before.', covered: 20 };
    const fitTo = fitContext(context, [], SHARES);
    expect(fitTo(toMessages(context), 32_000).map(textOf)).toEqual(['Be kind.', ...turns.map(textOf), 'now?']);
    const [system, summary, first] = fitTo(toMessages(context), 1600).map(textOf);
    expect([system, summary, first?.slice(0, 11)]).toEqual(['Be kind.', expect.stringContaining('It was said before.'), 'question 10']);
  });

  it('begins with the same turn for many requests once turns must go', () => {
    const turns = Array.from({ length: 200 }, (_, index) => [
      user(`question ${String(index)} ${'word '.repeat(40)}`),
      said(`answer ${String(index)}`),
    ]).flat();
    const beginnings = Array.from({ length: 50 }, (_, nth) => {
      const context = contextOf([...turns.slice(0, 100 + 2 * nth), user('now?')]);
      return textOf(fitContext(context, [], SHARES)(toMessages(context), 4096)[1] ?? user('')).slice(0, 12);
    });
    expect(new Set(beginnings).size).toBeLessThanOrEqual(9);
  });

  it('names old files before it drops a turn, the oldest first', () => {
    const context = contextOf([
      questionOf('one', [fileOf('old.txt', 'old '.repeat(500))]),
      said('ok'),
      questionOf('two', [fileOf('new.txt', 'new '.repeat(500))]),
      said('ok'),
      user('now?'),
    ]);
    const fitted = fitContext(context, [], SHARES)(toMessages(context), 1200).map(textOf);
    expect(fitted[1]).toBe('one\n[old.txt]\n[at noon]');
    expect(fitted[3]).toContain('new new new');
  });

  it('cuts finds and files of a question before its words, and says what it cut', () => {
    const cuts: Cuts[] = [];
    const shortened = (parts: readonly Part[], words: string, window: number, finds?: string): string => {
      const context = contextOf([questionOf(words, parts, finds)]);
      return textOf(fitContext(context, [], SHARES, (cut) => cuts.push(cut))(toMessages(context), window).at(-1) ?? user(''));
    };
    const finds = `[On this:\n${Array.from({ length: 20 }, () => `- ${'found '.repeat(100)}`).join('\n')}]`;
    expect(shortened([fileOf('a.txt', 'short')], 'What is it?', 4096)).toContain('short');
    expect(shortened([fileOf('a.txt', 'short')], 'What is it?', 2048, finds)).toMatch(
      /^What is it\?\nshort\n\[at noon\]\n\[On this:(\n- (found )+){3}\]$/,
    );
    expect(shortened([fileOf('a.txt', 'long '.repeat(5000)), PICTURE], 'What is it?', 4096)).toMatch(
      /^What is it\?\nlong long .*\[…\].* long/,
    );
    expect(shortened([fileOf('a.txt', 'long '.repeat(5000))], 'why '.repeat(5000), 2048)).toMatch(
      /^why why .*\[…\].*why \n\[a\.txt\]\n\[at noon\]$/,
    );
    expect(cuts).toEqual([
      { question: false, files: [] },
      { question: false, files: [] },
      { question: false, files: ['a.txt'] },
      { question: true, files: ['a.txt'] },
    ]);
  });

  it('finds never take more than the share of memory, in whole lines, though the window has room; older ones go with the turns that do not fit', () => {
    const finds = `[On this:\n- ${'one '.repeat(400)}\n- ${'two '.repeat(400)}]`;
    const context = contextOf([questionOf('first?', [], finds), said('ok'), questionOf('now?', [], finds)]);
    const [, first, , now] = fitContext(context, [], SHARES)(toMessages(context), 4096);
    expect(textOf(now ?? user(''))).toMatch(/^now\?\n\[at noon\]\n\[On this:\n- (one )+\]$/);
    expect(
      textOf(first ?? user(''))
        .split('\n')
        .slice(2),
    ).toEqual(
      textOf(now ?? user(''))
        .split('\n')
        .slice(2),
    );
    const long = contextOf([questionOf('first?', [], finds), said('ok '.repeat(1400)), questionOf('now?', [], finds)]);
    const [, oldest, , newest] = fitContext(long, [], SHARES)(toMessages(long), 2600).map(textOf);
    expect([oldest, newest?.slice(0, 27)]).toEqual(['first?\n[at noon]', 'now?\n[at noon]\n[On this:\n- ']);
    expect(
      fitContext(context, [], { ...SHARES, memory: 0 })(toMessages(context), 4096)
        .map(textOf)
        .at(-1),
    ).toBe('now?\n[at noon]');
  });

  it('shows what tools have brought back with the question, and says which pictures a model cannot take', () => {
    const shown: Part[] = [];
    const cuts: Cuts[] = [];
    const context = { ...contextOf([user('one'), said('ok'), questionOf('two', [PICTURE])]), shown };
    const fitTo = fitContext(context, [], SHARES, (cut) => cuts.push(cut));
    const messages = [...toMessages(context), said('Let me see.')];
    expect(fitTo(messages, 32_000, { images: true, files: false })).toBe(messages);
    shown.push({ ...PICTURE, name: 'old.png' });
    expect(fitTo(messages, 32_000, { images: false, files: false })[3]).toMatchObject({
      parts: [{}, { name: 'dot.png' }, { name: 'old.png' }],
    });
    expect(cuts).toEqual([
      { question: false, files: [] },
      { question: false, files: ['dot.png'] },
    ]);
  });
});
