import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { chatCompletionsWire } from '../conformance/providers/chat-completions-wire.fixture.js';
import { SECOND, WIRES } from '../conformance/providers/providers.fixture.js';
import { resetsAfter, streams } from '../conformance/providers/wire-server.fixture.js';
import { at, sse } from '../conformance/providers/sse.js';
import { MESSAGE } from '../support/api.js';
import { TEST_TOKEN } from '../support/test-system.js';
import { until } from '../support/until.js';
import { type FieldStage, framesOf, startField, withField } from './field-stage.js';

const FACES = '👩‍👩‍👧';
const call = (id: string, name: string, args: object): { call: { id: string; name: string; fragments: string[] } } => ({
  call: { id, name, fragments: [JSON.stringify(args)] },
});

describe.each(WIRES)('what a model does over the wire of $type', (wire) => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(wire, { OPENCLAW_AGENT__TIME_ZONE: 'Asia/Kolkata', OPENCLAW_PROVIDERS__BREAKER__FAILURES: '100' });
  });
  afterAll(() => field.close());

  it('the time is told in any zone that the platform takes, and its own note in the agent’s', async () => {
    const zones = ['Asia/Kolkata', 'Europe/Kyiv', 'Asia/Ho_Chi_Minh', 'America/Argentina/Buenos_Aires', 'Etc/UTC', 'GMT'];
    field.say(
      streams(framesOf(wire, '', ...zones.map((time_zone, index) => call(`own_${String(index)}`, 'current_time', { time_zone })))),
      'Done.',
    );
    await field.ask('What time is it there?');
    const results = wire.read(field.replies().at(-1)).results;
    expect(results).toHaveLength(zones.length);
    expect(JSON.stringify(results)).not.toContain('is not');
    expect(JSON.stringify(field.replies().at(-1))).toContain('(Asia/Kolkata)');
  });

  it('several calls of one turn, under one id or none, run once each with their own arguments', async () => {
    const facts = ['the key is under the mat', 'the ladder is in the shed', 'the fuse box is behind the door', 'the pump is in the cellar'];
    const ids = wire.type === 'google' ? facts.map(() => '') : ['own_1', 'own_1', 'own_2', ''];
    field.say(streams(framesOf(wire, '', ...facts.map((content, index) => call(ids[index] ?? '', 'memory_save', { content })))), 'Saved.');
    expect(await field.ask('Remember all of it')).toMatchObject({ content: 'Saved.', skills_used: ['memory_save'] });
    const saved = await field.system.services.sql<{ body: string }>(
      `SELECT body FROM memory_entries WHERE kind <> 'message' ORDER BY body`,
    );
    expect(saved.map(({ body }) => body)).toEqual(facts.toSorted());
    expect(field.refused).toEqual([]);
  });

  it('a reply that breaks off behind its beginning is asked for once more, and shown once', async () => {
    field.say(resetsAfter(framesOf(wire, 'Half of a reply').slice(0, -3)), 'The whole reply.');
    const asked = field.replies().length;
    const { id, content } = await field.ask('Go on');
    expect(content).toBe('The whole reply.');
    expect(field.replies().length - asked).toBe(2);
    const events = await (await field.gateway.request(`${MESSAGE}/${id}/events`)).text();
    expect(events.split('"type":"restart"').at(-1)).not.toContain('Half of');
  });
});

describe('what a person sends', () => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(SECOND, { OPENCLAW_AGENT__TITLES: 'extract' });
  });
  afterAll(() => field.close());

  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> =>
    field.gateway.request(MESSAGE, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  it.each([
    ['an emoji at the cut', `${'a'.repeat(79)}😀 tail`],
    ['a family at the cut', `${'a'.repeat(76)}${FACES} tail`],
    ['Chinese without a space', '天'.repeat(150)],
  ])('a title is cut between characters, and says so: %s', async (_name, message) => {
    const { conversation_id } = await field.ask(message);
    const { title } = await field.thread(conversation_id);
    const graphemes = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(title ?? '')].map(({ segment }) => segment);
    expect(title).toMatch(/…$/);
    expect(graphemes.length).toBeLessThanOrEqual(80);
    expect(message.startsWith(graphemes.slice(0, -1).join(''))).toBe(true);
    expect(graphemes.every((each) => each === FACES || !each.includes('\u200d'))).toBe(true);
  });

  it('400: a number that would be another one when read back, under the same key too; nothing runs', async () => {
    const asked = field.replies().length;
    for (const number of ['9007199254740993', '1497549923779084388', '1e400']) {
      const response = await send(`{"channel":"api","message":"hi","metadata":{"chat_id":${number}}}`, { 'idempotency-key': 'big' });
      const body: unknown = await response.json();
      expect([response.status, at(body, 'details', 'issues', 0, 'path')]).toEqual([400, 'metadata.chat_id']);
    }
    expect(field.replies().length).toBe(asked);
  });

  it('a body with a mark of byte order is taken, one in Latin-1 gets 400, one that is packed 415', async () => {
    const body = JSON.stringify({ channel: 'api', message: 'Grüße' });
    expect((await send(`\ufeff${body}`)).status).toBe(200);
    expect((await send(Buffer.from(body, 'latin1'))).status).toBe(400);
    expect((await send(body, { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('bytes that arrive torn, with a mark of byte order, CRLF and comments, are put together again', async () => {
    const text = `Grüße ${FACES} שלום 日本語`;
    const frames = [
      ': comment\n\n',
      sse({ choices: [{ index: 0, delta: { content: text } }] }),
      sse({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      sse('[DONE]'),
    ]
      .join('')
      .replaceAll('\n', '\r\n');
    field.say((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      const bytes = Buffer.from(`\ufeff${frames}`);
      const next = (from: number): void => {
        if (from >= bytes.length) res.end();
        else res.write(bytes.subarray(from, from + 7), () => setImmediate(next, from + 7));
      };
      next(0);
    });
    expect((await field.ask('Say hello')).content).toBe(text);
    field.say('I see.');
  });
});

it('a socket that offers other protocols and deflate is taken: one of them is echoed, frames are plain, a binary one is told what is wrong', () =>
  withField(SECOND, {}, async (field) => {
    const socket = new WebSocket(`${field.gateway.url.replace('http', 'ws')}/ws`, ['json', 'bearer'], { perMessageDeflate: true });
    const frames: unknown[] = [];
    socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
    await once(socket, 'open');
    expect([socket.protocol, socket.extensions]).toEqual(['json', '']);
    const auth = JSON.stringify({ type: 'auth', token: TEST_TOKEN });
    socket.send(auth.slice(0, 10), { fin: false });
    socket.ping();
    socket.send(auth.slice(10), { fin: true });
    await until('it is let in', () => frames.some((frame) => at(frame, 'type') === 'auth_success'));
    socket.send(Buffer.from([1, 2, 3]));
    const error = await until('an answer to the binary frame', () => frames.find((frame) => at(frame, 'type') === 'error'));
    expect(at(error, 'error')).toBe('bad_request');
    socket.close();
  }));

it('a failed reply leaves nothing that stops the title of what comes after it', () =>
  withField(chatCompletionsWire('openai-compatible', 'field'), { OPENCLAW_AGENT__TITLES: 'extract' }, async (field) => {
    field.say(resetsAfter([]), resetsAfter([]), resetsAfter([]), 'Fine.');
    const { details } = await field.fail('The very first question');
    const conversationId = String(details['conversation_id']);
    field.say('Fine.');
    await field.ask('Another one', { conversation_id: conversationId });
    const { title } = await until('a title', () => field.thread(conversationId));
    expect(title).toBe('The very first question');
  }));
