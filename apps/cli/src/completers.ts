import type { Completion, Terminal } from './command.types.js';
import { connect } from './gateway-client.js';

const SHOWN = 50;
/** Whoever presses Tab does not wait longer than this for a value. */
export const HURRIED = { maxRetries: 0, timeoutMs: 300 };

/** The newest conversations, by id, with their titles. */
export async function completeConversation(terminal: Terminal): Promise<readonly Completion[]> {
  const client = await connect(terminal, HURRIED);
  const { items } = await client.conversations.list({ limit: SHOWN });
  return items.map(({ id, title }) => ({ value: id, description: title ?? '' }));
}
