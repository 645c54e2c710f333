import { AuditStore } from '@openclaw/audit';
import { type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { readTrail } from './read-trail.js';
import { auditRoutes as routes } from './words.js';

/** Reading the trail. */
export function auditHandlers({ database }: GatewayKernel): readonly RouteHandler[] {
  const store = new AuditStore(database);
  return [handle(routes.listAudit, ({ query }) => readTrail(store, query))];
}
