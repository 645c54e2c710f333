import type { Logger } from '@openclaw/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Logs the request once, when its reply is over. `close` comes for each, also where the client has gone before its reply;
 * Fastify's onResponse does not. Neither queries nor bodies are logged.
 */
export function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once('close', () => {
    logger.info(
      {
        request_id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.raw.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });
}
