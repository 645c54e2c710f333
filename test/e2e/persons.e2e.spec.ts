import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fileSchema } from '@openclaw/files';
import { memoryResultsSchema } from '@openclaw/memory';
import { newId, OWNER, type Reply } from '@openclaw/words';
import { ROUTES } from '@openclaw/roster';
import { ask, bearer, conversation, createToken, expectError, expectStatus, post } from '../support/api.js';
import { DirectedModel } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { TestSocket } from '../support/test-socket.js';

/** What the other person has. */
type Theirs = Reply & { readonly memoryId: string; readonly fileId: string };

/** What another person's token meets at a route. */
type Expected =
  /** The route names a thing: it is missing. */
  | { readonly missing: (theirs: Theirs) => { readonly path: string; readonly body?: object } }
  /** The route lists things: there are none. */
  | { readonly empty: string; readonly body?: object }
  /** The route shows nothing of anybody, or has a test of its own below. */
  | 'nobody’s'
  /** The route takes the scope admin, which sees everybody's. */
  | 'admin’s';

/** The headers of a token of anna's. */
let AS_ANNA: { readonly headers: { readonly authorization: string } };
let ANNAS_TOKEN = '';

/** Every route of the contract stands here; a new one fails the test until it says what a stranger meets. */
const EXPECTED: Readonly<Record<string, Expected>> = {
  livez: 'nobody’s',
  readyz: 'nobody’s',
  health: 'nobody’s',
  status: 'nobody’s',
  openapi: 'nobody’s',
  docs: 'nobody’s',
  docsScript: 'nobody’s',
  docsStyle: 'nobody’s',
  docsAtRoot: 'nobody’s',
  metrics: 'nobody’s',
  sendMessage: {
    missing: ({ conversation_id }) => ({ path: '/api/v1/message', body: { channel: 'api', message: 'hello', conversation_id } }),
  },
  messageStatus: { missing: ({ id }) => ({ path: `/api/v1/message/${id}/status` }) },
  messageEvents: { missing: ({ id }) => ({ path: `/api/v1/message/${id}/events` }) },
  cancelMessage: { missing: ({ id }) => ({ path: `/api/v1/message/${id}/cancel` }) },
  regenerateMessage: { missing: ({ id }) => ({ path: `/api/v1/message/${id}/regenerate`, body: {} }) },
  listConversations: { empty: '/api/v1/conversations' },
  getConversation: { missing: ({ conversation_id }) => ({ path: `/api/v1/conversations/${conversation_id}` }) },
  patchConversation: {
    missing: ({ conversation_id }) => ({ path: `/api/v1/conversations/${conversation_id}`, body: { title: 'mine now' } }),
  },
  deleteConversation: 'admin’s',
  uploadFile: 'nobody’s',
  getFile: { missing: ({ fileId }) => ({ path: `/api/v1/files/${fileId}` }) },
  fileContent: { missing: ({ fileId }) => ({ path: `/api/v1/files/${fileId}/content` }) },
  addMemory: 'nobody’s',
  searchMemory: { empty: '/api/v1/memory/search', body: { query: 'ZEBRA' } },
  memoryStats: 'nobody’s',
  compactMemory: 'nobody’s',
  listMemoryDocuments: 'nobody’s',
  getMemoryDocument: { missing: () => ({ path: '/api/v1/memory/documents/facts' }) },
  pruneMemory: 'nobody’s',
  getMemory: { missing: ({ memoryId }) => ({ path: `/api/v1/memory/${memoryId}` }) },
  patchMemory: { missing: ({ memoryId }) => ({ path: `/api/v1/memory/${memoryId}`, body: { content: 'mine now' } }) },
  listSkills: 'admin’s',
  getSkill: 'admin’s',
  installSkill: 'admin’s',
  patchSkill: 'admin’s',
  removeSkill: 'admin’s',
  listSchedules: 'admin’s',
  createSchedule: 'admin’s',
  getSchedule: 'admin’s',
  patchSchedule: 'admin’s',
  removeSchedule: 'admin’s',
  usage: { empty: '/api/v1/usage' },
  listChannels: 'nobody’s',
  channelStatus: 'nobody’s',
  listPairings: 'admin’s',
  approvePairing: 'admin’s',
  deletePairing: 'admin’s',
  receiveWebhook: 'nobody’s',
  listTokens: 'admin’s',
  createToken: 'admin’s',
  revokeToken: 'admin’s',
  getConfig: 'admin’s',
  putConfig: 'admin’s',
  listConfigRevisions: 'admin’s',
  restoreConfigRevision: 'admin’s',
  listLogs: 'admin’s',
  listAudit: 'admin’s',
  deleteMemory: { missing: ({ memoryId }) => ({ path: `/api/v1/memory/${memoryId}` }) },
};

describe('persons', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  const model = new DirectedModel();
  let theirs: Theirs;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(model);
    ANNAS_TOKEN = (await createToken(gateway, { name: 'anna', scopes: ['read', 'message', 'memory'], person: 'anna' })).token;
    AS_ANNA = bearer(ANNAS_TOKEN);
    const reply = await ask(gateway, 'the code word is ZEBRA');
    const found = memoryResultsSchema.parse(
      await expectStatus(await gateway.request('/api/v1/memory/search', { method: 'POST', json: { query: 'ZEBRA' } }), 200),
    );
    const file = fileSchema.parse(await expectStatus(await gateway.request('/api/v1/files', { method: 'POST', body: 'ZEBRA' }), 201));
    theirs = { ...reply, memoryId: found.results[0]?.id ?? '', fileId: file.id };
  });
  afterAll(() => system.close());

  it('every route says what a stranger meets', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it.each(Object.entries(EXPECTED))('%s: what belongs to another person is not there', async (name, expected) => {
    const { method = '', scope } = ROUTES[name] ?? {};
    if (expected === 'nobody’s') return;
    if (expected === 'admin’s') {
      expect(scope).toBe('admin');
      return;
    }
    if ('empty' in expected) {
      const list = await expectStatus(
        await gateway.request(expected.empty, { method, ...AS_ANNA, ...(expected.body ? { json: expected.body } : {}) }),
        200,
      );
      expect(list).toMatchObject({ total: 0 });
      expect(JSON.stringify(list)).not.toContain(theirs.conversation_id);
      return;
    }
    const { path, body } = expected.missing(theirs);
    const response = await gateway.request(path, { method, ...AS_ANNA, ...(body ? { json: body } : {}) });
    await expectError(response, 'not_found');
  });

  it('each sees the own things, and an admin that names nobody everybody’s', async () => {
    const mine = (await expectStatus(await post(gateway, { message: 'hello' }, AS_ANNA), 200)) as Reply; // checked by the schema of the route
    const list = await expectStatus(await gateway.request('/api/v1/conversations', AS_ANNA), 200);
    expect(list).toMatchObject({ total: 1, conversations: [{ id: mine.conversation_id, person: 'anna' }] });
    const all = await expectStatus(await gateway.request('/api/v1/conversations'), 200);
    expect(all).toMatchObject({ total: 2 });
    const one = await expectStatus(await gateway.request('/api/v1/conversations?person=anna'), 200);
    expect(one).toMatchObject({ total: 1, conversations: [{ person: 'anna' }] });
    expect((await conversation(gateway, theirs.conversation_id)).person).toBe(OWNER);
  });

  it('memory: what each keeps, finds, counts and prunes is the own', async () => {
    const send = (method: string, path: string, json: object | undefined, init: object = AS_ANNA): Promise<Response> =>
      gateway.request(`/api/v1/memory${path}`, { method, ...init, ...(json ? { json } : {}) });
    await expectStatus(await send('POST', '', { content: 'Anna keeps bees' }), 201);
    expect(await expectStatus(await send('POST', '/search', { query: 'bees' }), 200)).toMatchObject({
      total: 1,
      results: [{ person: 'anna' }],
    });
    expect(await expectStatus(await send('POST', '/search', { query: 'bees' }, {}), 200)).toMatchObject({ total: 0 });
    expect(await expectStatus(await send('POST', '/search', { query: 'bees', person: 'anna' }, {}), 200)).toMatchObject({ total: 1 });
    await expectError(await send('POST', '/search', { query: 'ZEBRA', person: OWNER }), 'forbidden');
    expect(await expectStatus(await send('GET', '/stats', undefined), 200)).toMatchObject({ by_type: { fact: 1 } });
    expect(await expectStatus(await send('GET', '/stats?person=ben', undefined, {}), 200)).toMatchObject({ wal: { entries: 0 } });
    expect(await expectStatus(await send('DELETE', '/prune', { max_importance: 1, confirm: true }), 200)).toMatchObject({
      by_type: { compacted: 0 },
    });
    expect(await expectStatus(await send('GET', '/stats', undefined), 200)).toMatchObject({ wal: { entries: 0 } });
    expect(await expectStatus(await send('GET', `/${theirs.memoryId}`, undefined, {}), 200)).toMatchObject({ person: OWNER });
  });

  it('an admin may send for another person; nobody else may name one but themselves', async () => {
    const sent = await ask(gateway, 'for ben', { person: 'ben' });
    expect((await conversation(gateway, sent.conversation_id)).person).toBe('ben');
    await expectError(await post(gateway, { message: 'for ben', person: 'ben' }, AS_ANNA), 'forbidden');
    await expectError(await gateway.request('/api/v1/conversations?person=ben', AS_ANNA), 'forbidden');
    await expectStatus(await post(gateway, { message: 'for me', person: 'anna' }, AS_ANNA), 200);
  });

  it('404: an admin that acts for one person does not reach into another’s conversation', async () => {
    await expectError(await post(gateway, { message: 'hi', person: 'anna', conversation_id: theirs.conversation_id }), 'not_found');
  });

  it.each([
    ['1 to 300 characters', 'x'.repeat(301)],
    ['no white space', 'an na'],
    ['no control characters', 'an\u0007na'],
    ['not empty', ''],
  ])('400: a person has %s', async (_what, name) => {
    await expectError(await post(gateway, { message: 'hi', person: name }), 'bad_request');
  });

  it('an Idempotency-Key stands for another message when it is sent for another person', async () => {
    const init = { headers: { 'idempotency-key': newId('msg') } };
    await expectStatus(await post(gateway, { message: 'once', person: 'anna' }, init), 200);
    await expectError(await post(gateway, { message: 'once', person: 'ben' }, init), 'conflict');
  });

  it('WebSocket: frames that name another person’s things get not_found, and a subscription to all shows the own alone', async () => {
    const socket = await TestSocket.login(gateway.url, ANNAS_TOKEN);
    for (const frame of [
      { type: 'cancel', id: theirs.id },
      { type: 'resume', id: theirs.id },
      { type: 'subscribe', conversation_id: theirs.conversation_id },
      { type: 'message', content: 'hi', conversation_id: theirs.conversation_id },
    ]) {
      socket.send({ ...frame, request_id: frame.type });
      expect(await socket.next({ request_id: frame.type })).toMatchObject({ type: 'error', error: 'not_found' });
    }
    socket.send({ type: 'subscribe', conversation_id: '*' });
    await socket.next({ type: 'subscribed' });
    await ask(gateway, 'of the owner', { conversation_id: theirs.conversation_id });
    const mine = (await expectStatus(await post(gateway, { message: 'of anna' }, AS_ANNA), 200)) as Reply; // as above
    await socket.next({ type: 'response', conversation_id: mine.conversation_id });
    expect(socket.all({ conversation_id: theirs.conversation_id })).toEqual([]);
    socket.socket.close();
  });

  it('the worker holds a token to its scopes too: what it may not do, the agent is not offered, and refused if it tries', async () => {
    model.on('keep it', [{ call: 'memory_save', arguments: { content: 'WALRUS' } }], ['done']);
    const offered = async (): Promise<string[]> => (await model.asked('keep it')).tools.map(({ name }) => name).sort();
    const { token } = await createToken(gateway, { name: 'sender', scopes: ['message'], person: 'anna' });
    const sent = await expectStatus(await post(gateway, { message: 'keep it' }, bearer(token)), 200);
    expect(sent).toMatchObject({ content: 'done' });
    expect(await offered()).toEqual(['current_time', 'make_file', 'read_file']);
    const told = model.requests.flatMap(({ messages }) => messages).find((message) => message.role === 'tool');
    expect(told).toMatchObject({ failed: true, text: expect.stringContaining('There is no tool named memory_save') });
    expect(
      await expectStatus(await gateway.request('/api/v1/memory/search', { method: 'POST', ...AS_ANNA, json: { query: 'WALRUS' } }), 200),
    ).toMatchObject({ total: 0 });
  });
});
