import type { Caller } from '@openclaw/words';
import type { FastifyRequest } from 'fastify';

const callers = new WeakMap<FastifyRequest, Caller>();

/** Set once by the guard, before the body is read. */
export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** @throws Error on a request that passed no guard: a bug, not a refusal */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('the request passed no guard');
  return caller;
}

/** Whether its token was a right one. */
export function isAuthenticated(request: FastifyRequest): boolean {
  return callers.has(request);
}
