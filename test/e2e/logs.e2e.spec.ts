import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LogLine, logListSchema } from '@openclaw/logs';
import { bearer, expectError, expectStatus, issuePaths } from '../support/api.js';
import { followLogs } from '../support/follow-logs.js';
import { createProcessSystem, type GatewayProcess, logged, type ProcessSystem } from '../support/processes.js';
import { until } from '../support/until.js';

const LOGS = '/api/v1/logs';

describe('GET /logs', () => {
  let system: ProcessSystem;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    system = await createProcessSystem({ OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'off' });
    gateway = await system.startGateway();
    await system.startWorker();
  });
  afterAll(() => system.close());

  const list = async (query: string, from = gateway): Promise<readonly LogLine[]> =>
    logListSchema.strict().parse(await expectStatus(await from.request(`${LOGS}?${query}`), 200)).logs;
  const send = async (requestId: string, message = 'hello'): Promise<{ id: string; conversation_id: string }> => {
    const response = await gateway.request('/api/v1/message', {
      method: 'POST',
      json: { channel: 'api', message },
      headers: { 'x-request-id': requestId },
    });
    return (await expectStatus(response, 200)) as { id: string; conversation_id: string }; // the contract's reply
  };
  /** The lines of a request, once the one that ends it is there. */
  const linesOf = (requestId: string): Promise<readonly LogLine[]> =>
    until(`the lines of ${requestId}`, async () => {
      const lines = await list(`request_id=${requestId}`);
      return lines.some(({ message }) => message === 'request') && lines;
    });

  it('200: what a request caused, in every service, by its own id, the conversation’s and the message’s', async () => {
    const { id, conversation_id } = await send('traced');
    const lines = await until('all lines', async () => {
      const found = await list('request_id=traced');
      return found.length >= 3 && found;
    });
    expect(lines.map(({ component, message }) => [component, message]).sort()).toEqual([
      ['gateway', 'request'],
      ['reasoning', 'run finished'],
      ['reasoning', 'run started'],
    ]);
    for (const line of lines)
      expect(line).toMatchObject({ request_id: 'traced', level: 'info', host: expect.any(String), time: expect.stringMatching(/Z$/) });
    expect(await list(`message_id=${id}`)).toEqual(lines);
    expect((await list(`conversation_id=${conversation_id}`)).map(({ message }) => message)).toEqual(['run started', 'run finished']);
    expect(await list(`conversation_id=${conversation_id}&component=gateway`)).toEqual([]);
  });

  it('200: the newest lines, the newest last, as many as asked for, with how many there are', async () => {
    for (const id of ['p1', 'p2', 'p3']) await gateway.request('/api/v1/health', { headers: { 'x-request-id': id } });
    await Promise.all(['p1', 'p2', 'p3'].map(linesOf));
    const page = logListSchema.strict().parse(await expectStatus(await gateway.request(`${LOGS}?lines=2&q=route=/api/v1/health`), 200));
    expect(page.logs.map(({ request_id }) => request_id)).toEqual(['p2', 'p3']);
    expect(page).toMatchObject({ total: 3, total_exact: true });
  });

  it.each([
    ['level=warning', 'level', 'trace, debug, info, warn, error'],
    ['component=foo', 'component', 'gateway, reasoning, memory, skills, channels'],
    ['lines=0', 'lines', 'at least 1'],
    ['lines=1001', 'lines', 'at most 1000'],
    ['since=yesterday', 'since', 'must be a time'],
    ['conversation_id=42', 'conversation_id', ''],
    ['q=', 'q', 'at least 1'],
    ['tail=true', 'tail', 'is not a known field'],
  ])('400: row 25: %s names what is allowed', async (query, path, allowed) => {
    const body = await expectError(await gateway.request(`${LOGS}?${query}`), 'bad_request');
    expect(issuePaths(body)).toEqual([path]);
    expect(JSON.stringify(body.details)).toContain(allowed);
  });

  it('400: Last-Event-ID that is no position', async () => {
    const response = await gateway.request(LOGS, { headers: { accept: 'text/event-stream', 'last-event-id': 'yesterday' } });
    expect(issuePaths(await expectError(response, 'bad_request'))).toEqual(['Last-Event-ID']);
  });

  it('403: a token without the scope admin, followed or not', async () => {
    const made = (await expectStatus(
      await gateway.request('/api/v1/tokens', { method: 'POST', json: { name: 'reader', scopes: ['read', 'message', 'memory'] } }),
      201,
    )) as { token: string }; // the contract's reply
    for (const accept of ['application/json', 'text/event-stream']) {
      await expectError(await gateway.request(LOGS, { headers: { ...bearer(made.token).headers, accept } }), 'forbidden');
    }
  });

  it('row 19: a page and what comes after it are read by one cursor, by two followers alike, and Last-Event-ID goes on', async () => {
    await send('before');
    await linesOf('before');
    const [one, other] = await Promise.all([followLogs(gateway, '?lines=1000'), followLogs(gateway, '?lines=1000')]);
    await Promise.all(['f1', 'f2', 'f3', 'f4'].map((id) => send(id)));
    const isEnd = ({ data }: { data: Readonly<Record<string, unknown>> }): boolean =>
      data['message'] === 'request' && data['request_id'] === 'last';
    await send('last');
    for (const reader of [one, other]) await reader.find('the last request', isEnd);
    const [seen, seenByOther] = [one, other].map(({ events }) => events.map(({ id }) => id).slice(0, events.findIndex(isEnd)));
    expect(seen).toEqual(Array.from({ length: seen?.length ?? 0 }, (_, index) => index + (seen?.[0] ?? 0)));
    expect(seenByOther).toEqual(seen);
    expect(one.events.map(({ id, data }) => id === data['position'])).not.toContain(false);
    await Promise.all([one.close(), other.close()]);
    const from = seen?.at(-5) ?? 0;
    const resumed = await followLogs(gateway, '', from);
    await resumed.find('the last request', isEnd);
    expect(resumed.events[0]?.id).toBe(from + 1);
    await resumed.close();
  });

  it('row 21: a follower of everything causes one line at its start and one at its end, and none for what it is told', async () => {
    const reader = await followLogs(gateway, '?level=trace');
    const start = await reader.find('that it began', ({ data }) => data['message'] === 'logs are followed' && data['after'] !== undefined);
    for (const id of ['l1', 'l2', 'l3']) await gateway.request('/api/v1/health', { headers: { 'x-request-id': id } });
    await reader.find('the last line', ({ data }) => data['request_id'] === 'l3');
    await reader.close();
    const requestId = String(start.data['request_id']);
    const lines = await linesOf(requestId);
    expect(lines.map(({ message }) => message)).toEqual(['logs are followed', 'request']);
  });

  it('row 22: what a client sends with controls in it is one line of text, on the page and as an event', async () => {
    const reader = await followLogs(gateway, '?lines=1');
    const response = await gateway.request('/api/v1/%E2%80%A8%1b%5b31m%0d%0aforged', { headers: { 'x-request-id': 'controls' } });
    expect(response.status).toBe(404);
    await linesOf('controls');
    const page = await (await gateway.request(`${LOGS}?request_id=controls`)).text();
    await reader.find('the line', ({ data }) => data['request_id'] === 'controls');
    await reader.close();
    expect(page).toMatch(/^[\u0020-\u007e]+$/);
    expect(page).toContain('"status":404');
  });

  it('row 19: a gateway that restarts and a Redis that is emptied lose no line of it', async () => {
    const second = await system.startGateway();
    const reader = await followLogs(second, '?lines=1');
    await send('before-the-end');
    await reader.find('the line', ({ data }) => data['request_id'] === 'before-the-end' && data['message'] === 'request');
    await system.services.emptyRedis();
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
    gateway = await system.startGateway();
    await logged(gateway, 'gateway listening');
    await send('after-it');
    await reader.find('the line', ({ data }) => data['request_id'] === 'after-it' && data['message'] === 'request');
    await reader.find('that the gateway stopped', ({ data }) => data['message'] === 'stopping' && data['component'] === 'gateway');
    const ids = reader.events.map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + (ids[0] ?? 0)));
    expect((await linesOf('before-the-end')).length).toBe(3);
    await reader.close();
  }, 90_000); // a gateway leaves who waits 15 s to stop
});
