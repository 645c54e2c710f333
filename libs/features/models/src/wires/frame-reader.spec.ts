import { describe, expect, it } from '@jest/globals';
import { FrameReader, type Frame } from './frame-reader.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(chunks: readonly Uint8Array[]): Frame[] {
  const reader = new FrameReader();
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

const values = (frames: readonly Frame[]): unknown[] => frames.map(({ value }) => (value === undefined ? '[DONE]' : value));
const A = '{"a":"ü{}\\"👩‍👩‍👧"}';
const a = { a: 'ü{}"👩‍👩‍👧' };

describe('frames', () => {
  it.each<[string, string, unknown[]]>([
    ['of events', `data: ${A}\n\ndata: {"b":1}\n\ndata: [DONE]\n\n`, [a, { b: 1 }, '[DONE]']],
    [
      'with a mark of byte order, CRLF and comments',
      `\uFEFF: hi\r\n\r\ndata: ${A}\r\n\r\n: ping\r\n\r\ndata:[DONE]\r\n\r\n`,
      [a, '[DONE]'],
    ],
    ['with lone returns', `data: ${A}\r\rdata: {"b":1}\r\rdata: [DONE]\r\r`, [a, { b: 1 }, '[DONE]']],
    ['without blank lines', `data: ${A}\ndata: {"b":1}\ndata: [DONE]`, [a, { b: 1 }, '[DONE]']],
    ['whose data is several lines', 'event: x\ndata: {"b":\ndata: 1}\n\n', [{ b: 1 }]],
    ['with a doubled label', `data: data: ${A}\n\n`, [a]],
    ['between such as are none', `data: ping\n\ndata: {"b":\n\nevent: ping\ndata: \n\nid: 7\nretry: 3\ndata: ${A}\n\nnonsense\n\n`, [a]],
    [
      'where an error is written plainly',
      `data: ${A}\n\n{"error":{"message":"x"}}\nerror: {"code":1}\n\n`,
      [a, { error: { message: 'x' } }, { code: 1 }],
    ],
    ['without a last line end', `data: ${A}`, [a]],
    ['of one JSON value', ` \n${A}`, [a]],
    ['of printed JSON', `{\n  "a": ${JSON.stringify(a.a)}\n}\n`, [a]],
    ['of JSON lines', `${A}\n{"b":1}\n`, [a, { b: 1 }]],
    ['of a JSON array', `[${A},\r\n{"b":[{"c":"]"}]}\n]`, [a, { b: [{ c: ']' }] }]],
    ['of nothing', '', []],
    ['of a page', '<html>no</html>', []],
  ])('%s, in one piece or byte by byte', (_name, text, expected) => {
    expect(values(read([bytes(text)]))).toEqual(expected);
    expect(values(read([...bytes(text)].map((byte) => Uint8Array.of(byte))))).toEqual(expected);
    for (let at = 1; at < bytes(text).length; at += 1)
      expect(values(read([bytes(text).subarray(0, at), bytes(text).subarray(at)]))).toEqual(expected);
  });

  it('are given before their line ends, since that may never come', () => {
    const reader = new FrameReader();
    expect(values(reader.push(bytes(`data: ${A}`)))).toEqual([a]);
    expect(values(reader.push(bytes('\n\ndata: [DONE]')))).toEqual(['[DONE]']);
    expect(values(new FrameReader().push(bytes(A)))).toEqual([a]);
  });

  it('keep the name of their event, and no other’s', () => {
    expect(read([bytes('event: error\ndata: {"b":1}\n\ndata: {"b":2}\n\n')]).map(({ event }) => event)).toEqual(['error', '']);
  });

  it('without an end are given up', () => {
    const reader = new FrameReader();
    const push = (): void => {
      reader.push(bytes(`data: {"a":"${'x'.repeat(9_000_000)}`));
      reader.push(bytes('x'.repeat(9_000_000)));
    };
    expect(push).toThrow('does not end');
  });
});
