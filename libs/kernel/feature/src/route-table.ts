import type { RouteContract } from '@openclaw/words';
import type { Feature } from './feature.js';
import type { RouteHandler } from './handle.js';

/** Every route of the features, by name. @throws Error where two have one name or answer the same call */
export function routesOf(features: readonly Feature[]): Readonly<Record<string, RouteContract>> {
  const routes: Record<string, RouteContract> = {};
  const calls = new Map<string, string>();
  for (const [name, route] of features.flatMap((feature) => Object.entries(feature.routes ?? {}))) {
    const call = callOf(route);
    if (name in routes) throw new Error(`two routes are called ${name}`);
    if (calls.has(call)) throw new Error(`${name} and ${String(calls.get(call))} answer the same call: ${call}`);
    calls.set(call, name);
    routes[name] = route;
  }
  return routes;
}

/** A route without exactly one handler does not boot, and neither does a handler without a route. @throws Error that names them all */
export function checkHandlers(routes: Readonly<Record<string, RouteContract>>, handlers: readonly RouteHandler[]): void {
  const contracts = Object.values(routes);
  const problems = [
    ...contracts.flatMap((route) => {
      const count = handlers.filter((handler) => handler.route === route).length;
      return count === 1 ? [] : [`${route.method} ${route.path} has ${String(count)} handlers`];
    }),
    ...handlers
      .filter(({ route }) => !contracts.includes(route))
      .map(({ route }) => `${route.method} ${route.path} is in no feature's words`),
  ];
  if (problems.length > 0) throw new Error(problems.join('; '));
}

/** Two paths that differ only in the names of their parameters are one. */
function callOf({ method, path }: RouteContract): string {
  return `${method} ${path.replaceAll(/:\w+/g, ':')}`;
}
