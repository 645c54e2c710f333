import 'reflect-metadata';
import { isUtf8 } from 'node:buffer';
import type { Server } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { findUnsafeNumber } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { invalid } from '@openclaw/feature';
import { withRequestContext } from '@openclaw/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Gateway } from './compose-gateway.js';
import { GatewayModule } from './gateway.module.js';
import { ErrorFilter } from './http/error.filter.js';
import { fastifyOptions } from './http/fastify-options.js';
import { mountRoutes } from './http/mount-routes.js';
import { readJson } from './http/read-json.js';
import { sendContinue } from './http/read-upload.js';
import { countBodiesAndReplies } from './http/reply-memory.js';
import { isUpload, limitBodyTime } from './http/body-deadline.js';
import { corsHeaders, preflightHeaders } from './http/cors.js';
import { FrameDispatcher } from './ws/frame-dispatcher.js';
import { SocketAdapter } from './ws/socket.adapter.js';

/** The HTTP side of a composed gateway: initialised, not yet listening. */
export async function createApp(gateway: Gateway): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(fastifyOptions(gateway.config.gateway, gateway.requestLog));
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes a literal
  const options: NestApplicationOptions = { bodyParser: false, logger: false, abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.of(gateway), adapter, options);
  const fastify = adapter.getInstance();
  gateway.connections.watch(fastify.server);
  acceptJsonOnly(fastify);
  limitBodyTime(fastify, gateway.config.gateway.limits.request_timeout_ms);
  addHooks(fastify, gateway);
  countBodiesAndReplies(fastify, {
    memory: gateway.memory,
    routes: gateway.routeIndex,
    bodyBytesMax: gateway.config.gateway.limits.body_bytes,
  });
  answerExpectations(fastify);
  app.useGlobalFilters(new ErrorFilter(gateway.logger));
  app.useWebSocketAdapter(socketAdapter(fastify.server, gateway));
  const { routes, chores } = await gateway.mount();
  mountRoutes(fastify, gateway.kernel.routes, routes, {
    draining: gateway.draining.signal,
    leaving: gateway.leaving.signal,
    memory: gateway.memory,
    tokens: gateway.tokens,
    waiting: gateway.waiting,
    uploadStallMs: gateway.config.gateway.limits.request_timeout_ms,
  });
  await app.init();
  await fastify.ready();
  gateway.loop.start();
  gateway.chores.start(chores);
  return app;
}

function socketAdapter(server: Server, { config, logger, guard, sockets, connections, requestLog, draining }: Gateway): SocketAdapter {
  const dispatcher = new FrameDispatcher(guard, logger, requestLog);
  const isDraining = (): boolean => draining.signal.aborted;
  return new SocketAdapter({ server, gateway: config.gateway, sockets, connections, dispatcher, isDraining, requestLog });
}

/** RFC 7396's own name for a body of JSON is as good as JSON's. */
const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

/** JSON and nothing else; a body that is declared but empty counts as none. */
function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, readBody(Buffer.from(body)));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      done(thrown);
    }
  });
}

/** @throws Fault `bad_request` for what is not JSON, or holds a number that would not arrive as it is */
function readBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new Fault('bad_request', 'The body is not UTF-8, as JSON must be.');
  const text = bytes.toString();
  const value = readJson(text, 'The body');
  const unsafe = findUnsafeNumber(text);
  if (unsafe) throw invalid([unsafe]);
  return value;
}

/**
 * RFC 9110, 10.1.1: who expects 100 is told to go on when his body is about to be read, and so never where he is refused. Another
 * expectation may be ignored; Node's own 417 would not be an error of the contract.
 */
function answerExpectations(fastify: FastifyInstance): void {
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    fastify.server.on(event, (request, response) => {
      fastify.server.emit('request', request, response);
    });
  }
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (!isUpload(request)) sendContinue(reply);
    done(null, payload);
  });
}

function addHooks(fastify: FastifyInstance, gateway: Gateway): void {
  fastify.addHook('onRoute', ({ method, url }) => {
    gateway.routeIndex.assertKnown(method, url);
  });
  fastify.addHook('onRequest', async (request, reply) => {
    if (beginRequest(request, reply, gateway)) await admit(request, reply, gateway);
  });
  // A stranger gets one answer for each connection, once all of his request is there; whoever has shown a right token keeps his.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (request.raw.complete && !gateway.connections.isKnown(request.raw.socket)) void reply.header('connection', 'close');
    done(null, payload);
  });
  // Bodies arrive in the socket's own context: the request's begins where the handler does.
  fastify.addHook('preHandler', (request, _reply, done) => {
    withRequestContext({ request_id: request.id }, done);
  });
}

/** @returns false where the connection had one request too many and is gone */
function beginRequest(request: FastifyRequest, reply: FastifyReply, { connections, requestLog }: Gateway): boolean {
  const { socket } = request.raw;
  if (!connections.begin(socket)) {
    reply.hijack();
    return false;
  }
  reply.raw.once('close', () => {
    connections.end(socket);
  });
  requestLog.watch(request, reply);
  return true;
}

async function admit(request: FastifyRequest, reply: FastifyReply, { config, guard }: Gateway): Promise<void> {
  const { headers, method } = request.raw;
  void reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store', ...corsHeaders(headers, config.gateway) });
  const preflight = preflightHeaders(method ?? '', headers, config.gateway);
  await guard.admit(request, reply, preflight !== null);
  if (preflight) await reply.status(204).headers(preflight).send();
}
