import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '@openclaw/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Who sent a request, known before its body is read. */
export interface Caller {
  readonly principal: Principal;
  readonly requestId: string;
}

/** A request and its reply, for the few handlers that do not simply return a value. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Set once by the guard. */
export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** @throws Error on a request that passed no guard: a bug, not a refusal */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('the request passed no guard');
  return caller;
}

/** The caller, as an argument of a handler. */
export const FromCaller = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context.switchToHttp().getRequest<FastifyRequest>()));

/** Request and reply, as an argument of a handler that writes the reply itself. */
export const FromExchange = createParamDecorator((_: unknown, context: ExecutionContext): Exchange => {
  const http = context.switchToHttp();
  http.getResponse<FastifyReply>(); // the reply is this handler's to send
  return { request: http.getRequest<FastifyRequest>(), reply: http.getResponse<FastifyReply>() };
});
