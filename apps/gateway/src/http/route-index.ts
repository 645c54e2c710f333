import type { RouteContract } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { FastifyRequest } from 'fastify';
import { pathOf } from './host-and-origin.js';

const PROTECTED = /^\/(api\/v1|v1|metrics)(\/|\?|$)/;

type Routed = Pick<FastifyRequest, 'method' | 'url' | 'routeOptions'>;

/** The routes that are mounted, as a request names them. */
export class RouteIndex {
  readonly #all: readonly RouteContract[];
  readonly #byCall: ReadonlyMap<string, RouteContract>;

  constructor(routes: Readonly<Record<string, RouteContract>>) {
    this.#all = Object.values(routes);
    this.#byCall = new Map(this.#all.map((route) => [`${route.method} ${route.path}`, route]));
  }

  /** By the route that was found, since a path can be spelled in many ways; an unknown one is judged by how it begins. */
  isOpen(request: Routed): boolean {
    const route = this.#of(request);
    return route ? route.scope === null : !PROTECTED.test(pathOf(request.url));
  }

  /** @throws Fault `not_found`, or `method_not_allowed` with the methods that the path takes */
  find(request: Routed): RouteContract {
    const [path = ''] = pathOf(request.url).split('?', 1);
    const named = this.#all.filter((candidate) => candidate.path === path);
    const route = this.#of(request);
    // A path that is a route by name is no thing's id: /memory/search is not the memory called search.
    if (route && (named.length === 0 || named.includes(route))) return route;
    const known = named.length > 0 ? named : this.#all.filter((candidate) => matches(candidate.path, path));
    const allow = known.map((candidate) => candidate.method);
    if (allow.length === 0) throw new Fault('not_found', 'There is no such route.');
    throw new Fault('method_not_allowed', `This path takes ${allow.join(', ')}.`, { details: { allow: allow.join(', ') } });
  }

  /** Called for each route as it is registered: one that no contract knows, with its scope, does not boot. */
  assertKnown(method: string | string[], path: string): void {
    for (const each of [method].flat()) {
      if (each !== 'HEAD' && each !== 'OPTIONS' && !this.#byCall.has(`${each} ${path}`))
        throw new Error(`route without a contract: ${each} ${path}`);
    }
  }

  #of(request: Routed): RouteContract | undefined {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    return this.#byCall.get(`${method} ${request.routeOptions.url ?? ''}`);
  }
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}
