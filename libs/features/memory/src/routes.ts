import { actingFor, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { openMemory } from './memory.module.js';
import { memoryRoutes as routes } from './words.js';

/** Everything about memory that a program may ask for. */
export function memoryHandlers({ database, settings, questions }: GatewayKernel): readonly RouteHandler[] {
  const memory = openMemory(database, () => settings.get().memory.weights, questions);
  return [
    handle(routes.addMemory, ({ body }, caller) => memory.add(actingFor(caller, body.person), body)),
    handle(routes.searchMemory, ({ body }, caller) => memory.search(actingFor(caller, body.person), body)),
    handle(routes.memoryStats, ({ query }, caller) => memory.stats(actingFor(caller, query.person))),
    handle(routes.pruneMemory, ({ body }, caller) => memory.prune(actingFor(caller, body.person), body)),
    handle(routes.getMemory, ({ params, query }, caller) => memory.get(actingFor(caller, query.person), params.id)),
    handle(routes.patchMemory, ({ params, query, body }, caller) => memory.patch(actingFor(caller, query.person), params.id, body)),
    handle(routes.deleteMemory, ({ params, query }, caller) => memory.forget(actingFor(caller, query.person), params.id)),
  ];
}
