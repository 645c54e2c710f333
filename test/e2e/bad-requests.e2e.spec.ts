import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROUTES } from '@openclaw/roster';
import { type MessageId, newId } from '@openclaw/words';
import { ask, conversation, expectError, expectStatus, issuePaths, leave, MESSAGE, post, QUICK_STOP } from '../support/api.js';
import { parseResponse, rawRequest, rawSocket } from '../support/raw-http.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { DirectedModel, HANG } from '../support/directed-model.js';
import { until } from '../support/until.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

describe('what is wrong with a request', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel().on('hang', [HANG]);

  beforeAll(async () => {
    system = await createTestSystem({ ...QUICK_STOP, OPENCLAW_GATEWAY__LIMITS__BODY_BYTES: '600000' });
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  describe('400: POST /message', () => {
    it.each<[string, Record<string, unknown>, string]>([
      ['no channel', { channel: undefined }, 'channel'],
      ['no message', { message: undefined }, 'message'],
      ['channel of another type', { channel: 7 }, 'channel'],
      ['channel null', { channel: null }, 'channel'],
      ['channel empty', { channel: '' }, 'channel'],
      ['channel with capitals', { channel: 'Api' }, 'channel'],
      ['channel that starts with a digit', { channel: '1api' }, 'channel'],
      ['channel of 33 characters', { channel: 'a'.repeat(33) }, 'channel'],
      ['channel with a line break at its end', { channel: 'api\n' }, 'channel'],
      ['message of another type', { message: ['hi'] }, 'message'],
      ['message empty', { message: '' }, 'message'],
      ['message blank', { message: ' \n\t\u00a0\u2003' }, 'message'],
      ['message too long', { message: 'a'.repeat(100_001) }, 'message'],
      ['message with U+0000', { message: 'a\0b' }, 'message'],
      ['message with a lone surrogate', { message: 'a\ud800b' }, 'message'],
      ['conversation_id malformed', { conversation_id: 'conv_1' }, 'conversation_id'],
      ['conversation_id of another kind', { conversation_id: newId('msg') }, 'conversation_id'],
      ['conversation_id null', { conversation_id: null }, 'conversation_id'],
      ['metadata a list', { metadata: [] }, 'metadata'],
      ['metadata null', { metadata: null }, 'metadata'],
      ['metadata over 16 KiB', { metadata: { text: 'é'.repeat(8192) } }, 'metadata'],
      ['metadata with U+0000', { metadata: { deep: { text: '\0' } } }, 'metadata.deep.text'],
      ['metadata with a lone surrogate in a key', { metadata: { 'a\udfff': 1 } }, 'metadata'],
      ['metadata nested too deep', { metadata: nested(40) }, 'metadata.a.a'],
      ['wait_for_response of another type', { wait_for_response: 'true' }, 'wait_for_response'],
      ['timeout_ms 0', { timeout_ms: 0 }, 'timeout_ms'],
      ['timeout_ms negative', { timeout_ms: -1 }, 'timeout_ms'],
      ['timeout_ms over its limit', { timeout_ms: 600_001 }, 'timeout_ms'],
      ['timeout_ms no integer', { timeout_ms: 1.5 }, 'timeout_ms'],
      ['timeout_ms as text', { timeout_ms: '1000' }, 'timeout_ms'],
      ['on_busy unknown', { on_busy: 'wait' }, 'on_busy'],
      ['parent_id malformed', { parent_id: 'x', conversation_id: newId('conv') }, 'parent_id'],
      ['parent_id without conversation_id', { parent_id: newId('msg') }, 'parent_id'],
      ['an unknown field', { timeout: 5 }, 'timeout'],
    ])('400: %s', async (_, fields, path) => {
      const body = await expectError(await post(gateway, { message: 'hi', ...fields }), 'bad_request');
      expect(issuePaths(body)).toEqual([path]);
    });

    it('400: every problem is named at once', async () => {
      const body = await expectError(await post(gateway, { channel: 'NO', message: '', timeout_ms: 0, typo: 1 }), 'bad_request');
      expect(issuePaths(body).sort()).toEqual(['channel', 'message', 'timeout_ms', 'typo']);
    });

    it('400: of 40,000 unknown fields, or one with a name of half a megabyte, the reply is small', async () => {
      const many = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`k${index.toString(36)}`, 1]));
      for (const fields of [many, { ['k'.repeat(500_000)]: 1 }]) {
        const body = await expectError(await post(gateway, { message: 'hi', ...fields }), 'bad_request');
        expect(JSON.stringify(body).length).toBeLessThan(10_000);
        expect(issuePaths(body).length).toBeLessThanOrEqual(50);
        expect(body.details['more'] ?? 0).toBe(Math.max(0, Object.keys(fields).length - 50));
      }
    });

    it('400: an unknown query parameter is named', async () => {
      const body = await expectError(
        await gateway.request(`${MESSAGE}?stream=true`, { method: 'POST', json: { channel: 'api', message: 'hi' } }),
        'bad_request',
      );
      expect(issuePaths(body)).toEqual(['stream']);
    });

    it.each([
      ['malformed JSON', '{"channel": "api",'],
      ['two values', '{} {}'],
      ['no value', '   '],
      ['NaN', '{"channel":"api","message":"hi","timeout_ms":NaN}'],
      ['a poisoned prototype', '{"channel":"api","message":"hi","__proto__":{"x":1}}'],
      ['a list', '[]'],
      ['null', 'null'],
      ['text', '"hi"'],
      ['a number', '7'],
      ['an empty body', ''],
      ['very deep JSON', `{"channel":"api","message":"hi","metadata":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ])('400: the body is %s', async (_, body) => {
      await expectError(await gateway.request(MESSAGE, { method: 'POST', body, headers: JSON_TYPE }), 'bad_request');
    });

    it.each(
      Object.values(ROUTES)
        .filter(({ method }) => method === 'PUT' || method === 'PATCH')
        .map(({ method, path }) => [method, path]),
    )('400: %s %s without a body changes nothing, and says so', async (method, path) => {
      const refused = await expectError(await gateway.request(path.replaceAll(/:\w+/g, 'x'), { method }), 'bad_request');
      expect(JSON.stringify(refused.details)).toContain('a body is required');
    });

    it.each([
      ['an integer beyond 2^53 - 1', '"metadata":{"order":{"ids":[1,9007199254740993]}}', 'metadata.order.ids.1'],
      ['its negative', '"metadata":{"id":-9007199254740993}', 'metadata.id'],
      ['one with an exponent', '"metadata":{"id":1e20}', 'metadata.id'],
      ['a number without end', '"metadata":{"id":1e400}', 'metadata.id'],
      ['one in a field of ours', '"timeout_ms":99999999999999999999', 'timeout_ms'],
    ])('400: %s would not arrive as it is: its path, and "send it as a string"', async (_, field, path) => {
      const body = `{"channel":"api","message":"hi",${field}}`;
      const refused = await expectError(
        await gateway.request(MESSAGE, { method: 'POST', body, headers: { ...JSON_TYPE, 'idempotency-key': 'n' } }),
        'bad_request',
      );
      expect(issuePaths(refused)).toEqual([path]);
      expect(refused.message).toContain('send it as a string');
    });

    it('200: the largest exact integers, fractions, and long digits in text arrive as they are', async () => {
      const metadata = '{"id":9007199254740991,"low":-9007199254740991,"ratio":0.1234567890123456789,"text":"9007199254740993"}';
      const response = await gateway.request(MESSAGE, {
        method: 'POST',
        body: `{"channel":"api","message":"hi","metadata":${metadata}}`,
        headers: JSON_TYPE,
      });
      const { conversation_id } = (await expectStatus(response, 200)) as { conversation_id: string }; // a reply of the contract
      expect((await conversation(gateway, conversation_id)).messages[0]?.metadata).toEqual(JSON.parse(metadata));
    });

    it.each([
      ['"__proto__":{"x":1}', '__proto__'],
      ['"metadata":{"a":[{"__proto__":1}]}', 'metadata.a.0.__proto__'],
      ['"metadata":{"\\u005f_proto__":{"x":1}}', 'metadata.__proto__'],
      ['"metadata":{"constructor":{"prototype":{}}}', 'metadata.constructor'],
    ])('400: a key that could poison an object is named, and why: {%s}', async (field, path) => {
      const body = `{"channel":"api","message":"hi",${field}}`;
      const refused = await expectError(await gateway.request(MESSAGE, { method: 'POST', body, headers: JSON_TYPE }), 'bad_request');
      expect(issuePaths(refused)).toEqual([path]);
      expect(refused.message).toContain('use another name');
    });

    it('200: a key that only sounds like one is kept', async () => {
      const reply = await ask(gateway, 'hi', { metadata: { constructor: 'Bob the builder', prototype: 1 } });
      expect((await conversation(gateway, reply.conversation_id)).messages[0]?.metadata).toEqual({
        constructor: 'Bob the builder',
        prototype: 1,
      });
    });

    it('400: a body that is no UTF-8', async () => {
      const body = Buffer.concat([Buffer.from('{"channel":"api","message":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]);
      const response = await rawRequest(gateway.url, { method: 'POST', path: MESSAGE, headers: JSON_TYPE, body });
      await expectError(response, 'bad_request');
    });

    it('400: parent_id of another conversation', async () => {
      const [one, other] = await Promise.all([ask(gateway, 'one'), ask(gateway, 'other')]);
      const response = await post(gateway, { message: 'below', conversation_id: one.conversation_id, parent_id: other.id });
      expect(issuePaths(await expectError(response, 'bad_request'))).toEqual(['parent_id']);
      expect((await conversation(gateway, one.conversation_id)).message_count).toBe(2);
    });

    it.each([
      ['spaces', 'a b'],
      ['256 characters', 'k'.repeat(256)],
      ['other letters', 'clé'],
      ['nothing', ''],
    ])('400: an Idempotency-Key of %s', async (_, key) => {
      const response = await post(gateway, { message: 'hi' }, { headers: { 'idempotency-key': key } });
      expect(issuePaths(await expectError(response, 'bad_request'))).toEqual(['Idempotency-Key']);
    });

    it('200: values at their limits pass', async () => {
      const text = '😀'.repeat(100_000);
      const reply = await ask(gateway, text, {
        channel: `a${'-'.repeat(31)}`,
        metadata: { text: 'a'.repeat(16_384 - 11) },
        timeout_ms: 600_000,
      });
      expect(reply.content).toContain('😀😀');
      const { messages } = await conversation(gateway, reply.conversation_id);
      expect(messages[0]?.content).toBe(text);
    });
  });

  describe('400: ids and queries', () => {
    const id = newId('msg');
    it.each([
      ['GET', `${MESSAGE}/x/status`, 'id'],
      ['GET', `${MESSAGE}/${newId('conv')}/status`, 'id'],
      ['GET', `${MESSAGE}/${id}x/status`, 'id'],
      ['GET', `${MESSAGE}/${id.toUpperCase()}/status`, 'id'],
      ['GET', `${MESSAGE}/msg_${'a'.repeat(200)}/status`, 'id'],
      ['GET', `${MESSAGE}/%00/status`, 'id'],
      ['GET', `${MESSAGE}/x/events`, 'id'],
      ['POST', `${MESSAGE}/x/cancel`, 'id'],
      ['GET', '/api/v1/conversations/x', 'id'],
      ['GET', `/api/v1/conversations/conv_${'a'.repeat(200)}`, 'id'],
      ['DELETE', '/api/v1/conversations/x', 'id'],
      ['GET', `${MESSAGE}/${id}/status?verbose=1`, 'verbose'],
      ['GET', '/api/v1/health?verbose=1', 'verbose'],
      ['GET', '/healthz?verbose=1', 'verbose'],
      ['GET', '/api/v1/conversations?limit=0', 'limit'],
      ['GET', '/api/v1/conversations?limit=201', 'limit'],
      ['GET', '/api/v1/conversations?limit=ten', 'limit'],
      ['GET', '/api/v1/conversations?limit=', 'limit'],
      ['GET', '/api/v1/conversations?limit=1&limit=2', 'limit'],
      ['GET', '/api/v1/conversations?offset=-1', 'offset'],
      ['GET', '/api/v1/conversations?channel=No', 'channel'],
      ['GET', '/api/v1/conversations?since=yesterday', 'since'],
      ['GET', '/api/v1/conversations?since=0000-01-01T00:00:00Z', 'since'],
      ['GET', '/api/v1/conversations?until=9999-12-31T23:59:59-14:00', 'until'],
      ['GET', '/api/v1/conversations?until=2026-13-01T00:00:00Z', 'until'],
      ['GET', '/api/v1/conversations?q=', 'q'],
      ['GET', '/api/v1/conversations?q=a%00b', 'q'],
      ['GET', '/api/v1/conversations?sort=title', 'sort'],
      ['GET', `/api/v1/conversations/${newId('conv')}?limit=0`, 'limit'],
      ['GET', `/api/v1/conversations/${newId('conv')}?before=x`, 'before'],
    ])('400: %s %s', async (method, path, issue) => {
      expect(issuePaths(await expectError(await gateway.request(path, { method }), 'bad_request'))).toEqual([issue]);
    });

    it.each<[string, unknown]>([
      ['title', { title: 7 }],
      ['title', { title: '  ' }],
      ['title', { title: 't'.repeat(201) }],
      ['metadata', { metadata: [] }],
      ['channel', { channel: 'api' }],
      ['', null],
    ])('400: PATCH /conversations/:id names "%s"', async (path, json) => {
      const response = await gateway.request(`/api/v1/conversations/${newId('conv')}`, { method: 'PATCH', json });
      expect(issuePaths(await expectError(response, 'bad_request'))).toEqual([path]);
    });

    it.each(['abc', '-1', '1.5', '1e3', '99999999999999999999'])('400: Last-Event-ID "%s"', async (header) => {
      const response = await gateway.request(`${MESSAGE}/${id}/events`, { headers: { 'last-event-id': header } });
      expect(issuePaths(await expectError(response, 'bad_request'))).toEqual(['Last-Event-ID']);
    });
  });

  describe('404', () => {
    it.each([
      ['GET', `${MESSAGE}/${newId('msg')}/status`],
      ['GET', `${MESSAGE}/${newId('msg')}/events`],
      ['POST', `${MESSAGE}/${newId('msg')}/cancel`],
      ['GET', `/api/v1/conversations/${newId('conv')}`],
      ['DELETE', `/api/v1/conversations/${newId('conv')}`],
    ])('404: %s %s, which does not exist', async (method, path) => {
      await expectError(await gateway.request(path, { method }), 'not_found');
    });

    it('404: patching a conversation that does not exist', async () => {
      await expectError(
        await gateway.request(`/api/v1/conversations/${newId('conv')}`, { method: 'PATCH', json: { title: 't' } }),
        'not_found',
      );
    });

    it.each(['queue', 'reject', 'interrupt'])('404: a message to a conversation that does not exist (on_busy %s)', async (onBusy) => {
      await expectError(await post(gateway, { message: 'hi', conversation_id: newId('conv'), on_busy: onBusy }), 'not_found');
    });

    it('404: the id of a question is no reply', async () => {
      const reply = await ask(gateway, 'hi');
      const question = (await conversation(gateway, reply.conversation_id)).messages[0]?.id as MessageId; // the first of two
      await expectError(await gateway.request(`${MESSAGE}/${question}/status`), 'not_found');
    });
  });

  describe('415', () => {
    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonp',
      'json',
    ])('415: %s', async (type) => {
      const response = await gateway.request(MESSAGE, {
        method: 'POST',
        body: '{"channel":"api","message":"hi"}',
        headers: { 'content-type': type },
      });
      await expectError(response, 'unsupported_media_type');
    });

    it('415: a body of no type', async () => {
      const headers = { 'content-length': 2 };
      await expectError(await rawRequest(gateway.url, { method: 'POST', path: MESSAGE, headers, body: '{}' }), 'unsupported_media_type');
    });

    it('200: JSON with a charset, in any letters', async () => {
      const response = await gateway.request(MESSAGE, {
        method: 'POST',
        body: JSON.stringify({ channel: 'api', message: 'hi' }),
        headers: { 'content-type': 'Application/JSON; charset=UTF-8' },
      });
      expect(response.status).toBe(200);
    });
  });

  describe('413', () => {
    const head = (lines: string): string =>
      `POST ${MESSAGE} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nContent-Type: application/json\r\n${lines}\r\n\r\n`;

    it('413: a declared size over the limit is refused before a byte of the body is sent', async () => {
      const socket = await rawSocket(gateway.url);
      let received = '';
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      socket.write(head('Content-Length: 10000000000'));
      await until('the reply is there', () => received.endsWith('}'));
      await expectError(parseResponse(received), 'payload_too_large');
      socket.destroy();
    });

    it('413: a chunked body is refused as soon as it is over the limit, and the reply can be read', async () => {
      const socket = await rawSocket(gateway.url);
      let received = '';
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      socket.write(head('Transfer-Encoding: chunked'));
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      for (let sent = 0; sent < 20; sent += 1) socket.write(chunk);
      await until('the reply is there', () => received.endsWith('}'));
      await expectError(parseResponse(received), 'payload_too_large');
      socket.destroy();
    });

    it('413: a client that sends all of its body reads the reply', async () => {
      const response = await gateway.request(MESSAGE, {
        method: 'POST',
        body: JSON.stringify({ channel: 'api', message: 'x'.repeat(2_000_000) }),
        headers: JSON_TYPE,
      });
      await expectError(response, 'payload_too_large');
    });

    it('a connection whose large body was read to its end serves on', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const large = await rawRequest(gateway.url, {
        method: 'POST',
        path: MESSAGE,
        headers: JSON_TYPE,
        body: `"${'x'.repeat(700_000)}"`,
        agent,
      });
      await expectError(large, 'payload_too_large');
      const body = JSON.stringify({ channel: 'api', message: 'hang', timeout_ms: 2500 });
      await expectError(await rawRequest(gateway.url, { method: 'POST', path: MESSAGE, headers: JSON_TYPE, body, agent }), 'timeout');
      agent.destroy();
    });
  });

  it('nothing refused has left a trace', async () => {
    const before = await system.services.sql<{ count: number }>('SELECT count(*)::int AS count FROM messages');
    await post(gateway, { message: 'hi', typo: true });
    await post(gateway, { message: 'hi', conversation_id: newId('conv') });
    expect(await system.services.sql('SELECT count(*)::int AS count FROM messages')).toEqual(before);
    await leave(gateway, 'hi');
  });
});
