import { describe, expect, it } from '@jest/globals';
import { newId, type RunEvent } from '@openclaw/words';
import { Mailbox } from './mailbox.js';

const id = newId('msg');
const conversation_id = newId('conv');
const signal = new AbortController().signal;

function tokens(from: number, count: number): RunEvent[] {
  return Array.from({ length: count }, (_, index) => ({ type: 'token', id, conversation_id, seq: from + index, content: 'x' }));
}

describe('Mailbox', () => {
  it('gives what came since the last call, in order, each once', async () => {
    const mailbox = new Mailbox();
    mailbox.put(tokens(1, 2));
    mailbox.put(tokens(3, 1));
    expect((await mailbox.take(1000, signal)).map((event) => event.seq)).toEqual([1, 2, 3]);
    expect(await mailbox.take(1, signal)).toEqual([]);
  });

  it('wakes whoever waits as soon as something comes', async () => {
    const mailbox = new Mailbox();
    const taken = mailbox.take(60_000, signal);
    mailbox.put(tokens(1, 1));
    expect(await taken).toHaveLength(1);
  });

  it('bounded: holds at most 1000 events, forgets them when more come, and says so at once', async () => {
    const mailbox = new Mailbox();
    mailbox.put(tokens(1, 1000));
    mailbox.put(tokens(1001, 1));
    expect(await mailbox.take(60_000, signal)).toEqual([]);
    mailbox.put(tokens(1002, 1));
    expect(await mailbox.take(60_000, signal)).toHaveLength(1);
  });

  it('bounded: one delivery larger than the whole mailbox is forgotten too', async () => {
    const mailbox = new Mailbox();
    const taken = mailbox.take(60_000, signal);
    mailbox.put(tokens(1, 1001));
    expect(await taken).toEqual([]);
  });

  it('an abort ends the wait with nothing', async () => {
    const leaving = new AbortController();
    const taken = new Mailbox().take(60_000, leaving.signal);
    leaving.abort();
    expect(await taken).toEqual([]);
    expect(await new Mailbox().take(60_000, leaving.signal)).toEqual([]);
  });
});
