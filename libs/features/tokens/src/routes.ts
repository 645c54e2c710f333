import { actingFor, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { TokensService } from './tokens.service.js';
import { TokensStore } from './tokens.store.js';
import { tokenRoutes as routes } from './words.js';

/** Everything about tokens that a program may ask for. */
export function tokenHandlers({ database, admittance }: GatewayKernel): readonly RouteHandler[] {
  const tokens = new TokensService(new TokensStore(database), () => admittance.changed());
  return [
    handle(routes.listTokens, ({ query }, caller) => tokens.list(actingFor(caller, query.person), query)),
    handle(routes.createToken, ({ body }, caller, { idempotencyKey }) => tokens.create(caller, body, idempotencyKey)),
    handle(routes.revokeToken, ({ params }, caller) => tokens.revoke(caller, params.id)),
  ];
}
