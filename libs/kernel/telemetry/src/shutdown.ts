import type { Logger } from './logger.js';

/** The reason in `process.exit` when stopping took too long, as a shell reports a kill. */
const EXIT_TOO_SLOW = 137;

/**
 * On SIGTERM or SIGINT calls `stop` once and ends the process: with 0 when it is done, with 137 when it takes longer than
 * `deadlineMs`. A second signal does not wait.
 */
export function stopOnSignal(stop: () => Promise<void>, deadlineMs: number, logger: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(EXIT_TOO_SLOW);
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ deadline_ms: deadlineMs }, 'stopping took too long');
      process.exit(EXIT_TOO_SLOW);
    }, deadlineMs).unref();
    stop().then(
      () => {
        logger.info({}, 'stopped');
        process.exit(0);
      },
      (err: unknown) => {
        logger.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
