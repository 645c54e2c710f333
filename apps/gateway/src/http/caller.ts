import type { Principal } from '@openclaw/words';
import type { FastifyRequest } from 'fastify';

/** Who sent a request, known before its body is read. */
export interface Caller {
  readonly principal: Principal;
  readonly requestId: string;
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

/** Whether its token was a right one. */
export function isAuthenticated(request: FastifyRequest): boolean {
  return callers.has(request);
}
