import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSchema } from '@openclaw/words';
import { processEnvironment } from '@openclaw/config';
import type { ModelClient, ModelEvent } from '@openclaw/language-model';
import { ScriptedModel, type ScriptedStep } from '@openclaw/models/testing';
import { itConforms, type Subject } from './conformance-cases.js';
import { entryFor, modelFor, WIRES } from './providers.fixture.js';
import { stallsAfter, streams, WireServer } from './wire-server.fixture.js';
import type { WireReply } from './wire.types.js';

describe.each(WIRES.map((wire) => [wire.type, wire] as const))('%s on its own wire', (_type, wire) => {
  let server: WireServer;
  let client: ReturnType<typeof modelFor>;
  const sees = wire.type !== 'ollama' && wire.type !== 'openai-compatible';

  beforeAll(async () => {
    server = await WireServer.start();
    client = modelFor({ primary: entryFor(wire, server) });
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  const subject: Subject = {
    can: { refuse: true, see: sees, count: true },
    client: (reply) => {
      server.will(streams(wire.frames(reply)));
      return client;
    },
    received: () => wire.read(server.requests.at(-1)?.body),
  };
  itConforms(() => subject);

  it('sends the key only as its header', () => {
    const { headers, path, body } = server.requests.at(-1) ?? { headers: {}, path: '', body: null };
    expect(JSON.stringify(headers)).toContain('test-key-0123456789');
    expect(path + JSON.stringify(body)).not.toContain('test-key');
  });

  it('closes the connection when the request is aborted, and when the reader leaves', async () => {
    const frames = wire.frames({ pieces: [{ text: 'one ' }, { text: 'two' }], stop: 'stop', usage: { input: 1, output: 1 } });
    const untilText = frames.slice(0, frames.findIndex((frame) => frame.includes('one ')) + 1);
    for (const leaves of [false, true]) {
      const closed = Promise.withResolvers<undefined>();
      server.will((res, req) => {
        res.once('close', () => {
          closed.resolve(undefined);
        });
        stallsAfter(untilText)(res, req);
      });
      const controller = new AbortController();
      for await (const { type } of untilAbort(
        client.stream({ messages: [{ role: 'user', parts: [{ type: 'text', text: 'go' }] }], tools: [] }, controller.signal),
      )) {
        if (type !== 'text') continue;
        if (leaves) break;
        controller.abort();
      }
      await closed.promise;
    }
  });

  it('shows images to a model that the configuration says can see', async () => {
    const seeing = modelFor({ primary: entryFor(wire, server), models: { [wire.model]: { images: true } } });
    server.will(streams(wire.frames({ pieces: [{ text: 'Red' }], stop: 'stop', usage: { input: 1, output: 1 } })));
    const image = { type: 'image', name: 'dot.png', mediaType: 'image/png', data: Buffer.from('pixels') } as const;
    await Array.fromAsync(seeing.stream({ messages: [{ role: 'user', parts: [image] }], tools: [] }, new AbortController().signal));
    expect(wire.read(server.requests.at(-1)?.body).images).toEqual([Buffer.from('pixels').toString('base64')]);
    await seeing.close();
  });
});

async function* untilAbort(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  try {
    yield* events;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

describe('the scripted fake', () => {
  const toSteps = (reply: WireReply): ScriptedStep[] => [
    ...reply.pieces.map((piece): ScriptedStep => {
      if ('text' in piece) return piece.text;
      if ('thinking' in piece) return ''; // a script does not think
      return 'refusal' in piece
        ? piece.refusal
        : { call: piece.call.name, arguments: piece.call.fragments.join(''), callId: piece.call.id };
    }),
    { finish: { reason: reply.stop === 'refusal' ? 'content_filter' : reply.stop, usage: reply.usage } },
  ];
  const subject: Subject = {
    can: { refuse: true, see: true, count: true },
    client: (reply): ModelClient => new ScriptedModel([toSteps(reply)]),
    received: () => null,
  };
  itConforms(() => subject);
});

/**
 * The same for a real provider, where a key is at hand: CONFORMANCE_PROVIDER is an entry as under `providers.primary`, as JSON,
 * for example {"type":"anthropic","model":"claude-haiku-4-5","api_key":"…"}.
 */
const real = processEnvironment()['CONFORMANCE_PROVIDER'];
if (real !== undefined) {
  describe('the real provider', () => {
    const { primary } = configSchema.parse({ providers: { primary: JSON.parse(real) as unknown } }).providers; // parsed here
    const subject: Subject = { can: { refuse: false, see: true, count: true }, client: () => modelFor({ primary }), received: () => null };
    itConforms(() => subject);
  });
}
