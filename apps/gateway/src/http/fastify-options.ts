import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config, ErrorBody } from '@openclaw/contracts';
import { Fault } from '@openclaw/errors';
import type { FastifyError, FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const HEADERS_MS_MAX = 10_000;

/** How Fastify treats requests before any of our code sees them: bounded in size and time, and refused in our own words. */
export function fastifyOptions(gateway: Config['gateway']): FastifyHttpOptions<Server> {
  const { limits } = gateway;
  return {
    bodyLimit: limits.body_bytes,
    requestTimeout: limits.request_timeout_ms,
    keepAliveTimeout: 72_000,
    http: { maxHeaderSize: limits.header_bytes, headersTimeout: Math.min(HEADERS_MS_MAX, limits.request_timeout_ms), connectionsCheckingInterval: 1000 },
    genReqId: requestIdOf,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    frameworkErrors: refuseUrl,
    clientErrorHandler: refuseConnection,
  };
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** A URL that cannot be decoded reaches no hook and no route. */
function refuseUrl(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void reply.status(400).header('x-request-id', request.id).send(new Fault('bad_request', 'The URL cannot be decoded.').toBody());
}

/** What is not HTTP, is too large in its headers, or dribbles in too slowly. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = connectionFault(error.code).toBody();
  socket.end(rawResponse(body));
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

function rawResponse(body: ErrorBody): string {
  const json = JSON.stringify(body);
  return [
    `HTTP/1.1 ${String(body.status)} ${body.error}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${String(Buffer.byteLength(json))}`,
    `x-request-id: ${randomUUID()}`,
    'connection: close',
    '',
    json,
  ].join('\r\n');
}
