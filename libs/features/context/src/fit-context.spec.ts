import { describe, expect, it } from '@jest/globals';
import type { ModelMessage, ToolDefinition } from '@openclaw/models';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { pickInteger, seededRandom } from '../../../../test/support/seeded-random.js';
import { type ContextShares, fitContext, type RunContext, toMessages } from './fit-context.js';

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

function textOf(message: ModelMessage): string {
  if (message.role === 'user') return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
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
    const context: RunContext = { system: 'Be kind.', background: null, thread: [user('Hello')] };
    const messages = toMessages(context);
    expect(fitContext(context, TOOLS, SHARES)(messages, 8000)).toBe(messages);
  });

  it('never exceeds the window less the reply, whatever it is made of, and always ends in what was asked', () => {
    const random = randomOf(20_261_122);
    for (let round = 0; round < 60; round += 1) {
      const thread: ModelMessage[] = Array.from({ length: random(30) * 2 }, (_, index) =>
        index % 2 === 0 ? user(words(random, 200)) : { role: 'assistant', text: words(random, 200), calls: [] },
      );
      const context: RunContext = { system: words(random, 400), background: random(2) === 0 ? null : words(random, 800), thread: [...thread, user(words(random, 1500))] };
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
    const context: RunContext = { system: 'Be kind.', background: null, thread };
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
    const context: RunContext = { system: 'Be kind.', background: null, thread: [user('the question')] };
    const own = Array.from({ length: 3 }, (_, turn): ModelMessage[] => [
      { role: 'assistant', text: '', calls: [{ callId: `c${String(turn)}`, name: 'remember', argumentsJson: JSON.stringify({ content: sign.repeat(90_000), kind: 'fact' }) }] },
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
    const context: RunContext = { system: 'Be kind.', background: null, thread: [...thread, user('new question')] };
    for (const window of [8000, 128_000, 2_000_000]) {
      const fitTo = fitContext(context, TOOLS, SHARES);
      const messages = toMessages(context);
      const before = process.threadCpuUsage();
      fitTo(messages, window);
      expect(process.threadCpuUsage(before).user / 1000).toBeLessThan(400); // counting all of it takes more than 10 s
    }
  });

  it('fits the same messages to a small window after a large one', () => {
    const context: RunContext = { system: 'Be kind.', background: null, thread: [user('old '.repeat(3000)), { role: 'assistant', text: 'ok', calls: [] }, user('new question')] };
    const fitTo = fitContext(context, [], SHARES);
    const messages = toMessages(context);
    expect(fitTo(messages, 128_000)).toBe(messages);
    expect(fitTo(messages, 2048).map(textOf)).toEqual(['Be kind.', 'new question']);
  });
});
