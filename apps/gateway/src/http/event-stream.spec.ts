import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@openclaw/words';
import type { FastifyReply } from 'fastify';
import { ClientMemory } from './client-memory.js';
import { writeEventStream } from './event-stream.js';

const PARTINGS = [
  ['its token ends', 'ended', 'the token was revoked or has expired\n\n'],
  ['the gateway stops', 'draining', 'the gateway restarts; come back with Last-Event-ID\nretry: 1000\n\n'],
] as const;

function token(seq: number, content: string): RunEvent {
  return { type: 'token', id: 'msg_01h2xcejqtf2nbrexx3vqjhp41', seq, conversation_id: 'conv_01h2xcejqtf2nbrexx3vqjhp41', content };
}

/** Events without end, each of 64 KiB, until the reader is gone. */
async function* flood(signal: AbortSignal): AsyncGenerator<RunEvent> {
  for (let seq = 1; !signal.aborted; seq += 1) yield token(seq, 'x'.repeat(65_536));
}

/** One event, then nothing until the reader is gone. */
async function* quiet(signal: AbortSignal): AsyncGenerator<RunEvent> {
  yield token(1, 'began');
  await once(signal, 'abort');
}

describe.each(PARTINGS)('writeEventStream, when %s', (_when, which, told) => {
  let server: Server;
  let parting: AbortController;
  let written: Promise<void>;
  let response: ServerResponse;

  beforeEach(async () => {
    parting = new AbortController();
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
  });

  /** Connects; the reply is written as `follow` makes it. */
  async function read(follow: (signal: AbortSignal) => AsyncIterable<RunEvent>): Promise<IncomingMessage> {
    server.once('request', (_request: IncomingMessage, raw: ServerResponse) => {
      response = raw;
      const reply = { raw, hijack: () => undefined, getHeaders: () => ({}) } as unknown as FastifyReply; // all that it uses
      const never = new AbortController().signal;
      const memory = new ClientMemory(67_108_864, () => undefined);
      written = writeEventStream(reply, ({ signal }) => follow(signal), { draining: never, ended: never, memory, [which]: parting.signal });
    });
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const [incoming] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [IncomingMessage]; // Node's own event
    return incoming;
  }

  it('who reads is told why, and the stream ends', async () => {
    const incoming = await read(quiet);
    const first = (await once(incoming, 'data')) as [Buffer]; // Node's own event
    parting.abort();
    const rest = await text(incoming);
    await written;
    expect(String(first[0]) + rest).toMatch(/^id: 1\ndata: {.*}\n\n: /);
    expect(rest.endsWith(`: ${told}`)).toBe(true);
  });

  it('who does not read is cut off', async () => {
    const incoming = await read(flood);
    incoming.pause();
    incoming.on('error', () => undefined); // it is cut off
    const closed = once(response, 'close');
    while (!response.writableNeedDrain) await new Promise(setImmediate);
    parting.abort();
    await Promise.all([closed, written]);
    expect(response.destroyed).toBe(true);
  });
});
