import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId, type RunEvent } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { ask, expectError, leave, MESSAGE, post, QUICK_STOP, untilOver } from '../support/api.js';
import { captureLog } from '../support/captured-log.js';
import { DirectedModel, gate, HANG } from '../support/directed-model.js';
import { readEvents } from '../support/read-events.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const log = captureLog();
const model = new DirectedModel()
  .on('hang', ['begun', HANG])
  .on('use a tool', ['I look. ', { call: 'current_time' }], ['It is late.'])
  .on('break', [
    'half',
    {
      throws: new Fault('upstream_error', 'The model provider refused.', {
        details: { provider: 'x', upstream_status: 529, retryable: true },
      }),
    },
  ]);

describe('Server-Sent Events', () => {
  let system: TestSystem;
  let here: TestGateway;
  let there: TestGateway;
  const stream = (gateway: TestGateway, message: string, init: RequestInit = {}): Promise<Response> =>
    post(gateway, { message }, { headers: { accept: 'text/event-stream' }, ...init });
  const resume = (gateway: TestGateway, id: string, after?: number): Promise<Response> =>
    gateway.request(`${MESSAGE}/${id}/events`, after === undefined ? {} : { headers: { 'last-event-id': String(after) } });
  const collect = async (response: Response | Promise<Response>): Promise<RunEvent[]> => Array.fromAsync(readEvents(await response));

  beforeAll(async () => {
    system = await createTestSystem(QUICK_STOP, log.logger);
    [here, there] = await Promise.all([system.startGateway(), system.startGateway()]);
    await system.startWorker(model);
  });
  afterAll(async () => {
    await Promise.all([here.stop(100), there.stop(100)]);
    await system.close();
  });

  it('200: framing, headers, and the whole vocabulary in order', async () => {
    const response = await stream(here, 'use a tool');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-cache');
    expect(response.headers.get('x-request-id')).not.toBeNull();
    expect(response.headers.get('x-ratelimit-limit')).not.toBeNull();
    const events = await collect(response);
    expect(events.map((event) => event.type)).toEqual(['start', 'token', 'skill_call', 'skill_result', 'token', 'end']);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(events.map((event) => `${event.id} ${event.conversation_id}`)).size).toBe(1);
    expect(events.at(-1)).toMatchObject({
      content: 'I look. \n\nIt is late.',
      skills_used: ['current_time'],
      finish_reason: 'stop',
      model: 'scripted/directed',
    });
  });

  it.each([
    'text/event-stream',
    'application/json, text/event-stream',
    'TEXT/Event-Stream;q=0.9, */*',
    'text/html,text/event-stream;charset=utf-8',
  ])('200: an Accept of "%s" chooses events', async (accept) => {
    const response = await post(here, { message: 'hi', wait_for_response: false, timeout_ms: 1 }, { headers: { accept } });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect((await collect(response)).at(-1)?.type).toBe('end');
  });

  it.each(['*/*', 'text/*', 'application/json', 'text/event-streams'])('200: an Accept of "%s" does not', async (accept) => {
    const response = await post(here, { message: 'hi' }, { headers: { accept } });
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  it('what fails before the stream begins is a plain JSON error', async () => {
    await expectError(await post(here, { message: '' }, { headers: { accept: 'text/event-stream' } }), 'bad_request');
    await expectError(
      await post(here, { message: 'hi', conversation_id: newId('conv') }, { headers: { accept: 'text/event-stream' } }),
      'not_found',
    );
  });

  it('Last-Event-ID at each event gives the rest once, at another gateway, also with Redis emptied', async () => {
    const all = await collect(stream(here, 'use a tool'));
    const id = all[0]?.id ?? '';
    for (const empty of [false, true]) {
      if (empty) await system.services.emptyRedis();
      expect(await collect(resume(there, id))).toEqual(all);
      for (const [index] of all.entries()) expect(await collect(resume(there, id, index + 1))).toEqual(all.slice(index + 1));
    }
  });

  it('Last-Event-ID while the reply is still being made: nothing is missed and nothing repeated', async () => {
    const steps = Array.from({ length: 6 }, () => gate());
    model.on(
      'slowly',
      steps.flatMap((one, index) => [one.step, `${String(index)} `]),
    );
    const first = await stream(here, 'slowly');
    const seen: RunEvent[] = [];
    const watched = (async () => {
      for await (const event of readEvents(first)) seen.push(event);
    })();
    const resumed: { after: number; events: Promise<RunEvent[]> }[] = [];
    for (const one of steps) {
      one.open();
      const reached = 1 + steps.indexOf(one) + 1;
      await until(`seq ${String(reached)}`, () => seen.length >= reached);
      const id = seen[0]?.id ?? '';
      for (let after = 0; after <= reached; after += 1)
        resumed.push({ after, events: collect(resume(after % 2 === 0 ? there : here, id, after)) });
    }
    await watched;
    expect(seen.map((event) => event.type)).toEqual(['start', ...steps.map(() => 'token'), 'end']);
    for (const { after, events } of resumed) expect(await events).toEqual(seen.slice(after));
  });

  it('Redis emptied while the reply is being made: every reader still sees each event once', async () => {
    const hold = gate();
    model.on('through a flush', ['one ', 'two ', hold.step, 'three']);
    const first = collect(stream(here, 'through a flush'));
    const request = await model.asked('through a flush');
    expect(request.messages.length).toBeGreaterThan(0);
    const [row] = await system.services.sql<{ id: string }>('SELECT id::text FROM runs ORDER BY created_at DESC LIMIT 1');
    expect(row).toBeDefined();
    await system.services.emptyRedis();
    hold.open();
    const events = await first;
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'end', content: 'one two three' });
    expect(await collect(resume(there, events[0]?.id ?? ''))).toEqual(events);
  });

  it('beyond the end: a stream that closes at once', async () => {
    const reply = await ask(here, 'hi');
    const response = await resume(there, reply.id, 1_000_000);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('404: an unknown id is a JSON error', async () => {
    await expectError(await resume(here, newId('msg')), 'not_found');
  });

  it('a failed message ends in error, live and in replay, and keeps what was said', async () => {
    const events = await collect(stream(here, 'break'));
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      error: 'upstream_error',
      status: 502,
      details: { provider: 'x', upstream_status: 529, retryable: true },
    });
    expect(events.map((event) => event.type)).toEqual(['start', 'token', 'error']);
    expect(await collect(resume(there, events[0]?.id ?? ''))).toEqual(events);
  });

  it('a cancelled message ends in error', async () => {
    const reader = collect(stream(here, 'hang'));
    await model.asked('hang');
    const [row] = await until('the run is under way', () =>
      system.services.sql<{ live: string }>("SELECT id::text AS live FROM runs WHERE status = 'processing'"),
    );
    expect(row).toBeDefined();
    // the contract's list
    const list = (await (await here.request('/api/v1/conversations?limit=1')).json()) as { conversations: { id: string }[] };
    const thread = (await (await here.request(`/api/v1/conversations/${list.conversations[0]?.id ?? ''}`)).json()) as {
      messages: { id: string }[];
    }; // likewise
    expect((await there.request(`${MESSAGE}/${thread.messages[1]?.id ?? ''}/cancel`, { method: 'POST' })).status).toBe(200);
    const events = await reader;
    expect(events.at(-1)).toMatchObject({ type: 'error', error: 'conflict', details: { id: thread.messages[1]?.id } });
  });

  it('going away does not stop the work, and the request is logged', async () => {
    const hold = gate();
    model.on('alone', ['a', hold.step, 'b']);
    const leaving = new AbortController();
    const response = await stream(here, 'alone', {
      signal: leaving.signal,
      headers: { accept: 'text/event-stream', 'x-request-id': 'gone-away' },
    });
    const iterator = readEvents(response);
    const start = (await iterator.next()) as IteratorYieldResult<RunEvent>; // the run has begun
    leaving.abort();
    await log.find({ message: 'request', request_id: 'gone-away' });
    hold.open();
    const status = await untilOver(there, start.value.id);
    expect(status).toMatchObject({ status: 'completed', response: { content: 'ab' } });
  });

  it('a shutdown ends streams with a hint to resume, and nothing is lost', async () => {
    const dying = await system.startGateway();
    const hold = gate();
    model.on('outlive', ['x', hold.step, 'y']);
    const response = await stream(dying, 'outlive');
    await model.asked('outlive');
    const text = response.text();
    const stopped = dying.stop();
    expect(await text).toMatch(/retry: \d+\n\n$/);
    await stopped;
    hold.open();
    const id = /"id":"(msg_\w+)"/.exec(await text)?.[1] ?? '';
    const lastSeq = Number([...(await text).matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? 0);
    if (id !== '') expect((await collect(resume(here, id, lastSeq))).at(-1)).toMatchObject({ type: 'end', content: 'xy' });
  });

  describe('keep-alive', () => {
    afterEach(() => {
      jest.useRealTimers();
    });

    it('a comment every 15 s', async () => {
      const { id } = await leave(here, 'hang');
      jest.useFakeTimers({
        doNotFake: [
          'setTimeout',
          'clearTimeout',
          'setImmediate',
          'clearImmediate',
          'nextTick',
          'queueMicrotask',
          'Date',
          'performance',
          'hrtime',
        ],
      });
      const leaving = new AbortController();
      const response = await here.request(`${MESSAGE}/${id}/events`, { signal: leaving.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      await reader?.read();
      jest.advanceTimersByTime(14_999);
      jest.advanceTimersByTime(1);
      let text = '';
      while (!text.includes(': keep-alive\n\n')) text += (await reader?.read())?.value ?? '';
      expect(text.match(/: keep-alive\n\n/g)).toHaveLength(1);
      jest.useRealTimers();
      leaving.abort();
      await here.request(`${MESSAGE}/${id}/cancel`, { method: 'POST' });
    });
  });
});
