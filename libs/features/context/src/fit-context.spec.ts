import { describe, expect, it } from '@jest/globals';
import type { ModelMessage, ToolDefinition } from '@openclaw/models';
import { countTokens } from './count-tokens.js';
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

function tokensOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((total, message) => total + countTokens(textOf(message)), 0);
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

  it('fits the same messages to a small window after a large one', () => {
    const context: RunContext = { system: 'Be kind.', background: null, thread: [user('old '.repeat(3000)), { role: 'assistant', text: 'ok', calls: [] }, user('new question')] };
    const fitTo = fitContext(context, [], SHARES);
    const messages = toMessages(context);
    expect(fitTo(messages, 128_000)).toBe(messages);
    expect(fitTo(messages, 2048).map(textOf)).toEqual(['Be kind.', 'new question']);
  });
});
