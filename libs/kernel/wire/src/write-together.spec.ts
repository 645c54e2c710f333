import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { writeTogether } from './write-together.js';

/** Each write that reached the other end. */
function recorder(): { stream: Writable; writes: string[] } {
  const writes: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      writes.push(chunk);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  return { stream, writes };
}

const endOfTurn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('writeTogether', () => {
  it('what is written in one turn goes out as one, in order; what comes later goes by itself', async () => {
    const { stream, writes } = recorder();
    for (const text of ['a', 'b']) {
      writeTogether(stream);
      stream.write(text);
      await Promise.resolve();
    }
    expect(writes).toEqual([]);
    await endOfTurn();
    expect(writes).toEqual(['ab']);
    writeTogether(stream);
    stream.write('c');
    await endOfTurn();
    expect(writes).toEqual(['ab', 'c']);
  });

  it('streams do not wait for each other, and one that is gone by then does no harm', async () => {
    const [one, other] = [recorder(), recorder()];
    writeTogether(one.stream);
    one.stream.write('a');
    other.stream.write('b');
    expect(other.writes).toEqual(['b']);
    one.stream.destroy();
    await endOfTurn();
    expect(one.writes).toEqual([]);
  });
});
