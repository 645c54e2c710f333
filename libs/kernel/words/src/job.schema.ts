import { z } from 'zod';
import { idSchema } from './ids.js';

/** The doorbell: ids and nothing else. Whatever a worker needs beyond them it reads from Postgres. */
export const answerRunJobSchema = z.strictObject({
  run_id: idSchema('msg'),
  request_id: z.string().max(128),
});
export type AnswerRunJob = z.infer<typeof answerRunJobSchema>;

/** Title and summary of a conversation are to be brought up to date. */
export const describeConversationJobSchema = z.strictObject({ conversation_id: idSchema('conv') });
export type DescribeConversationJob = z.infer<typeof describeConversationJobSchema>;
