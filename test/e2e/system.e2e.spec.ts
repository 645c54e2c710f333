import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { healthSchema, isChange, type RouteContract, statusSchema } from '@openclaw/words';
import { fileRoutes } from '@openclaw/files';
import { ROUTES } from '@openclaw/roster';
import { z } from 'zod';
import { ask, expectError, expectStatus, leave, post, untilOver } from '../support/api.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const all = Object.entries(ROUTES);
const urlOf = (route: RouteContract): string => route.path.replaceAll(/:(\w+)/g, '{$1}');

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Json }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> };
  responses: Record<string, { description: string; headers?: Record<string, object>; content?: Record<string, { schema: Json }> }>;
  security?: unknown[];
}
interface Document {
  openapi: string;
  info: Json;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; securitySchemes: Json };
}

describe('the system about itself', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let document: Document;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker();
    document = (await expectStatus(await gateway.request('/api/v1/openapi.json'), 200)) as Document; // what this file goes on to examine
  });
  afterAll(() => system.close());

  it('200: /health', async () => {
    const health = healthSchema.strict().parse(await expectStatus(await gateway.request('/api/v1/health'), 200));
    expect(health).toEqual({ status: 'ok', version: '0.0.0-test', uptime_seconds: expect.any(Number) });
  });

  it('200: /status counts what happened', async () => {
    const reply = await ask(gateway, '/remember the sea is salt');
    await ask(gateway, '/time', { conversation_id: reply.conversation_id });
    const status = statusSchema.strict().parse(await expectStatus(await gateway.request('/api/v1/status'), 200));
    expect(status).toMatchObject({
      status: 'ok',
      gateway: { port: 18_789, bind: '127.0.0.1', auth_enabled: true },
      reasoning: { primary_provider: 'builtin', primary_model: 'offline', total_requests: 2 },
      memory: { wal_entries: 5 },
      queue: { waiting: 0, active: 0, delayed: 0, failed: 0 },
      workers: [{ id: expect.stringMatching(/^worker-/) }],
      gateways: [{ id: expect.stringMatching(/^gateway-/) }],
      usage: { messages: 2, cost_usd: 0 },
    });
    expect(status.usage.input_tokens).toBeGreaterThan(0);
  });

  it('200: /status is degraded without a worker', async () => {
    const alone = await createTestSystem();
    const lonely = await alone.startGateway();
    expect(await expectStatus(await lonely.request('/api/v1/status'), 200)).toMatchObject({ status: 'degraded', workers: [] });
    await alone.close();
  });

  it('200: /status shows streams and runs in hand', async () => {
    const { id } = await leave(gateway, 'hello');
    await untilOver(gateway, id);
    expect(statusSchema.parse(await (await gateway.request('/api/v1/status')).json()).queue).toMatchObject({ waiting: 0, active: 0 });
  });

  describe('openapi.json', () => {
    it('is OpenAPI 3.1 with a title, a version and the bearer scheme', () => {
      expect(document.openapi).toMatch(/^3\.1\.\d+$/);
      expect(document.info).toMatchObject({ title: expect.any(String), version: '0.0.0-test' });
      expect(document.components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } });
    });

    it('has every route and no other, each under a name of its own', () => {
      const described = Object.entries(document.paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(described.sort()).toEqual(all.map(([, route]) => `${route.method} ${urlOf(route)}`).sort());
      const names = Object.values(document.paths).flatMap((operations) =>
        Object.values(operations).map((operation) => operation.operationId),
      );
      expect(names.sort()).toEqual(all.map(([name]) => name).sort());
    });

    it.each(all.map(([name, route]) => [name, route] as const))(
      '%s: parameters, body, replies and errors are those of the contract',
      (_, route) => {
        const operation = operationOf(document, route);
        const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(inPath.map(({ name, required }) => [name, required])).toEqual(
          [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => [name, true]),
        );
        expect(operation.requestBody !== undefined).toBe(route.body !== undefined || route.upload === true);
        const statuses = Object.keys(operation.responses);
        expect(statuses).toEqual(expect.arrayContaining(Object.keys(route.replies)));
        if (route.scope !== null) expect(statuses).toEqual(expect.arrayContaining(['400', '401', '403', '429', '500']));
        if (route.stream) expect(Object.keys(operation.responses['200']?.content ?? {})).toContain('text/event-stream');
        for (const [status, reply] of Object.entries(operation.responses)) {
          expect(reply.description).not.toBe('');
          if (Number(status) >= 400 && !(Number(status) in route.replies))
            expect(JSON.stringify(reply.content)).toContain('#/components/schemas/Error');
        }
      },
    );

    it.each(all)('%s: headers, and whether there must be a body, are those of the contract', (_, route) => {
      const operation = operationOf(document, route);
      if (isChange(route)) expect(operation.requestBody?.required).toBe(true);
      expect(refsOf(operation.parameters ?? [], 'parameters')).toEqual(route.headers ?? []);
      for (const status of Object.keys(route.replies)) {
        const headers = refsOf(Object.values(operation.responses[status]?.headers ?? {}), 'headers');
        expect(headers).toEqual(expect.arrayContaining(['X-Request-Id', ...(Number(status) < 400 ? (route.replyHeaders ?? []) : [])]));
      }
    });

    it('a file is sent as it is or in a form, and comes as bytes', () => {
      expect(Object.keys(operationOf(document, fileRoutes.uploadFile).requestBody?.content ?? {})).toEqual(['*/*', 'multipart/form-data']);
      for (const status of ['200', '206'])
        expect(Object.keys(operationOf(document, fileRoutes.fileContent).responses[status]?.content ?? {})).toEqual(['*/*']);
    });

    it('every reference leads somewhere', () => {
      const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)].map(
        ([, kind, name]) => [kind ?? '', name ?? ''] as const,
      );
      expect(references.length).toBeGreaterThan(5);
      for (const [kind, name] of references) expect(document.components).toHaveProperty([kind, name]);
    });

    it('the bodies of the reference validate against it, and typing errors do not', () => {
      const schema = compile(document, '/api/v1/message');
      expect(schema.safeParse({ channel: 'api', message: 'What is the weather like tomorrow?' }).error).toBeUndefined();
      expect(schema.safeParse({ channel: 'api', message: 'Write a poem' }).error).toBeUndefined();
      expect(schema.safeParse({ channel: 'internal', message: 'x', wait_for_response: false, timeout_ms: 30_000 }).error).toBeUndefined();
      expect(schema.safeParse({ message: 'no channel' }).success).toBe(false);
      expect(schema.safeParse({ channel: 'api', message: 'x', timeout: 1 }).success).toBe(false);
      expect(schema.safeParse({ channel: 'api', message: 'x', timeout_ms: '1' }).success).toBe(false);
    });
  });
});

/** The names of those that are references to shared parts of a kind. */
function refsOf(parts: readonly object[], kind: string): string[] {
  const start = `#/components/${kind}/`;
  return parts.flatMap((part) => ('$ref' in part && String(part.$ref).startsWith(start) ? [String(part.$ref).slice(start.length)] : []));
}

function operationOf(document: Document, route: RouteContract): Operation {
  const operation = document.paths[urlOf(route)]?.[route.method.toLowerCase()];
  if (!operation) throw new Error(`no ${route.method} ${urlOf(route)}`);
  return operation;
}

/** The JSON Schema of a request body, references resolved, as something that validates. */
function compile(document: Document, path: string): z.ZodType {
  const { schema = {} } = document.paths[path]?.['post']?.requestBody?.content['application/json'] ?? {};
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas }).replaceAll('#/components/schemas/', '#/$defs/');
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]); // a JSON Schema, or this throws
}

describe('readiness', () => {
  const isReady = async ({ url }: TestGateway): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;

  it('503: Postgres answers and takes nothing, as a standby or a full disk does; new messages are refused, what is there is read', async () => {
    const system = await createTestSystem();
    const gateway = await system.startGateway();
    await system.startWorker();
    await ask(gateway, 'hello');
    const [{ name } = { name: '' }] = await system.services.sql<{ name: string }>('SELECT current_database() AS name');
    const readOnly = async (state: 'on' | 'off'): Promise<void> => {
      await system.services.sql(
        `SET default_transaction_read_only = off; ALTER DATABASE "${name}" SET default_transaction_read_only = ${state}`,
      );
      await system.services.sql(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    };
    await readOnly('on');
    await until('readyz says so', async () => !(await isReady(gateway)));
    const body = await expectError(await post(gateway, { message: 'hi' }), 'service_unavailable');
    expect(body.details).toMatchObject({ dependency: 'postgres' });
    expect((await gateway.request('/api/v1/conversations')).status).toBe(200);
    await readOnly('off');
    await until('it is ready again', () => isReady(gateway));
    await until('messages are answered again', async () => (await post(gateway, { message: 'hi' })).status === 200);
    await system.close();
  });

  it('503: the database is as large as database.size_max_mb; what is there can be read and deleted', async () => {
    const system = await createTestSystem({ OPENCLAW_DATABASE__SIZE_MAX_MB: '1' });
    const gateway = await system.startGateway();
    await system.startWorker();
    const body = await expectError(await post(gateway, { message: 'hi' }), 'service_unavailable');
    expect(body.details).toMatchObject({ dependency: 'storage' });
    expect(body.message).toContain('database.size_max_mb');
    expect((await gateway.request('/api/v1/conversations')).status).toBe(200);
    expect(await isReady(gateway)).toBe(true);
    await system.close();
  });
});
