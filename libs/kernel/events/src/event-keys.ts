import type { MessageId } from '@openclaw/words';

/** Where the event log lives in Redis. Everything here may vanish at any moment. */
export interface EventKeys {
  /** A stream of batches from every run, read by each gateway once. */
  readonly live: string;
  /** How many bytes the stream holds. */
  readonly liveSize: string;
  /** The channel on which workers hear that a run is to stop. */
  readonly cancel: string;
  /** A list: the seq up to which the log is kept in Postgres, then the events after it, in order. */
  tail(runId: MessageId): string;
  /** The newest attempt that wrote to the log. */
  fence(runId: MessageId): string;
}

/** @param prefix first part of every key */
export function eventKeys(prefix: string): EventKeys {
  return {
    live: `${prefix}:live`,
    liveSize: `${prefix}:live:size`,
    cancel: `${prefix}:cancel`,
    tail: (runId) => `${prefix}:run:${runId}:tail`,
    fence: (runId) => `${prefix}:run:${runId}:fence`,
  };
}
