import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Gateway } from './compose-gateway.js';

/** How long callers may still wait for their reply once streams were told to resume elsewhere. */
const LEAVING_AFTER_MS = 15_000;
/** After that, connections that never finish their request are cut; without this one of them would hold up the whole stop. */
const CUT_AFTER_MS = 1000;

/**
 * draining: new requests get 503, streams end with a hint to resume, sockets close with 1012 ─► leaving: who still waits is told where to ask ─► cut ─► closed
 *
 * Nothing is lost by leaving: whatever was accepted is in Postgres and its reply can be asked for at any gateway.
 */
export async function stopGateway(app: NestFastifyApplication, gateway: Gateway, leavingAfterMs = LEAVING_AFTER_MS): Promise<void> {
  gateway.draining.abort();
  const leaving = setTimeout(() => {
    gateway.leaving.abort();
  }, leavingAfterMs);
  const cut = setTimeout(() => {
    app.getHttpAdapter().getInstance().server.closeAllConnections();
  }, leavingAfterMs + CUT_AFTER_MS);
  await app.close();
  clearTimeout(leaving);
  clearTimeout(cut);
  await gateway.close();
}
