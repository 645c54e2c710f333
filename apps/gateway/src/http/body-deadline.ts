import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuseConnection } from './fastify-options.js';

const LATE = Object.assign(new Error('the request did not arrive in time'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

/**
 * Ends a request whose body is not there in time. Node has one time for all requests, which is that of uploads: a file may take
 * minutes, as long as it keeps coming, and {@link openUpload} looks after that.
 */
export function limitBodyTime(fastify: FastifyInstance, timeoutMs: number): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (hasBody(request) && !isUpload(request)) {
      const { raw } = request;
      const timer = setTimeout(() => {
        if (!raw.complete) refuseConnection(LATE, raw.socket);
      }, timeoutMs);
      raw.once('close', () => {
        clearTimeout(timer);
      });
    }
    done();
  });
}

/** True for a request whose body is left to its handler. */
export function isUpload({ routeOptions }: FastifyRequest): boolean {
  const { config } = routeOptions as { readonly config?: { readonly upload?: true } }; // as mountRoutes sets it
  return config?.upload ?? false;
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
