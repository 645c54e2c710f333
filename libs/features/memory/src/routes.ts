import type { WorkId } from '@openclaw/words';
import { actingFor, Answer, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { type NewWork, WorkStore } from '@openclaw/work';
import { compactPerson } from './compact.job.js';
import { openMemory } from './memory.module.js';
import { memoryRoutes as routes } from './words.js';

/** Everything about memory that a program may ask for. */
export function memoryHandlers({ database, settings, bell, questions }: GatewayKernel): readonly RouteHandler[] {
  const memory = openMemory(database, () => settings.get().memory.weights, questions);
  const works = new WorkStore(database);
  const begin = async (work: NewWork): Promise<Answer<202, { id: WorkId; status: 'queued' }>> => {
    await works.enqueue([work]);
    await bell.ring(work.lane, work.id).catch(() => undefined); // the sweeper rings
    return new Answer(202, { id: work.id, status: 'queued' });
  };
  return [
    handle(routes.compactMemory, ({ body }, caller) => begin(compactPerson(actingFor(caller, body.person).person, true))),
    handle(routes.listMemoryDocuments, ({ query }, caller) => memory.documents(actingFor(caller, query.person))),
    handle(routes.getMemoryDocument, ({ params, query }, caller) => memory.document(actingFor(caller, query.person), params.name)),
    handle(routes.addMemory, async ({ body }, caller, { idempotencyKey }) => {
      const { memory: added, replayed } = await memory.add(actingFor(caller, body.person), body, idempotencyKey);
      return new Answer(201, added, replayed ? { 'idempotency-replayed': 'true' } : {});
    }),
    handle(routes.searchMemory, ({ body }, caller) => memory.search(actingFor(caller, body.person), body)),
    handle(routes.memoryStats, ({ query }, caller) => memory.stats(actingFor(caller, query.person))),
    handle(routes.pruneMemory, ({ body }, caller) => memory.prune(actingFor(caller, body.person), body)),
    handle(routes.getMemory, ({ params, query }, caller) => memory.get(actingFor(caller, query.person), params.id)),
    handle(routes.patchMemory, ({ params, query, body }, caller) => memory.patch(actingFor(caller, query.person), params.id, body)),
    handle(routes.deleteMemory, ({ params, query }, caller) => memory.forget(actingFor(caller, query.person), params.id)),
  ];
}
