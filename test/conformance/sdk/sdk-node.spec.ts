import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, OpenClawClient } from '@openclaw/sdk';
import { serveVectors } from './vector-server.mjs';
import { VECTORS } from './vectors.mjs';

describe('@openclaw/sdk does what every SDK must', () => {
  let server: Awaited<ReturnType<typeof serveVectors>>;
  beforeAll(async () => {
    server = await serveVectors();
  });
  afterAll(() => server.close());

  it.each(VECTORS.map((vector) => [vector.name, vector] as const))('%s', async (name, { call, outcome }) => {
    const client = new OpenClawClient({ baseUrl: `${server.url}/${name}`, token: 'secret-token', timeoutMs: 20_000 });
    const events: (readonly [string, unknown])[] = [];
    const done = await run(client, call, events).then(
      (value) => ({ value }),
      (failure: unknown) => ({ failure }),
    );
    const seen = (await (await fetch(`${server.url}/${name}/seen`)).json()) as Seen[]; // made by the vector server
    checkEnd(done, outcome);
    checkRequests(seen, outcome);
    if (outcome.events) expect(events).toEqual(outcome.events);
  });
});

interface Seen {
  readonly path: string;
  readonly authorization: string;
  readonly key: string | null;
  readonly after: string | null;
}
type Outcome = (typeof VECTORS)[number]['outcome'];

async function run(
  client: OpenClawClient,
  call: (typeof VECTORS)[number]['call'],
  events: (readonly [string, unknown])[],
): Promise<unknown> {
  switch (call.do) {
    case 'message':
      return client.message(call.text);
    case 'remember':
      return client.memory.add(call.text);
    case 'get':
      return client.request({ method: 'GET', path: '/api/v1/status' });
    case 'delete':
      return client.conversations.delete('conv_1');
    case 'stream': {
      const stream = client.messageStream(call.text);
      for await (const event of stream) events.push([event.type, 'content' in event ? event.content : null]);
      const reply = await stream.reply();
      expect(stream.text).toBe(reply.content);
      return reply;
    }
  }
}

function checkEnd(done: { value: unknown } | { failure: unknown }, { reply, value, error }: Outcome): void {
  if (error) {
    checkFailure('failure' in done ? done.failure : null, error);
    return;
  }
  expect(done).toHaveProperty('value');
  if (reply) expect(done).toMatchObject({ value: { role: 'assistant', ...reply } });
  if (value) expect(done).toMatchObject({ value });
}

function checkFailure(told: unknown, error: NonNullable<Outcome['error']>): void {
  expect(told).toBeInstanceOf(error.connection ? ConnectionError : ApiError);
  if (!(told instanceof ApiError)) return;
  expect({ status: told.status, code: told.code }).toEqual({ status: error.status, code: error.code });
  if (error.request_id) expect(told.requestId).toBe(error.request_id);
  if (error.retry_after) expect(told.retryAfter).toBe(error.retry_after);
  if (error.message_id) expect(told.messageId).toBe(error.message_id);
  if (error.says) expect(told.message).toContain(error.says);
}

function checkRequests(seen: readonly Seen[], { requests, one_key: oneKey, after, paths }: Outcome): void {
  if (requests) expect(seen).toHaveLength(requests);
  for (const { authorization } of seen) expect(authorization).toBe('Bearer secret-token');
  if (oneKey) {
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(seen[0]?.key).toMatch(/^[\x21-\x7e]{8,255}$/);
  }
  if (after) expect(seen.map((request) => request.after)).toEqual(after);
  if (paths) expect(seen.map(({ path }) => path)).toEqual(paths);
}
