import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { idToUuid, newId, replySchema, runEventSchema } from '@openclaw/words';
import { ask, conversation, leave, statusOf, untilOver } from '../support/api.js';
import { captureLog } from '../support/captured-log.js';
import { DirectedModel, gate, HANG } from '../support/directed-model.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { type Frame, TestSocket } from '../support/test-socket.js';
import { until } from '../support/until.js';

describe('frames of /ws', () => {
  const log = captureLog();
  const model = new DirectedModel();
  let system: TestSystem;
  let gateway: TestGateway;
  let other: TestGateway;
  let client: TestSocket;

  beforeAll(async () => {
    system = await createTestSystem({}, log.logger);
    [gateway, other] = [await system.startGateway(), await system.startGateway()];
    await system.startWorker(model);
    client = await TestSocket.login(gateway.url);
  });
  afterAll(() => system.close());

  it.each([
    ['{"type":"message","content":"hi","metadata":{"ids":[9007199254740993]},"request_id":"n"}', 'metadata.ids.0'],
    ['{"type":"message","content":"hi","metadata":{"__proto__":{"x":1}},"request_id":"n"}', 'metadata.__proto__'],
    ['{"type":"ping","x":1e400,"request_id":"n"}', 'x'],
  ])('400: what would not arrive as it is, with its path: %s', async (frame, path) => {
    const socket = await TestSocket.login(gateway.url);
    socket.send(frame);
    expect(await socket.next({ request_id: 'n' })).toMatchObject({ error: 'bad_request', details: { issues: [{ path }] } });
    socket.socket.close();
  });

  /** Sends a message that hangs in the model and waits until it is there. */
  async function sendHanging(question: string, fields: object = {}): Promise<Frame> {
    model.on(question, ['begun ', HANG]);
    client.send({ type: 'message', content: question, request_id: question, ...fields });
    await model.asked(question);
    return client.next({ type: 'accepted', request_id: question });
  }

  it('the example of the reference, as it is written there', async () => {
    const printed: unknown[] = [];
    const ws = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`);
    ws.onopen = () => {
      ws.send(JSON.stringify({ type: 'auth', token: TEST_TOKEN }));
      ws.send(JSON.stringify({ type: 'message', content: 'Hello' }));
    };
    ws.onmessage = (event) => {
      const data = JSON.parse(String(event.data)) as Frame; // the gateway sends JSON only
      if (data['type'] === 'response') printed.push(data['content']);
    };
    await until('a reply', () => printed.length > 0);
    expect(printed).toEqual(['echo: Hello']);
    ws.close();
  });

  it('message: accepted, then the whole reply and nothing in between', async () => {
    client.send({ type: 'message', content: 'plain', request_id: 'p1', metadata: { user_id: 'u1' } });
    const response = await client.next({ type: 'response', request_id: 'p1' });
    const { type: _type, request_id: _id, ...reply } = response;
    expect(replySchema.strict().parse(reply)).toMatchObject({ role: 'assistant', content: 'echo: plain', model: 'scripted/directed' });
    expect(client.all({ request_id: 'p1' })).toMatchObject([
      { type: 'accepted', id: reply['id'], conversation_id: reply['conversation_id'] },
      { type: 'response' },
    ]);
    const stored = await conversation(gateway, String(reply['conversation_id']));
    expect(stored).toMatchObject({
      channel: 'websocket',
      messages: [{ content: 'plain', metadata: { user_id: 'u1' } }, { id: reply['id'] }],
    });
  });

  it('message with stream: every event with dense seq, then the reply; each with the request_id', async () => {
    model.on('poem', ['roses ', 'are ', 'red']);
    client.send({ type: 'message', content: 'poem', stream: true, request_id: 's1' });
    const response = await client.next({ type: 'response', request_id: 's1' });
    const [accepted, ...rest] = client.all({ request_id: 's1' });
    expect(accepted).toMatchObject({ type: 'accepted' });
    const events = rest.slice(0, -1).map(({ request_id: _, ...event }) => runEventSchema.parse(event));
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.map((event) => (event.type === 'token' ? event.content : '')).join('')).toBe('roses are red');
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['start', 'end']);
    expect(response).toMatchObject({ content: 'roses are red', id: accepted?.['id'] });
  });

  it.each([true, false])('a failure is one error frame with its seq, stream: %s', async (stream) => {
    const question = `fails ${String(stream)}`;
    model.on(question, [{ throws: new Error('kaput') }]);
    client.send({ type: 'message', content: question, stream, request_id: question });
    const error = await client.next({ type: 'error', request_id: question });
    expect(error).toMatchObject({ id: expect.stringMatching(/^msg_/), seq: stream ? 2 : expect.any(Number), status: 500, details: {} });
    client.send({ type: 'ping', request_id: `after ${question}` });
    await client.next({ type: 'pong', request_id: `after ${question}` });
    expect(client.all({ request_id: question }).map(({ type }) => type)).toEqual(
      stream ? ['accepted', 'start', 'error'] : ['accepted', 'error'],
    );
  });

  it('frames are taken in the order sent, replies to them go on side by side', async () => {
    const held = gate();
    model.on('first', [held.step, 'one']);
    for (const content of ['first', 'second', 'third']) client.send({ type: 'message', content, request_id: content });
    client.send({ type: 'ping', request_id: 'last' });
    await client.next({ type: 'pong', request_id: 'last' });
    const taken = client.frames.filter(({ request_id: id }) => ['first', 'second', 'third', 'last'].includes(String(id)));
    expect(taken.filter(({ type }) => type !== 'response').map(({ request_id: id }) => id)).toEqual(['first', 'second', 'third', 'last']);
    await client.next({ type: 'response', request_id: 'third' });
    expect(client.all({ type: 'response', request_id: 'first' })).toEqual([]);
    held.open();
    await client.next({ type: 'response', request_id: 'first', content: 'one' });
  });

  it('1,000 frames sent at once are answered, in order', async () => {
    for (let index = 0; index < 1000; index += 1) client.send({ type: 'ping', request_id: `many-${String(index)}` });
    await client.next({ request_id: 'many-999' });
    const ids = client
      .all({ type: 'pong' })
      .map(({ request_id: id }) => String(id))
      .filter((id) => id.startsWith('many-'));
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => `many-${String(index)}`));
  });

  it('idempotency_key: the same message once, its reply to both; another body is refused', async () => {
    const frame = { type: 'message', content: 'once', idempotency_key: 'ws-key-1' };
    client.send({ ...frame, request_id: 'i1' });
    client.send({ ...frame, request_id: 'i2' });
    client.send({ ...frame, content: 'twice', request_id: 'i3' });
    const [first, second] = [
      await client.next({ type: 'response', request_id: 'i1' }),
      await client.next({ type: 'response', request_id: 'i2' }),
    ];
    expect(second['id']).toBe(first['id']);
    expect(await client.next({ request_id: 'i3' })).toMatchObject({ type: 'error', error: 'conflict' });
    expect(client.all({ type: 'accepted', request_id: 'i2' })).toMatchObject([{ idempotency_replayed: true }]);
  });

  it('on_busy reject: an error frame; conversation_id continues a conversation', async () => {
    const { id, conversation_id: conversationId } = await sendHanging('busy');
    client.send({ type: 'message', content: 'me too', conversation_id: conversationId, on_busy: 'reject', request_id: 'b1' });
    expect(await client.next({ request_id: 'b1' })).toMatchObject({ type: 'error', error: 'conflict', status: 409 });
    client.send({ type: 'cancel', id });
    await client.next({ type: 'error', request_id: 'busy' });
  });

  describe('cancel', () => {
    it('ends the run wherever it is: the status to who cancelled, one error to who waits', async () => {
      const { id } = await sendHanging('to cancel', { stream: true });
      const canceller = await TestSocket.login(other.url);
      canceller.send({ type: 'cancel', id, request_id: 'c1' });
      expect(await canceller.next({ request_id: 'c1' })).toMatchObject({ type: 'status', id, status: 'cancelled' });
      expect(await client.next({ type: 'error', request_id: 'to cancel' })).toMatchObject({
        id,
        error: 'conflict',
        status: 409,
        seq: expect.any(Number),
      });
      canceller.send({ type: 'cancel', id, request_id: 'c2' });
      expect(await canceller.next({ request_id: 'c2' })).toMatchObject({ type: 'error', error: 'conflict' });
      canceller.socket.close();
    });
  });

  describe('resume', () => {
    it('at another gateway, after every possible event: what was missed once, then the reply', async () => {
      model.on('long', ['a', 'b', 'c', 'd']);
      client.send({ type: 'message', content: 'long', stream: true, request_id: 'long' });
      const { id } = await client.next({ type: 'response', request_id: 'long' });
      const length = client.all({ request_id: 'long' }).length - 2;
      const resumed = await TestSocket.login(other.url);
      for (let after = 0; after <= length + 1; after += 1) {
        const request_id = `after-${String(after)}`;
        resumed.send({ type: 'resume', id, after_seq: after, request_id });
        await resumed.next({ type: 'response', request_id });
        const seqs = resumed.all({ request_id }).flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
        expect(seqs).toEqual(Array.from({ length: Math.max(0, length - after) }, (_, index) => after + index + 1));
        expect(resumed.all({ request_id, type: 'response' })).toMatchObject([{ content: 'abcd' }]);
      }
      resumed.socket.close();
    });

    it('of a run that goes on, when its socket broke: the work went on without it', async () => {
      const held = gate();
      model.on('broken off', ['before ', held.step, 'after']);
      const dropped = await TestSocket.login(gateway.url);
      dropped.send({ type: 'message', content: 'broken off', stream: true });
      const { id } = await dropped.next({ type: 'accepted' });
      const { seq } = await dropped.next({ type: 'token' });
      dropped.socket.terminate();
      const resumed = await TestSocket.login(other.url);
      resumed.send({ type: 'resume', id, after_seq: seq });
      held.open();
      expect(await resumed.next({ type: 'response' })).toMatchObject({ content: 'before after' });
      expect(resumed.all({ type: 'start' })).toEqual([]);
      resumed.socket.close();
    });

    it('of a failed run: its one error, also for who has seen it', async () => {
      const { id } = await sendHanging('to fail', { stream: true });
      client.send({ type: 'cancel', id });
      const { seq } = await client.next({ type: 'error', request_id: 'to fail' });
      for (const [request_id, after_seq] of [
        ['f1', 0],
        ['f2', seq],
      ] as const) {
        client.send({ type: 'resume', id, after_seq, request_id });
        expect(await client.next({ type: 'error', request_id })).toMatchObject({ id, seq, error: 'conflict' });
        expect(client.all({ type: 'error', request_id })).toHaveLength(1);
      }
    });

    it('404: an unknown message, and the socket stays', async () => {
      client.send({ type: 'resume', id: newId('msg'), request_id: 'r404' });
      expect(await client.next({ request_id: 'r404' })).toMatchObject({ type: 'error', error: 'not_found' });
    });
  });

  describe('subscribe', () => {
    it('one conversation: its questions and replies from any gateway, and no other’s', async () => {
      const { conversation_id: conversationId } = await ask(gateway, 'earlier');
      const reader = await TestSocket.login(other.url);
      reader.send({ type: 'subscribe', conversation_id: conversationId, request_id: 'sub' });
      await reader.next({ type: 'subscribed', conversation_id: conversationId, request_id: 'sub' });
      const elsewhere = await ask(gateway, 'elsewhere');
      const reply = await ask(gateway, 'observed', { conversation_id: conversationId, metadata: { user_id: 'u2' } });
      expect(await reader.next({ type: 'response' })).toEqual({ type: 'response', ...reply, request_id: 'sub' });
      expect(await reader.next({ type: 'message_created' })).toMatchObject({
        conversation_id: conversationId,
        message: { role: 'user', content: 'observed', metadata: { user_id: 'u2' }, status: 'completed' },
        request_id: 'sub',
      });
      expect(reader.frames.map(({ type }) => type)).toEqual(['auth_success', 'subscribed', 'message_created', 'response']);
      expect(reader.all({ conversation_id: elsewhere.conversation_id })).toEqual([]);
      reader.socket.close();
    });

    it('everything: each question before its reply; unsubscribed, nothing more', async () => {
      const reader = await TestSocket.login(other.url);
      reader.send({ type: 'subscribe', conversation_id: '*' });
      await reader.next({ type: 'subscribed', conversation_id: '*' });
      const replies = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(gateway, `all ${String(index)}`)));
      for (const { id, conversation_id } of replies) {
        await reader.next({ type: 'response', id });
        expect(reader.all({ conversation_id }).map(({ type }) => type)).toEqual(['message_created', 'response']);
      }
      reader.send({ type: 'unsubscribe', conversation_id: '*', request_id: 'un' });
      await reader.next({ type: 'unsubscribed', request_id: 'un' });
      const count = reader.frames.length;
      await ask(gateway, 'unheard');
      reader.send({ type: 'ping' });
      await reader.next({ type: 'pong' });
      expect(reader.frames.length).toBe(count + 1);
      reader.socket.close();
    });

    it('twice over, each thing is told once', async () => {
      const { conversation_id: conversationId } = await ask(gateway, 'both');
      const reader = await TestSocket.login(gateway.url);
      reader.send({ type: 'subscribe', conversation_id: '*', request_id: 'all' });
      reader.send({ type: 'subscribe', conversation_id: conversationId, request_id: 'one' });
      await reader.next({ type: 'subscribed', request_id: 'one' });
      const { id } = await ask(gateway, 'both again', { conversation_id: conversationId });
      await reader.next({ type: 'response', id });
      expect(reader.all({ conversation_id: conversationId }).map(({ type, request_id: from }) => [type, from])).toEqual([
        ['subscribed', 'one'],
        ['message_created', 'one'],
        ['response', 'one'],
      ]);
      reader.socket.close();
    });

    it('404: an unknown conversation', async () => {
      client.send({ type: 'subscribe', conversation_id: newId('conv'), request_id: 'sub404' });
      expect(await client.next({ request_id: 'sub404' })).toMatchObject({ type: 'error', error: 'not_found' });
    });

    it('429: more than 256 subscriptions', async () => {
      const reader = await TestSocket.login(gateway.url);
      const ids = Array.from({ length: 257 }, () => newId('conv'));
      await Promise.all(ids.map((id) => system.services.sql(`INSERT INTO conversations (id, channel) VALUES ($1, 'api')`, [idToUuid(id)])));
      for (const id of ids) reader.send({ type: 'subscribe', conversation_id: id });
      expect(await reader.next({ type: 'error' })).toMatchObject({ error: 'rate_limited', details: { limit: 256 } });
      expect(reader.all({ type: 'subscribed' })).toHaveLength(256);
      reader.socket.close();
    });
  });

  describe('what is refused gets an error frame, and the socket stays', () => {
    it.each([
      ['no JSON', '{"type": ', undefined, undefined],
      ['no object', '[1]', undefined, undefined],
      ['an unknown type', { type: 'shout' }, 'type', /message, cancel/],
      ['no type', {}, 'type', /message, cancel/],
      ['auth again', { type: 'auth', token: TEST_TOKEN }, 'type', /message, cancel/],
      ['a type of Object’s own', { type: 'constructor' }, 'type', /message, cancel/],
      ['an unknown field', { type: 'message', content: 'x', contnet: 'y' }, 'contnet', /known field/],
      ['a missing field', { type: 'message' }, 'content', /./],
      ['a blank message', { type: 'message', content: ' ' }, 'content', /blank/],
      ['a malformed id', { type: 'cancel', id: 'msg_x' }, 'id', /msg_/],
      ['a negative seq', { type: 'resume', id: newId('msg'), after_seq: -1 }, 'after_seq', /./],
      ['a request_id that is no text', { type: 'ping', request_id: 7 }, 'request_id', /./],
      ['U+0000', { type: 'message', content: 'a\0b' }, 'content', /U\+0000/],
      ['a lone surrogate', '{"type":"message","content":"\\ud800"}', 'content', /Unicode/],
    ])('400: %s', async (name, frame, path, message) => {
      const request_id = `refused ${name}`;
      const isText = typeof frame === 'string';
      const sent = client.frames.length;
      client.send(isText ? frame : { request_id, ...frame });
      const error = await until('an error frame', () => client.frames.slice(sent).find(({ type }) => type === 'error'));
      expect(error).toMatchObject({ type: 'error', error: 'bad_request', status: 400, message: expect.any(String) });
      expect(error['request_id']).toBe(isText || 'request_id' in frame ? undefined : request_id);
      const issues = path === undefined ? {} : { issues: [{ path, message: expect.stringMatching(message) }] };
      expect(error['details']).toEqual(issues);
      client.send({ type: 'ping', request_id: `alive ${name}` });
      await client.next({ type: 'pong', request_id: `alive ${name}` });
    });

    it('400: a binary frame', async () => {
      const sent = client.frames.length;
      client.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
      const error = await until('an error frame', () => client.frames.slice(sent).find(({ type }) => type === 'error'));
      expect(error).toMatchObject({ error: 'bad_request' });
    });

    it('404: an unknown conversation; 409: cancelling what is over', async () => {
      client.send({ type: 'message', content: 'x', conversation_id: newId('conv'), request_id: 'm404' });
      expect(await client.next({ request_id: 'm404' })).toMatchObject({ type: 'error', error: 'not_found' });
      const { id } = await ask(gateway, 'over');
      client.send({ type: 'cancel', id, request_id: 'c409' });
      expect(await client.next({ request_id: 'c409' })).toMatchObject({ type: 'error', error: 'conflict' });
    });

    it('429: the 65th run that one socket follows at once', async () => {
      const { id } = await sendHanging('followed');
      const follower = await TestSocket.login(gateway.url);
      for (let index = 0; index < 65; index += 1) follower.send({ type: 'resume', id, request_id: String(index) });
      expect(await follower.next({ type: 'error' })).toMatchObject({ request_id: '64', error: 'rate_limited', details: { limit: 64 } });
      client.send({ type: 'cancel', id });
      await until('all of them end', () => follower.all({ type: 'error', id }).length === 64);
      follower.send({ type: 'resume', id, request_id: 'room' });
      await follower.next({ type: 'error', id, request_id: 'room' });
      follower.socket.close();
    });
  });

  it('the frame’s request_id is in the logs of every service', async () => {
    client.send({ type: 'message', content: 'logged', request_id: 'log-me' });
    await client.next({ type: 'response', request_id: 'log-me' });
    expect(await log.find({ request_id: 'log-me', message: 'request' })).toMatchObject({ route: '/ws', frame: 'message', status: 200 });
    await log.find({ request_id: 'log-me', message: 'run finished' });
    client.send({ type: 'message', content: 'logged too', request_id: 'with spaces' });
    await client.next({ type: 'response', request_id: 'with spaces' });
    expect(log.lines.some((line) => line['request_id'] === 'with spaces')).toBe(false);
    expect(log.text()).not.toContain('logged too');
    expect(log.text()).not.toContain(TEST_TOKEN);
  });

  it('going away does not stop the work', async () => {
    const gone = await TestSocket.login(gateway.url);
    const held = gate();
    model.on('left behind', [held.step, 'done']);
    gone.send({ type: 'message', content: 'left behind' });
    const { id } = await gone.next({ type: 'accepted' });
    gone.socket.terminate();
    held.open();
    expect(await untilOver(gateway, String(id))).toMatchObject({ status: 'completed' });
  });

  it('messages over REST and over sockets are one thing', async () => {
    const { id } = await leave(gateway, 'rest');
    client.send({ type: 'resume', id, request_id: 'rest' });
    await client.next({ type: 'response', request_id: 'rest' });
    expect(await statusOf(gateway, id)).toMatchObject({ status: 'completed' });
  });
});
