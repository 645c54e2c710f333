import type { Api } from 'grammy';

/** A signal as grammY's types want it: they are those of a package of its own, for a class that every runtime has now. */
export function grammySignal(signal: AbortSignal): NonNullable<Parameters<Api['getMe']>[0]> {
  return signal as never; // see above
}
