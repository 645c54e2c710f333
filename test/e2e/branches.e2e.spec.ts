import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { conversationWithMessagesSchema, replySchema, type ConversationWithMessages, type Reply } from '@openclaw/words';
import type { ModelClient, ModelEvent, ModelRequest } from '@openclaw/language-model';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

/** Answers with the questions it was sent, numbered by how often it was asked. */
class NumberingModel implements ModelClient {
  readonly provider = 'test';
  readonly model = 'numbering';
  readonly contextTokens = 32_000;
  #asked = 0;

  async *stream(request: ModelRequest): AsyncIterable<ModelEvent> {
    this.#asked += 1;
    const questions = request.messages.flatMap((message) =>
      message.role === 'user' ? message.parts.map((part) => (part.type === 'text' ? part.text : '')) : [],
    );
    yield { type: 'text', text: `#${String(this.#asked)} ${questions.join(', ')}` };
    yield { type: 'finish', reason: 'stop', usage: { input: 1, output: 1 }, provider: this.provider, model: this.model, costUsd: null };
  }
}

describe('branches of a conversation', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(new NumberingModel());
  });
  afterAll(() => system.close());

  async function post(path: string, json: object): Promise<Reply> {
    const response = await gateway.request(path, { method: 'POST', json });
    expect(response.status).toBe(200);
    return replySchema.parse(await response.json());
  }
  async function read(id: string, query = ''): Promise<ConversationWithMessages> {
    return conversationWithMessagesSchema.parse(await (await gateway.request(`/api/v1/conversations/${id}${query}`)).json());
  }
  const contents = (conversation: ConversationWithMessages): string[] => conversation.messages.map((message) => message.content);

  it('200: an answer made again is shown instead of the first, which is kept and can be read', async () => {
    const first = await post('/api/v1/message', { channel: 'api', message: 'one' });
    const again = await post(`/api/v1/message/${first.id}/regenerate`, {});
    expect(again.conversation_id).toBe(first.conversation_id);
    expect(again.id).not.toBe(first.id);
    expect(contents(await read(first.conversation_id))).toEqual(['one', again.content]);
    expect(contents(await read(first.conversation_id, `?branch=${first.id}`))).toEqual(['one', first.content]);
    const status = await gateway.request(`/api/v1/message/${first.id}/status`);
    expect(await status.json()).toMatchObject({ status: 'completed', response: { content: first.content } });
  });

  it('200: an edited question is answered from what stood before it, not from what it replaces', async () => {
    const first = await post('/api/v1/message', { channel: 'api', message: 'alpha' });
    const { conversation_id } = first;
    await post('/api/v1/message', { channel: 'api', message: 'beta', conversation_id });
    const edited = await post('/api/v1/message', { channel: 'api', message: 'gamma', conversation_id, parent_id: first.id });
    expect(edited.content).toMatch(/alpha, gamma$/);
    expect(contents(await read(conversation_id))).toEqual(['alpha', first.content, 'gamma', edited.content]);
    const next = await post('/api/v1/message', { channel: 'api', message: 'delta', conversation_id });
    expect(next.content).toMatch(/alpha, gamma, delta$/);
  });

  it('400: a branch or parent of another conversation is refused by its name', async () => {
    const here = await post('/api/v1/message', { channel: 'api', message: 'here' });
    const there = await post('/api/v1/message', { channel: 'api', message: 'there' });
    const parent = await gateway.request('/api/v1/message', {
      method: 'POST',
      json: { channel: 'api', message: 'x', conversation_id: here.conversation_id, parent_id: there.id },
    });
    expect([parent.status, await parent.json()]).toMatchObject([
      400,
      { error: 'bad_request', details: { issues: [{ path: 'parent_id' }] } },
    ]);
    const branch = await gateway.request(`/api/v1/conversations/${here.conversation_id}?branch=${there.id}`);
    expect([branch.status, await branch.json()]).toMatchObject([400, { error: 'bad_request', details: { issues: [{ path: 'branch' }] } }]);
  });

  it('404: what was never sent cannot be answered again', async () => {
    const response = await gateway.request('/api/v1/message/msg_01h2xcejqtf2nbrexx3vqjhp41/regenerate', { method: 'POST', json: {} });
    expect(response.status).toBe(404);
  });
});
