import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { replySchema } from '@openclaw/words';
import { readEvents } from '../support/read-events.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

describe('POST /message', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker();
  });
  afterAll(() => system.close());

  it('200: waits and answers with the whole reply', async () => {
    const response = await gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', message: '/help' } });
    expect(response.status).toBe(200);
    const reply = replySchema.strict().parse(await response.json());
    expect(reply.content).toContain('/remember');
    expect(reply.model).toBe('builtin/offline');
  });

  it('200: streams events with dense seq, and the tokens make up the content', async () => {
    const response = await gateway.request('/api/v1/message', {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      json: { channel: 'api', message: 'Write a poem' },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = await Array.fromAsync(readEvents(response));
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    const end = events.at(-1);
    const text = events.map((event) => (event.type === 'token' ? event.content : '')).join('');
    expect(end).toMatchObject({ type: 'end', content: text });
  });
});
