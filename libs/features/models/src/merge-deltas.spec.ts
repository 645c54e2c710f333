import { describe, expect, it } from '@jest/globals';
import { DeltaMerger, mergeFrames } from './merge-deltas.js';

const sse = (body: unknown, event?: string): string => `${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(body)}\n\n`;
const chat = (delta: object, rest: object = {}): string => sse({ id: '1', choices: [{ index: 0, delta, ...rest }] });
const claude = (index: number, text: string): string => sse({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } }, 'content_block_delta');
const responses = (item_id: string, delta: string, sequence_number: number): string => sse({ type: 'response.output_text.delta', item_id, content_index: 0, delta, sequence_number });
const gemini = (part: object, rest: object = {}): string => sse({ candidates: [{ content: { role: 'model', parts: [part] }, index: 0, ...rest }], usageMetadata: { totalTokenCount: 3 } });

describe('frames that arrive together', () => {
  it.each([
    ['Chat Completions', [chat({ content: 'a' }), chat({ content: 'b' }), chat({ content: 'c' })], chat({ content: 'abc' })],
    ['Anthropic', [claude(0, 'a'), claude(0, 'b')], claude(0, 'ab')],
    ['Responses', [responses('m', 'a', 1), responses('m', 'b', 2)], responses('m', 'ab', 2)],
    ['Gemini', [gemini({ text: 'a' }), gemini({ text: 'b' })], gemini({ text: 'ab' })],
  ])('%s: neighbours that only add text are joined', (_name, frames, joined) => {
    expect(mergeFrames(frames.join(''))).toBe(joined);
  });

  it.each([
    ['another block', [claude(0, 'a'), claude(1, 'b')]],
    ['another item', [responses('m', 'a', 1), responses('n', 'b', 2)]],
    ['an end', [chat({ content: 'a' }), chat({ content: 'b' }, { finish_reason: 'stop' })]],
    ['a tool call', [chat({ content: 'a' }), chat({ content: 'b', tool_calls: [] })]],
    ['reasoning', [chat({ content: '' }), chat({ content: 'b', reasoning_content: 'hm' })]],
    ['a thought', [gemini({ text: 'a' }), gemini({ text: 'b', thought: true })]],
    ['a signature', [gemini({ text: 'a' }), gemini({ text: 'b', thoughtSignature: 's' })]],
    ['the end of a candidate', [gemini({ text: 'a' }), gemini({ text: 'b' }, { finishReason: 'STOP' })]],
    ['input of a tool', [claude(0, 'a'), sse({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{' } }, 'content_block_delta')]],
    ['malformed JSON', [chat({ content: 'a' }), 'data: {"choices":\n\n', chat({ content: 'b' })]],
    ['no JSON', [chat({ content: 'a' }), 'data: [DONE]\n\n']],
    ['a comment', [chat({ content: 'a' }), ': keep-alive\n\n', chat({ content: 'b' })]],
    ['an error', [chat({ content: 'a' }), sse({ error: { message: 'x' }, choices: [{ delta: { content: 'b' } }] })]],
    ['CRLF', ['data: {"choices":[]}\r\n\r\ndata: {"choices":[]}\r\n\r\n']],
  ])('%s is left as it is', (_name, frames) => {
    expect(mergeFrames(frames.join(''))).toBe(frames.join(''));
  });

  it('however the bytes are cut, the same text comes out, in order', () => {
    const words = ['Grü', 'ße ', '😀', ' "quoted" ', '\\', '\n', 'end'];
    const bytes = Buffer.from([...words.map((content) => chat({ content })), chat({}, { finish_reason: 'stop' }), 'data: [DONE]\n\n'].join(''));
    for (let at = 1; at < bytes.length; at += 1) {
      const out = textOf([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(contentOf(out)).toBe(words.join(''));
      expect(out.endsWith('data: [DONE]\n\n')).toBe(true);
    }
  });

  it('what does not end as a frame comes out at the end as it was', () => {
    expect(textOf([Buffer.from('data: {"a"'), Buffer.from(':1}')])).toBe('data: {"a":1}');
  });

  it('a frame without an end is told, so that the heap need not grow', () => {
    const merger = new DeltaMerger();
    const megabyte = Buffer.alloc(1_048_576, 'x');
    const verdicts = Array.from({ length: 17 }, () => [merger.push(megabyte), merger.isEndless]);
    expect(verdicts).toEqual([...Array.from({ length: 16 }, () => [null, false]), [null, true]]);
  });
});

function textOf(chunks: readonly Uint8Array[]): string {
  const merger = new DeltaMerger();
  const out = [...chunks.map((chunk) => merger.push(chunk)), merger.end()];
  return Buffer.concat(out.filter((part) => part !== null)).toString('utf8');
}

function contentOf(stream: string): string {
  const found = [...stream.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)];
  return found.map(([, json = '""']) => String(JSON.parse(json))).join('');
}
