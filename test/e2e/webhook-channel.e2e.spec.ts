import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectError, expectStatus } from '../support/api.js';
import { DirectedModel } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';
import { type ReceivedWebhook, sendSigned, signatureOf, startWebhookServer, type WebhookServer } from '../support/webhook-server.js';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const LATER = `whsec_${randomBytes(32).toString('base64')}`;

describe('the channel of signed webhooks', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let program: WebhookServer;
  const model = new DirectedModel();
  let sent = 0;

  const change = async (channels: object): Promise<void> => {
    await expectStatus(await gateway.request('/api/v1/config', { method: 'PUT', json: { channels } }), 200);
  };
  const statusOf = async (): Promise<Record<string, unknown>> =>
    // checked by the route's schema
    (await expectStatus(await gateway.request('/api/v1/channels/webhook/status'), 200)) as Record<string, unknown>;
  const connected = (): Promise<unknown> => until('the channel to be connected', async () => (await statusOf())['status'] === 'connected');
  const send = (body: string, options: { id?: string; secret?: string; timestamp?: number; name?: string } = {}): Promise<Response> => {
    const { id = `evt_${String((sent += 1))}`, secret = SECRET, name = 'home', ...rest } = options;
    return sendSigned(gateway, name, { id, body, secret, ...rest });
  };
  const replyTo = (id: string): Promise<ReceivedWebhook> =>
    until(`the reply to ${id}`, () => program.received.find(({ body }) => body['in_reply_to'] === id), 30_000);

  beforeAll(async () => {
    program = await startWebhookServer();
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(model);
    await system.startChannels();
  });
  afterAll(async () => {
    await system.close();
    await program.close();
  });

  it('is listed as disabled, and PUT /config turns it on and off live', async () => {
    expect(await expectStatus(await gateway.request('/api/v1/channels'), 200)).toMatchObject({
      total: 2,
      channels: [
        { type: 'telegram', status: 'disabled' },
        { type: 'webhook', status: 'disabled', messages_today: 0 },
      ],
    });
    await change({ webhook: { home: { secret: SECRET, url: program.url } } });
    await connected();
    expect(await expectStatus(await gateway.request('/api/v1/status'), 200)).toMatchObject({
      channels: { connected: ['webhook'], disconnected: [] },
    });
    await change({ webhook: { home: { enabled: false } } });
    expect(await statusOf()).toMatchObject({ status: 'disabled' });
    await expectError(await send('{"message":"hello"}'), 'unauthorized');
    await change({ webhook: { home: { enabled: true } } });
    await connected();
  });

  it('202: what is said is answered by a signed request, in one conversation of a person of its own', async () => {
    const receipt = await expectStatus(await send('{"message": "one"}', { id: 'evt_one' }), 202);
    expect(receipt).toEqual({ status: 'accepted', id: expect.stringMatching(/^msg_/) });
    const { headers, text, body } = await replyTo('evt_one');
    expect(body).toMatchObject({ type: 'message.reply', content: 'echo: one', chat: null });
    const signed = { id: String(headers['webhook-id']), timestamp: String(headers['webhook-timestamp']), body: text };
    expect(headers['webhook-signature']).toBe(signatureOf(SECRET, signed));
    await send('{"message": "two"}', { id: 'evt_two' });
    expect((await replyTo('evt_two')).body['conversation_id']).toBe(body['conversation_id']);
    expect(await expectStatus(await gateway.request('/api/v1/conversations?channel=webhook'), 200)).toMatchObject({
      total: 1,
      conversations: [{ person: 'webhook:home' }],
    });
    expect(await statusOf()).toMatchObject({
      messages_today: 2,
      last_inbound_at: expect.any(String),
      last_outbound_at: expect.any(String),
    });
  });

  it('G1: the bytes are signed as they are sent, with the secret as whsec_ or bare', async () => {
    const bare = SECRET.slice('whsec_'.length);
    await expectStatus(await send('{"message" :  "spaced"}', { id: 'evt_spaced', secret: bare }), 202);
    expect((await replyTo('evt_spaced')).body['content']).toBe('echo: spaced');
  });

  it('G1: a secret that PUT /config sends back redacted stays, and after a change both are good', async () => {
    await change({ webhook: { home: { secret: '***REDACTED***' } } });
    await expectStatus(await send('{"message": "kept"}'), 202);
    await change({ webhook: { home: { secret: LATER, previous_secret: SECRET } } });
    await expectStatus(await send('{"message": "old secret"}'), 202);
    const signed = await until('replies to be signed twice', async () => {
      const id = `evt_new_${String((sent += 1))}`;
      await expectStatus(await send('{"message": "new secret"}', { id, secret: LATER }), 202);
      const signatures = String((await replyTo(id)).headers['webhook-signature']).split(' ');
      return signatures.length === 2 && signatures;
    });
    expect(new Set(signed).size).toBe(2);
    await change({ webhook: { home: { secret: SECRET, previous_secret: null } } });
    await expectError(await send('{"message": "gone"}', { secret: LATER }), 'unauthorized');
  });

  it('G2: one webhook-id is one message, however often it comes', async () => {
    const [first, ...again] = await Promise.all(Array.from({ length: 4 }, () => send('{"message": "thrice"}', { id: 'evt_thrice' })));
    expect(first?.status).toBe(202);
    expect(again.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await expectStatus(await send('{"message": "thrice"}', { id: 'evt_thrice' }), 202)).toMatchObject({
      status: 'duplicate',
      id: expect.stringMatching(/^msg_/),
    });
    await replyTo('evt_thrice');
    expect(model.requests.filter(({ messages }) => JSON.stringify(messages.at(-1)).includes('thrice'))).toHaveLength(1);
  });

  it.each([
    ['six minutes old', { timestamp: Math.floor(Date.now() / 1000) - 360 }],
    ['six minutes ahead', { timestamp: Math.floor(Date.now() / 1000) + 360 }],
    ['not whole', { timestamp: 12.5 }],
    ['signed with another secret', { secret: LATER }],
    ['for a name that is none', { name: 'elsewhere' }],
  ])('G2: 401 for a request that is %s', async (_what, options) => {
    await expectError(await send('{"message": "no"}', options), 'unauthorized');
  });

  it('401 without a signature, 400 for another shape, 413 for too much', async () => {
    await expectError(await fetch(`${gateway.url}/api/v1/channels/webhook/home`, { method: 'POST', body: '{}' }), 'unauthorized');
    expect(await expectError(await send('{"message": "x", "from": "me"}'), 'bad_request')).toMatchObject({
      details: { issues: [expect.anything()] },
    });
    await expectError(await send('{"message": '), 'bad_request');
    await expectError(await send(JSON.stringify({ message: 'x'.repeat(600_000) })), 'payload_too_large');
  });

  it('G3: a receiver that asks to wait or fails gets the same id again, signed anew; nothing overtakes', async () => {
    program.answerWith(
      'evt_slow',
      { status: 429, headers: { 'retry-after': '1' } },
      { status: 301, headers: { location: 'http://127.0.0.1:1/' } },
    );
    await send('{"message": "slowly"}', { id: 'evt_slow' });
    await send('{"message": "after"}', { id: 'evt_after' });
    await replyTo('evt_after');
    const tries = program.received.filter(({ body }) => body['in_reply_to'] === 'evt_slow');
    expect(tries).toHaveLength(3);
    expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const order = program.received.map(({ body }) => body['in_reply_to']).filter((id) => id === 'evt_slow' || id === 'evt_after');
    expect(order).toEqual(['evt_slow', 'evt_slow', 'evt_slow', 'evt_after']);
  });

  it('senders of one program are persons of their own', async () => {
    await send('{"message": "mine", "sender": "anna", "sender_name": "Anna", "chat": "kitchen"}', { id: 'evt_anna' });
    await send('{"message": "mine too", "sender": "ben", "chat": "kitchen"}', { id: 'evt_ben' });
    const [anna, ben] = await Promise.all([replyTo('evt_anna'), replyTo('evt_ben')]);
    expect([anna.body['chat'], ben.body['chat']]).toEqual(['kitchen', 'kitchen']);
    expect(anna.body['conversation_id']).not.toBe(ben.body['conversation_id']);
    expect(await expectStatus(await gateway.request('/api/v1/conversations?person=webhook:home:anna'), 200)).toMatchObject({ total: 1 });
  });
});
