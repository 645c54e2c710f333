/**
 * Runs `work` with a signal that is aborted with `signal` or after `timeoutMs`, and leaves neither timer nor listener behind.
 * It does not stop `work` itself.
 */
export async function withDeadline<T>(signal: AbortSignal, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const follow = (): void => {
    controller.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`not done after ${String(timeoutMs)} ms`, 'TimeoutError'));
  }, timeoutMs);
  signal.addEventListener('abort', follow, { once: true });
  if (signal.aborted) follow();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}

/** `work`, or the rejection with `signal.reason` as soon as it is aborted; what `work` comes to later is nobody's. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const follow = (): void => {
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', follow, { once: true });
  if (signal.aborted) follow();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', follow);
  }
}
