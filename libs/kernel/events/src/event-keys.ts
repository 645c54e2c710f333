import type { MessageId } from '@openclaw/words';

/** Where the event log lives in Redis. Everything here may vanish at any moment. */
export interface EventKeys {
  /** A stream of batches from every run, read by each gateway once. */
  readonly live: string;
  /** The channel on which workers hear that a run is to stop. */
  readonly cancel: string;
  /** A list: the event with seq n stands at index n − 1. */
  log(runId: MessageId): string;
  /** The newest attempt that wrote to the log. */
  fence(runId: MessageId): string;
}

/** @param prefix first part of every key */
export function eventKeys(prefix: string): EventKeys {
  return {
    live: `${prefix}:live`,
    cancel: `${prefix}:cancel`,
    log: (runId) => `${prefix}:run:${runId}:log`,
    fence: (runId) => `${prefix}:run:${runId}:fence`,
  };
}
