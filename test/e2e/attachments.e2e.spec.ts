import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Reply, replySchema } from '@openclaw/words';
import type { ModelClient, ModelEvent, ModelRequest } from '@openclaw/language-model';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Says what parts it was sent. */
class SeeingModel implements ModelClient {
  readonly provider = 'test';
  readonly model = 'seeing';
  readonly contextTokens = 32_000;

  async *stream(request: ModelRequest): AsyncIterable<ModelEvent> {
    const last = request.messages.at(-1);
    const parts = last?.role === 'user' ? last.parts : [];
    yield {
      type: 'text',
      text: parts.map((part) => ('text' in part ? part.text : `${part.type} ${part.mediaType} ${part.name}`)).join(' | '),
    };
    yield { type: 'finish', reason: 'stop', usage: { input: 1, output: 1 }, provider: this.provider, model: this.model, costUsd: null };
  }
}

describe('attachments of a message', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(new SeeingModel());
  });
  afterAll(() => system.close());

  async function reply(attachments: unknown): Promise<Reply> {
    return replySchema.parse(await (await send(attachments)).json());
  }
  async function send(attachments: unknown): Promise<Response> {
    return gateway.request('/api/v1/message', {
      method: 'POST',
      json: { channel: 'api', message: 'What is this?', metadata: { attachments } },
    });
  }

  it('200: texts and images reach the model as parts of the question', async () => {
    const response = await send([
      { name: 'note.txt', text: 'The harbour is open.' },
      { name: 'dot.png', url: `data:image/png;base64,${PIXEL}` },
    ]);
    expect(response.status).toBe(200);
    const { content } = replySchema.parse(await response.json());
    expect(content).toContain('What is this?');
    expect(content).toContain('The harbour is open.');
    expect(content).toContain('image image/png dot.png');
  });

  it('200: the conversation tells attachments by name, without what they hold', async () => {
    const { conversation_id } = await reply([
      { name: 'dot.png', url: `data:image/png;base64,${PIXEL}` },
      { name: 'a.txt', text: 'secret text' },
    ]);
    const page = await (await gateway.request(`/api/v1/conversations/${conversation_id}`)).text();
    expect(page).toContain('"attachments":[{"name":"dot.png"},{"name":"a.txt"}]');
  });

  it('200: a file behind a private address is described as missing, and nobody is asked for it', async () => {
    const { content } = await reply([{ name: 'router.txt', url: 'https://127.0.0.1/router.txt' }]);
    expect(content).toContain('router.txt');
    expect(content).not.toContain('ECONNREFUSED');
  });

  it('400: an attachment of an unknown kind is named by its path', async () => {
    const response = await send([{ name: 'x', url: 'file:///etc/passwd' }]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ details: { issues: [{ path: 'metadata.attachments.0.url' }] } });
  });
});
