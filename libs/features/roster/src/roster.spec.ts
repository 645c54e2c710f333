import { describe, expect, it } from '@jest/globals';
import { handle, checkHandlers, routesOf } from '@openclaw/feature';
import { defineRoute, ERROR_STATUS, type RouteContract, SCOPES, toIssues } from '@openclaw/words';
import { z } from 'zod';
import { ROUTES } from './index.js';

const all: readonly (readonly [string, RouteContract])[] = Object.entries(ROUTES);

describe('routes', () => {
  it('invariant 10: every route has a scope or is one of those declared open', () => {
    for (const [, route] of all) if (route.scope !== null) expect(SCOPES).toContain(route.scope);
    // The page holds nothing until a token is typed there (ADR 0038); what a webhook sends is signed instead (ADR 0040).
    const page = ['/api/v1/docs', '/api/v1/docs/docs.js', '/api/v1/docs/docs.css', '/docs'];
    const open = all.filter(([, route]) => route.scope === null).map(([, route]) => route.path);
    expect(open.sort()).toEqual(['/api/v1/channels/webhook/:name', ...page, '/healthz', '/readyz'].sort());
  });

  it('no two routes answer the same call, and each names at least one good status and only known errors', () => {
    const calls = all.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`);
    expect(new Set(calls).size).toBe(calls.length);
    for (const [, { replies, errors, path, scope }] of all) {
      expect(Object.keys(replies).some((status) => /^[23]/.test(status))).toBe(true);
      for (const code of errors) expect(ERROR_STATUS).toHaveProperty(code);
      if (scope !== null) expect(path).toMatch(/^\/(api\/v1|v1|metrics)/);
    }
  });

  it.each(all.filter(([, { path }]) => path.startsWith('/api/v1')))(
    'invariant 8: %s refuses fields it does not know, by name',
    (_name, { params, query, body }) => {
      for (const schema of [params, query, body]) {
        const issues = schema ? toIssues(schema.safeParse({ no_such_field: 1 }).error ?? new z.ZodError([])) : null;
        if (issues) expect(issues).toContainEqual({ path: 'no_such_field', message: 'is not a known field' });
      }
    },
  );
});

describe('booting', () => {
  const thing = defineRoute({
    method: 'GET',
    path: '/api/v1/things/:id',
    summary: '',
    scope: 'read',
    replies: { 200: z.string() },
    errors: [],
  });
  const answer = handle(thing, () => 'a thing');

  it('invariant 10: a route without exactly one handler, or a handler without a route, does not boot', () => {
    expect(() => {
      checkHandlers({ thing }, [answer]);
    }).not.toThrow();
    expect(() => {
      checkHandlers({ thing }, []);
    }).toThrow('GET /api/v1/things/:id has 0 handlers');
    expect(() => {
      checkHandlers({ thing }, [answer, answer]);
    }).toThrow('GET /api/v1/things/:id has 2 handlers');
    expect(() => {
      checkHandlers({}, [answer]);
    }).toThrow("GET /api/v1/things/:id is in no feature's words");
  });

  it('two features with one name for a route, or one call, do not boot', () => {
    const other = { ...thing, path: '/api/v1/things/:name' } as const;
    expect(() =>
      routesOf([
        { name: 'a', routes: { thing } },
        { name: 'b', routes: { thing } },
      ]),
    ).toThrow('two routes are called thing');
    expect(() =>
      routesOf([
        { name: 'a', routes: { thing } },
        { name: 'b', routes: { other } },
      ]),
    ).toThrow('answer the same call');
  });
});
