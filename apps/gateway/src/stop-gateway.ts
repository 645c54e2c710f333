import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Gateway } from './compose-gateway.js';

/** How long callers may still wait for their reply once streams were told to resume elsewhere. */
const LEAVING_AFTER_MS = 15_000;

/**
 * draining: new requests get 503, streams end with a hint to resume ─► leaving: who still waits is told where to ask ─► closed
 *
 * Nothing is lost by leaving: whatever was accepted is in Postgres and its reply can be asked for at any gateway.
 */
export async function stopGateway(app: NestFastifyApplication, gateway: Gateway): Promise<void> {
  gateway.draining.abort();
  const leaving = setTimeout(() => {
    gateway.leaving.abort();
  }, LEAVING_AFTER_MS);
  await app.close();
  clearTimeout(leaving);
  await gateway.close();
}
