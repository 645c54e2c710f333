import { describe, expect, it } from '@jest/globals';
import { FrameReader, splitBody, writeFrame } from './frame.js';

interface Head {
  readonly size: number;
}
const reader = (): FrameReader<Head> =>
  // the tests write what they read
  new FrameReader({ parse: (line) => line as Head, bytesOf: ({ size }) => size, lineBytesMax: 30, bodyBytesMax: 10 });

describe('frames', () => {
  it('come out whole, whatever pieces they arrive in', () => {
    const sent = Buffer.concat([
      writeFrame({ size: 3 }, [Buffer.from('ab'), Buffer.from('\n')]),
      writeFrame({ size: 0 }),
      writeFrame({ size: 4 }, [Buffer.from('wxyz')]),
    ]);
    for (let piece = 1; piece <= sent.length; piece += 1) {
      const subject = reader();
      const frames = Array.from({ length: Math.ceil(sent.length / piece) }, (_, index) =>
        subject.push(sent.subarray(index * piece, (index + 1) * piece)),
      ).flat();
      expect(frames.map(({ head, body }) => [head.size, body.toString()])).toEqual([
        [3, 'ab\n'],
        [0, ''],
        [4, 'wxyz'],
      ]);
    }
  });

  it.each([
    ['a line that does not end', 'x'.repeat(31), 'a line is too long'],
    ['a long line', `${JSON.stringify({ size: 0, more: 'x'.repeat(30) })}\n`, 'a line is too long'],
    ['a large body', '{"size":11}\n', 'a body is too large'],
    ['no JSON', 'hello\n', 'not valid JSON'],
  ])('%s is refused', (_, sent, reason) => {
    expect(() => reader().push(Buffer.from(sent))).toThrow(reason);
  });

  it('a body is split by sizes', () => {
    expect(splitBody(Buffer.from('abcdef'), [2, 0, 3]).map(String)).toEqual(['ab', '', 'cde']);
  });
});
