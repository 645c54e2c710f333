import { actingFor, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { UsageService } from './usage.service.js';
import { UsageStore } from './usage.store.js';
import { usageRoutes as routes } from './words.js';

/** What a program may ask about tokens and cost. */
export function usageHandlers({ database, settings }: GatewayKernel): readonly RouteHandler[] {
  const usage = new UsageService(new UsageStore(database), () => settings.get().cost_control.timezone);
  return [handle(routes.usage, ({ query }, caller) => usage.usage(actingFor(caller, query.person), query))];
}
