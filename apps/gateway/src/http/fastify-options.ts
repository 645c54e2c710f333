import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import { rawResponse } from './raw-response.js';
import { requestIdOf } from './request-id.js';
import type { RequestLog } from './request-log.js';

const HEADERS_MS_MAX = 10_000;

/** How Fastify treats requests before any of our code sees them: bounded in size and time, and refused in our own words. */
export function fastifyOptions(gateway: Config['gateway'], requestLog: RequestLog): FastifyHttpOptions<Server> {
  const { limits } = gateway;
  return {
    bodyLimit: limits.body_bytes,
    requestTimeout: Math.max(limits.request_timeout_ms, limits.upload_timeout_ms), // for all but uploads limitBodyTime shortens it
    keepAliveTimeout: 72_000,
    http: {
      maxHeaderSize: limits.header_bytes,
      headersTimeout: Math.min(HEADERS_MS_MAX, limits.request_timeout_ms),
      connectionsCheckingInterval: 1000,
      requireHostHeader: false, // Node would refuse without a body; the guard does it in our own words
      // An offer of h2c, or of anything else, is passed over and the request served as it is.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    routerOptions: { maxParamLength: limits.header_bytes }, // a long id is refused as an id, by the contract
    genReqId: requestIdOf,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    frameworkErrors: (_error, request, reply) => {
      requestLog.watch(request, reply); // a URL that cannot be decoded reaches no hook and no route
      refuseUrl(request, reply);
    },
    clientErrorHandler: refuseConnection,
  };
}

function refuseUrl(request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(400)
    .headers({ 'x-request-id': request.id, 'cache-control': 'no-store', connection: 'close' })
    .send(new Fault('bad_request', 'The URL cannot be decoded.').toBody());
}

/** What is not HTTP, is too large in its headers, or dribbles in too slowly. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = connectionFault(error.code).toBody();
  socket.end(rawResponse(body, { 'x-request-id': randomUUID() }));
}

function connectionFault(code: string | undefined): Fault {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Fault('bad_request', 'The headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Fault('timeout', 'The request did not arrive in time.');
    default:
      return new Fault('bad_request', 'This is not a valid HTTP request.');
  }
}
