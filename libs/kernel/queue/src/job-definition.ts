import { answerRunJobSchema, describeConversationJobSchema } from '@openclaw/words';
import type { z } from 'zod';

/** What a job is: its name on the wire and the shape of its payload, which holds ids and nothing else. */
export interface JobDefinition<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: S;
  /** How often BullMQ may deliver it again after its worker stalled. The fence in Postgres decides whether that means anything. */
  readonly stalledRedeliveries: number;
}

/** Every job there is. A worker without exactly one handler for each does not boot. */
export const jobs = {
  answerRun: { name: 'answer-run', payload: answerRunJobSchema, stalledRedeliveries: 3 },
  describeConversation: { name: 'describe-conversation', payload: describeConversationJobSchema, stalledRedeliveries: 1 },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof jobs;
export type PayloadOf<N extends JobName> = z.output<(typeof jobs)[N]['payload']>;

/** What a job's handler promises: idempotent, and quick to stop once `signal` aborts. */
export type JobHandler<N extends JobName> = (payload: PayloadOf<N>, signal: AbortSignal) => Promise<void>;
export type JobHandlers = { readonly [N in JobName]: JobHandler<N> };
