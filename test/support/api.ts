import { expect } from '@jest/globals';
import {
  type Accepted,
  acceptedSchema,
  type ConversationWithMessages,
  conversationWithMessagesSchema,
  ERROR_STATUS,
  type ErrorBody,
  errorBodySchema,
  type ErrorCode,
  type MessageStatus,
  messageStatusSchema,
  type Reply,
  replySchema,
} from '@openclaw/words';
import { type CreatedToken, createdTokenSchema } from '@openclaw/tokens';
import type { RawResponse } from './raw-http.js';
import type { TestGateway } from './test-system.js';
import { until } from './until.js';

export const MESSAGE = '/api/v1/message';
/** For systems in which runs hang on purpose: a stopping worker does not wait for them. */
export const QUICK_STOP = { OPENCLAW_WORKER__SHUTDOWN_MS: '5050' };

/** `POST /message` on channel `api`. */
export async function post(gateway: TestGateway, body: Readonly<Record<string, unknown>>, init: RequestInit = {}): Promise<Response> {
  return gateway.request(MESSAGE, { ...init, method: 'POST', json: { channel: 'api', ...body } });
}

/** Sends, waits, and gives the reply. */
export async function ask(gateway: TestGateway, message: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
  const response = await post(gateway, { message, ...fields });
  return replySchema.strict().parse(await expectStatus(response, 200));
}

/** Sends without waiting. */
export async function leave(gateway: TestGateway, message: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Accepted> {
  const response = await post(gateway, { message, wait_for_response: false, ...fields });
  return acceptedSchema.strict().parse(await expectStatus(response, 202));
}

export async function statusOf(gateway: TestGateway, id: string): Promise<MessageStatus> {
  const response = await gateway.request(`${MESSAGE}/${id}/status`);
  return messageStatusSchema.strict().parse(await expectStatus(response, 200));
}

/** The status once the message is over. */
export async function untilOver(gateway: TestGateway, id: string): Promise<MessageStatus> {
  return until(`message ${id} is over`, async () => {
    const status = await statusOf(gateway, id);
    return status.finished_at === null ? null : status;
  });
}

export async function conversation(gateway: TestGateway, id: string, query = ''): Promise<ConversationWithMessages> {
  const response = await gateway.request(`/api/v1/conversations/${id}${query}`);
  return conversationWithMessagesSchema.strict().parse(await expectStatus(response, 200));
}

/** Makes a token, as the gateway's own. */
export async function createToken(gateway: TestGateway, fields: Readonly<Record<string, unknown>>): Promise<CreatedToken> {
  const response = await gateway.request('/api/v1/tokens', { method: 'POST', json: fields });
  return createdTokenSchema.strict().parse(await expectStatus(response, 201));
}

/** What a request by that token takes. */
export function bearer(token: string): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** The JSON body of a reply that must have that status. */
export async function expectStatus(response: Response, status: number): Promise<unknown> {
  const body: unknown = await response.json();
  expect({ status: response.status, body }).toMatchObject({ status });
  return body;
}

/** The whole contract of an error: one shape, its status, JSON, a request id, no particulars of the inside. */
export async function expectError(response: Response | RawResponse, code: ErrorCode): Promise<ErrorBody> {
  const isFetched = response instanceof Response;
  const text = isFetched ? await response.text() : response.body;
  const header = (name: string): unknown => (isFetched ? response.headers.get(name) : response.headers[name]);
  expect({ status: response.status, text }).toEqual({ status: ERROR_STATUS[code], text: expect.stringContaining(`"${code}"`) });
  const body = errorBodySchema.strict().parse(JSON.parse(text));
  expect(body).toMatchObject({ error: code, status: ERROR_STATUS[code] });
  expect(body.message).not.toBe('');
  expect(header('content-type')).toMatch(/^application\/json/);
  expect(header('x-request-id')).toMatch(/^[\x21-\x7e]{1,128}$/);
  expect(text).not.toMatch(/node_modules|\.ts:|\.js:|SELECT |INSERT |postgresql:|redis:/);
  return body;
}

/** The paths that a 400 names, each once. */
export function issuePaths(body: ErrorBody): unknown[] {
  const issues: unknown = body.details['issues'];
  return Array.isArray(issues) ? [...new Set(issues.map((issue: { path?: unknown }) => issue.path))] : [];
}
