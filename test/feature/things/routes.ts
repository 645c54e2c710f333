import { type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { ThingsStore } from './things.store.js';
import { thingRoutes as routes } from './words.js';

export const thingHandlers = ({ database }: GatewayKernel): readonly RouteHandler[] => {
  const things = new ThingsStore(database);
  return [handle(routes.getThing, ({ params }, caller) => things.get(caller, params.id))];
};
