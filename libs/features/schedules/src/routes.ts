import { actingFor, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { SchedulesService } from './schedules.service.js';
import { SchedulesStore } from './schedules.store.js';
import { scheduleRoutes as routes } from './words.js';

/** Everything about schedules that a program may ask for. */
export function scheduleHandlers({ database }: GatewayKernel): readonly RouteHandler[] {
  const schedules = new SchedulesService(new SchedulesStore(database));
  return [
    handle(routes.listSchedules, ({ query }, caller) => schedules.list(actingFor(caller, query.person), query)),
    handle(routes.createSchedule, ({ body }, caller, { idempotencyKey }) =>
      schedules.create(actingFor(caller, body.person), body, idempotencyKey),
    ),
    handle(routes.getSchedule, ({ params }, caller) => schedules.get(caller, params.id)),
    handle(routes.patchSchedule, ({ params, body }, caller) => schedules.patch(caller, params.id, body)),
    handle(routes.removeSchedule, ({ params }, caller) => schedules.remove(caller, params.id)),
  ];
}
