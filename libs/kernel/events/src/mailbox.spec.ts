import { describe, expect, it } from '@jest/globals';
import { newId, type RunEvent } from '@openclaw/words';
import { Mailbox } from './mailbox.js';
import type { LogPart } from './read-tail.js';

const id = newId('msg');
const conversation_id = newId('conv');
const signal = new AbortController().signal;
const NOTHING = { events: [], bytes: 0 };

function tokens(from: number, count: number, bytes = 1): LogPart {
  const events: RunEvent[] = Array.from({ length: count }, (_, index) => ({
    type: 'token',
    id,
    conversation_id,
    seq: from + index,
    content: 'x',
  }));
  return { events, bytes };
}

describe('Mailbox', () => {
  it('gives what came since the last call, in order, each once', async () => {
    const mailbox = new Mailbox();
    mailbox.put(tokens(1, 2));
    mailbox.put(tokens(3, 1));
    expect((await mailbox.take(1000, signal)).events.map((event) => event.seq)).toEqual([1, 2, 3]);
    expect(await mailbox.take(1, signal)).toEqual(NOTHING);
  });

  it('wakes whoever waits as soon as something comes', async () => {
    const mailbox = new Mailbox();
    const taken = mailbox.take(60_000, signal);
    mailbox.put(tokens(1, 1));
    expect((await taken).events).toHaveLength(1);
  });

  it('bounded: holds at most 1000 events, forgets them when more come, and says so at once', async () => {
    const mailbox = new Mailbox();
    mailbox.put(tokens(1, 1000));
    mailbox.put(tokens(1001, 1));
    expect(await mailbox.take(60_000, signal)).toEqual(NOTHING);
    mailbox.put(tokens(1002, 1));
    expect((await mailbox.take(60_000, signal)).events).toHaveLength(1);
  });

  it('bounded: one delivery larger than the whole mailbox is forgotten too', async () => {
    const mailbox = new Mailbox();
    const taken = mailbox.take(60_000, signal);
    mailbox.put(tokens(1, 1001));
    expect(await taken).toEqual(NOTHING);
  });

  it('bounded in bytes too, and says what it holds', async () => {
    const changes: number[] = [];
    const mailbox = new Mailbox((change) => changes.push(change));
    mailbox.put(tokens(1, 1, 200_000));
    mailbox.put(tokens(2, 1, 100_000));
    expect(await mailbox.take(60_000, signal)).toEqual(NOTHING);
    mailbox.put(tokens(3, 1, 10));
    expect(await mailbox.take(60_000, signal)).toMatchObject({ bytes: 10 });
    expect(changes).toEqual([200_000, -200_000, 10]);
  });

  it('a delivery without events wakes whoever waits, and whoever comes later: there is more in the log', async () => {
    const mailbox = new Mailbox();
    mailbox.put(tokens(1, 1));
    mailbox.put({ events: [], bytes: 0 });
    expect(await mailbox.take(60_000, signal)).toEqual(NOTHING);
  });

  it('an abort ends the wait with nothing', async () => {
    const leaving = new AbortController();
    const taken = new Mailbox().take(60_000, leaving.signal);
    leaving.abort();
    expect(await taken).toEqual(NOTHING);
    expect(await new Mailbox().take(60_000, leaving.signal)).toEqual(NOTHING);
  });
});
