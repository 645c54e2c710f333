import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acceptedSchema, type ErrorCode, type MessageStatus, messageStatusSchema, replySchema } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { memorySchema } from '@openclaw/memory';
import { ask, conversation, expectError, expectStatus, leave, MESSAGE, post, QUICK_STOP, statusOf, untilOver } from '../support/api.js';
import { captureLog } from '../support/captured-log.js';
import { DirectedModel, gate, HANG } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const log = captureLog();
const upstream = { provider: 'anthropic', upstream_status: 529, retryable: true };
const model = new DirectedModel()
  .on('fail', [
    {
      throws: new Fault('upstream_error', 'The model provider is overloaded.', {
        details: upstream,
        cause: new Error('secret-upstream-particulars'),
      }),
    },
  ])
  .on('bug', ['some text', { throws: new TypeError('x is not a function at /srv/secret.js') }])
  .on('use a tool', [{ call: 'remember', arguments: { content: 'a fact' } }], ['done']);

/** An error after its message was accepted says in details and in Location where the message can be asked for. */
async function expectPlace(response: Response, code: ErrorCode): Promise<Readonly<Record<string, unknown>>> {
  const { details } = await expectError(response, code);
  expect(details).toMatchObject({ id: expect.stringMatching(/^msg_/), conversation_id: expect.stringMatching(/^conv_/) });
  expect(details['poll_url']).toBe(`/api/v1/message/${String(details['id'])}/status`);
  expect(response.headers.get('location')).toBe(details['poll_url']);
  return details;
}

describe('sending a message', () => {
  let system: TestSystem;
  let here: TestGateway;
  let there: TestGateway;
  const cancel = (gateway: TestGateway, id: string): Promise<Response> => gateway.request(`${MESSAGE}/${id}/cancel`, { method: 'POST' });
  const cancelled = async (gateway: TestGateway, id: string): Promise<MessageStatus> =>
    messageStatusSchema.strict().parse(await expectStatus(await cancel(gateway, id), 200));

  beforeAll(async () => {
    system = await createTestSystem({ ...QUICK_STOP, OPENCLAW_WORKER__CONCURRENCY: '16' }, log.logger);
    [here, there] = await Promise.all([system.startGateway(), system.startGateway()]);
    await system.startWorker(model);
  });
  afterAll(() => system.close());

  describe('200, 202, 408', () => {
    it('200: the whole reply; the same id everywhere', async () => {
      const reply = await ask(here, 'use a tool');
      expect(reply).toMatchObject({
        role: 'assistant',
        content: 'done',
        skills_used: ['remember'],
        finish_reason: 'stop',
        model: 'scripted/directed',
      });
      expect(reply.tokens.total).toBe(reply.tokens.input + reply.tokens.output);
      const status = await statusOf(there, reply.id);
      expect(status).toMatchObject({ id: reply.id, conversation_id: reply.conversation_id, status: 'completed', attempt: 1 });
      expect(replySchema.strict().parse(status.response)).toEqual(reply);
      expect(status.error).toBeUndefined();
      expect([status.created_at, status.started_at, status.finished_at]).toEqual(
        [status.created_at, status.started_at, status.finished_at].sort(),
      );
    });

    it('202: Location and poll_url lead to the reply', async () => {
      const hold = gate();
      model.on('wait for me', [hold.step, 'here']);
      const response = await post(here, { message: 'wait for me', wait_for_response: false });
      const accepted = acceptedSchema.strict().parse(await expectStatus(response, 202));
      expect(response.headers.get('location')).toBe(accepted.poll_url);
      expect(accepted.poll_url).toBe(`/api/v1/message/${accepted.id}/status`);
      await model.asked('wait for me');
      const processing = messageStatusSchema.strict().parse(await expectStatus(await there.request(accepted.poll_url), 200));
      expect(processing).toMatchObject({ status: 'processing', started_at: expect.any(String), finished_at: null });
      expect(processing.response).toBeUndefined();
      hold.open();
      expect((await untilOver(there, accepted.id)).response?.content).toBe('here');
    });

    it('408: the work goes on, and the reply arrives where details say', async () => {
      const hold = gate();
      model.on('slow', [hold.step, 'at last']);
      const startedAt = performance.now();
      const { id, conversation_id } = await expectPlace(await post(here, { message: 'slow', timeout_ms: 60 }), 'timeout');
      expect(performance.now() - startedAt).toBeLessThan(1500);
      hold.open();
      const status = await untilOver(there, String(id));
      expect(status).toMatchObject({ status: 'completed', conversation_id, response: { id, content: 'at last' } });
    });
  });

  describe('500 and 502', () => {
    it('502: the model fails; details are the provider’s, without particulars', async () => {
      const response = await post(here, { message: 'fail' });
      expect(await expectPlace(response, 'upstream_error')).toMatchObject(upstream);
      const last = await system.services.sql<{ status: string }>('SELECT status FROM runs ORDER BY created_at DESC LIMIT 1');
      expect(last).toEqual([{ status: 'failed' }]);
    });

    it('502: status tells the whole error', async () => {
      const { id } = await leave(here, 'fail');
      expect(await untilOver(here, id)).toMatchObject({
        status: 'failed',
        error: { error: 'upstream_error', status: 502, details: upstream },
      });
    });

    it('500: a bug in a run ends it, is logged with the request id, and is told without particulars', async () => {
      const response = await post(here, { message: 'bug', timeout_ms: 8000 }, { headers: { 'x-request-id': 'bug-in-run' } });
      const body = await expectPlace(response, 'internal_error');
      expect(JSON.stringify(body)).not.toContain('secret.js');
      const line = await log.find({ level: 'error', request_id: 'bug-in-run' });
      expect(JSON.stringify(line)).toContain('x is not a function');
    });

    it('500: a bug in a gateway has the same shape', async () => {
      const broken = await system.startGateway();
      Object.assign(broken.gateway.kernel.database, { query: () => Promise.reject(new TypeError('cannot read /srv/secret.js')) });
      const response = await broken.request('/api/v1/conversations', { headers: { 'x-request-id': 'bug-in-gateway' } });
      const body = await expectError(response, 'internal_error');
      expect(response.headers.get('x-request-id')).toBe('bug-in-gateway');
      expect(body.details).toEqual({});
      expect(JSON.stringify(body)).not.toContain('secret');
      await log.find({ level: 'error', request_id: 'bug-in-gateway' });
      expect(log.lines.filter((line) => line['level'] === 'error' && line['request_id'] === 'bug-in-gateway')).toHaveLength(1);
    });
  });

  describe('Idempotency-Key', () => {
    const keyed = (gateway: TestGateway, key: string, body: Record<string, unknown>, init: RequestInit = {}): Promise<Response> =>
      post(gateway, body, { ...init, headers: { 'idempotency-key': key } });

    it('200: the same key and body give the same reply, at another gateway, and say so', async () => {
      const first = await keyed(here, 'same', { message: 'once', metadata: { a: 1, b: 2 } });
      expect(first.headers.has('idempotency-replayed')).toBe(false);
      const again = await keyed(there, 'same', { metadata: { b: 2, a: 1 }, message: 'once', timeout_ms: 5000, on_busy: 'queue' });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(await expectStatus(again, 200)).toEqual(await expectStatus(first, 200));
      const third = await keyed(there, 'same', { message: 'once', metadata: { a: 1, b: 2 }, wait_for_response: false });
      expect([third.status, third.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    });

    it('200: a replay streams the same events', async () => {
      const reply = replySchema.parse(await expectStatus(await keyed(here, 'streamed', { message: 'once more' }), 200));
      const replay = await post(
        there,
        { message: 'once more' },
        { headers: { 'idempotency-key': 'streamed', accept: 'text/event-stream' } },
      );
      expect(replay.headers.get('idempotency-replayed')).toBe('true');
      expect(await replay.text()).toContain(`"type":"end","id":"${reply.id}"`);
    });

    it.each([
      ['message', { message: 'two' }],
      ['channel', { channel: 'other' }],
      ['metadata', { metadata: { a: 1 } }],
      ['on_busy', { on_busy: 'reject' }],
    ])('409: another %s', async (field, change) => {
      const key = `other-${field}`;
      const first = replySchema.parse(await expectStatus(await keyed(here, key, { message: 'one' }), 200));
      const body = await expectError(await keyed(there, key, { message: 'one', ...change }), 'conflict');
      expect(body.details).toMatchObject({ id: first.id });
    });

    it('50 at once at two gateways make one run', async () => {
      const responses = await Promise.all(
        Array.from({ length: 50 }, (_, index) => keyed(index % 2 === 0 ? here : there, 'storm', { message: 'storm' })),
      );
      const replies = await Promise.all(responses.map(async (response) => replySchema.parse(await expectStatus(response, 200))));
      expect(new Set(replies.map(({ id }) => id)).size).toBe(1);
      expect(responses.filter((response) => !response.headers.has('idempotency-replayed'))).toHaveLength(1);
      expect(await system.services.sql("SELECT 1 FROM messages WHERE content = 'storm'")).toHaveLength(1);
    });

    it('50 at once in one conversation make one run too', async () => {
      const { conversation_id } = await ask(here, 'calm');
      const responses = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          keyed(index % 2 === 0 ? here : there, 'inner-storm', { message: 'inner-storm', conversation_id }),
        ),
      );
      for (const response of responses) await expectStatus(response, 200);
      expect((await conversation(here, conversation_id)).message_count).toBe(4);
    }, 15_000);

    it('a replay while the reply is being made waits for the same reply', async () => {
      const hold = gate();
      model.on('in the making', [hold.step, 'made']);
      const first = keyed(here, 'making', { message: 'in the making' });
      await model.asked('in the making');
      const second = keyed(there, 'making', { message: 'in the making' });
      hold.open();
      expect(await expectStatus(await second, 200)).toEqual(await expectStatus(await first, 200));
    });

    it('a gateway lost between commit and reply: the retry elsewhere gets the same reply', async () => {
      const dying = await system.startGateway();
      const hold = gate();
      model.on('survive', [hold.step, 'survived']);
      const client = new AbortController();
      const lost = keyed(dying, 'survive', { message: 'survive' }, { signal: client.signal }).catch(() => 'lost');
      await model.asked('survive');
      client.abort();
      expect(await lost).toBe('lost');
      await dying.stop();
      const retried = keyed(here, 'survive', { message: 'survive' });
      hold.open();
      const response = await retried;
      expect(response.headers.get('idempotency-replayed')).toBe('true');
      expect(await expectStatus(response, 200)).toMatchObject({ content: 'survived' });
      expect(await system.services.sql("SELECT 1 FROM messages WHERE content = 'survive'")).toHaveLength(1);
    });

    it('a refused request uses no key up', async () => {
      await expectError(await keyed(here, 'unused', { message: '' }), 'bad_request');
      await expectError(await keyed(here, 'unused', { message: 'hi', conversation_id: 'conv_01h2xcejqtf2nbrexx3vqjhp41' }), 'not_found');
      const { conversation_id } = await leave(here, 'keeps it busy');
      model.on('hold it', [HANG]);
      const holding = await leave(here, 'hold it', { conversation_id });
      await expectError(await keyed(here, 'unused', { message: 'hi', conversation_id, on_busy: 'reject' }), 'conflict');
      await cancelled(here, holding.id);
      const response = await keyed(here, 'unused', { message: 'hi' });
      expect(response.headers.has('idempotency-replayed')).toBe(false);
      await expectStatus(response, 200);
    });

    it('a replay of a failed message fails the same way, and says that it is one', async () => {
      const first = await expectError(await keyed(here, 'fails', { message: 'fail' }), 'upstream_error');
      const again = await keyed(there, 'fails', { message: 'fail' });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      const message = expect.stringMatching(/^The model provider is overloaded\. .*send the message with a new one/);
      expect(await expectError(again, 'upstream_error')).toEqual({ ...first, message, details: { ...first.details, replayed: true } });
    });
  });

  describe('cancel', () => {
    it('200: within a second for a model that hangs; who waits gets 409 with the id', async () => {
      model.on('hang', ['part of it', HANG]);
      const waiting = post(here, { message: 'hang' });
      await model.asked('hang');
      const [row] = await system.services.sql<{ id: string }>(
        "SELECT id::text FROM runs WHERE status = 'processing' ORDER BY created_at DESC LIMIT 1",
      );
      expect(row).toBeDefined();
      // the contract's list
      const list = (await (await here.request('/api/v1/conversations?limit=1')).json()) as { conversations: { id: string }[] };
      const id = (await conversation(here, list.conversations[0]?.id ?? '')).messages[1]?.id ?? '';
      const startedAt = performance.now();
      const status = await cancelled(there, id);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      expect(status).toMatchObject({
        id,
        status: 'cancelled',
        error: { error: 'conflict', details: { id } },
        finished_at: expect.any(String),
      });
      expect(await expectPlace(await waiting, 'conflict')).toMatchObject({ id, conversation_id: status.conversation_id });
      expect((await conversation(here, status.conversation_id)).messages[1]).toMatchObject({ status: 'cancelled', content: 'part of it' });
    });

    it('200: within a second for a tool that hangs', async () => {
      const memory = memorySchema.parse(
        await expectStatus(await here.request('/api/v1/memory', { method: 'POST', json: { content: 'to be forgotten' } }), 201),
      );
      model.on('hanging tool', [{ call: 'memory_forget', arguments: { id: memory.id } }], ['not reached']);
      const lock = await lockMemory(system);
      const { id } = await leave(here, 'hanging tool');
      await until(
        'the tool is at work',
        async () =>
          (await system.services.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))[0],
      );
      const startedAt = performance.now();
      const status = await cancelled(there, id);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      expect(status.status).toBe('cancelled');
      await lock.release();
    });

    it('200: one that waits in line is over at once and never reaches a model', async () => {
      model.on('first in line', [HANG]);
      const first = await leave(here, 'first in line');
      const waiting = post(here, { message: 'never asked', conversation_id: first.conversation_id });
      await model.asked('first in line');
      const second = await until('it waits in line', async () => (await conversation(here, first.conversation_id)).messages[3]);
      const status = await cancelled(there, second.id);
      expect(status).toMatchObject({ status: 'cancelled', attempt: 0, started_at: null });
      expect(await expectPlace(await waiting, 'conflict')).toMatchObject({ id: second.id, conversation_id: first.conversation_id });
      await cancelled(here, first.id);
      expect(await ask(here, 'still works', { conversation_id: first.conversation_id })).toMatchObject({ content: 'echo: still works' });
      expect(JSON.stringify(model.requests.map(({ messages }) => messages.at(-1)))).not.toContain('never asked');
    });

    it('409: over already, whichever way', async () => {
      const done = await ask(here, 'done');
      expect((await expectError(await cancel(there, done.id), 'conflict')).details).toEqual({ id: done.id });
      const { id } = await leave(here, 'fail');
      await untilOver(here, id);
      await expectError(await cancel(here, id), 'conflict');
      model.on('hang for two', [HANG]);
      const hanging = await leave(here, 'hang for two');
      await cancelled(here, hanging.id);
      await expectError(await cancel(here, hanging.id), 'conflict');
      expect(await statusOf(here, done.id)).toMatchObject({ status: 'completed' });
    });

    it('two cancels at once: one state, no error of the inside', async () => {
      model.on('hang once', [HANG]);
      const { id } = await leave(here, 'hang once');
      await model.asked('hang once');
      const statuses = (await Promise.all([cancel(here, id), cancel(there, id), cancel(here, id)])).map(({ status }) => status);
      expect(statuses).toContain(200);
      expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
      expect(await statusOf(here, id)).toMatchObject({ status: 'cancelled' });
    });
  });

  describe('on_busy', () => {
    const busy = async (name: string): Promise<{ id: string; conversation_id: string; open: () => void }> => {
      const hold = gate();
      model.on(name, [hold.step, 'finished']);
      const accepted = await leave(here, name);
      await model.asked(name);
      return {
        ...accepted,
        open: () => {
          hold.open();
        },
      };
    };
    const thread = async (id: string): Promise<unknown[]> =>
      (await conversation(here, id)).messages.map(({ content, status }) => `${content}|${status}`);

    it('queue: waits its turn', async () => {
      const current = await busy('queue 1');
      const waiting = ask(there, 'queue 2', { conversation_id: current.conversation_id });
      current.open();
      await waiting;
      expect(await thread(current.conversation_id)).toEqual([
        'queue 1|completed',
        'finished|completed',
        'queue 2|completed',
        'echo: queue 2|completed',
      ]);
    });

    it('409: reject', async () => {
      const current = await busy('reject 1');
      await expectError(
        await post(there, { message: 'reject 2', conversation_id: current.conversation_id, on_busy: 'reject' }),
        'conflict',
      );
      current.open();
      await untilOver(here, current.id);
      expect(await ask(there, 'reject 3', { conversation_id: current.conversation_id, on_busy: 'reject' })).toMatchObject({
        content: 'echo: reject 3',
      });
      expect(await thread(current.conversation_id)).toHaveLength(4);
    });

    it('interrupt: cancels what goes on and goes ahead of what waits; line and thread stay consistent', async () => {
      const current = await busy('interrupt 1');
      const { conversation_id } = current;
      const second = await leave(here, 'interrupt 2', { conversation_id });
      const third = await leave(here, 'interrupt 3', { conversation_id });
      const urgent = await leave(there, 'interrupt urgent', { conversation_id, on_busy: 'interrupt' });
      expect(await untilOver(here, current.id)).toMatchObject({ status: 'cancelled' });
      const statuses = await Promise.all([urgent, second, third].map(({ id }) => untilOver(here, id)));
      expect(statuses.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
      expect(statuses.map(({ started_at }) => started_at)).toEqual(statuses.map(({ started_at }) => started_at).sort());
      const contents = (await conversation(here, conversation_id)).messages.map(({ content }) => content);
      expect(contents).toEqual([
        'interrupt 1',
        '',
        'interrupt urgent',
        'echo: interrupt urgent',
        'interrupt 2',
        'echo: interrupt 2',
        'interrupt 3',
        'echo: interrupt 3',
      ]);
      expect(JSON.stringify((await model.asked('interrupt 2')).messages)).toContain('echo: interrupt urgent');
      expect(await conversation(here, conversation_id)).toMatchObject({ message_count: 8 });
    });

    it('interrupt: of an idle conversation is an ordinary message', async () => {
      const { conversation_id } = await ask(here, 'idle');
      expect(await ask(here, 'not so idle', { conversation_id, on_busy: 'interrupt' })).toMatchObject({ content: 'echo: not so idle' });
    });

    it('interrupt after interrupt: the newest goes first', async () => {
      const current = await busy('twice 1');
      const { conversation_id } = current;
      await leave(here, 'twice 2', { conversation_id });
      const sent = await Promise.all(
        ['twice a', 'twice b', 'twice c'].map((message) => leave(there, message, { conversation_id, on_busy: 'interrupt' })),
      );
      for (const { id } of sent) await untilOver(here, id);
      const page = await until('all are over', async () => {
        const { messages } = await conversation(here, conversation_id);
        return messages.every(({ status }) => status !== 'queued' && status !== 'processing') ? messages : null;
      });
      expect(
        page
          .filter(({ role }) => role === 'user')
          .map(({ content }) => content)
          .sort(),
      ).toEqual(['twice 1', 'twice 2', 'twice a', 'twice b', 'twice c']);
      const runs = await system.services.sql<{ overlapping: number }>(
        `SELECT count(*)::int AS overlapping FROM runs a JOIN runs b ON a.conversation_id = b.conversation_id AND a.id <> b.id
         AND a.started_at >= b.started_at AND a.started_at < b.finished_at`,
      );
      expect(runs).toEqual([{ overlapping: 0 }]);
    });
  });
});

/** Holds what the tool waits for, so that the tool hangs. */
async function lockMemory(system: TestSystem): Promise<{ release: () => Promise<unknown> }> {
  const held = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  const done = system.services.transaction(async (sql) => {
    await sql(`SELECT memory_lock('owner')`);
    held.resolve(undefined);
    await released.promise;
  });
  await held.promise;
  return {
    release: () => {
      released.resolve(undefined);
      return done;
    },
  };
}
