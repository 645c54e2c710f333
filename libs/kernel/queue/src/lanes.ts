import { z } from 'zod';

/** How the bells of a lane look in Redis: ids and nothing else. Other versions read and write them too. */
interface BellFormat {
  readonly queueName: string;
  readonly write: (id: string) => object;
  /** @throws ZodError where it is no bell of this lane */
  readonly read: (data: unknown) => string;
}

const runBell = z.object({ run_id: z.string() });
const workBell = z.object({ work_id: z.string() });

/**
 * Each lane is a queue of its own with slots of its own in every worker: what waits in one is never behind what waits in another.
 * A new kind of work is no new lane.
 */
export const LANES = {
  /** Somebody waits for these. The version before this one wants a request id beside the run's. */
  runs: { queueName: 'answer-run', write: (id) => ({ run_id: id, request_id: '' }), read: (data) => runBell.parse(data).run_id },
  /** Everything that nobody waits for. */
  background: { queueName: 'background', write: (id) => ({ work_id: id }), read: (data) => workBell.parse(data).work_id },
  /** What is said in chats: heard by the channels process alone. */
  channels: { queueName: 'channels', write: (id) => ({ work_id: id }), read: (data) => workBell.parse(data).work_id },
} as const satisfies Record<string, BellFormat>;

/** What work waits in: one never takes a slot of another. */
export type Lane = keyof typeof LANES;
