import type { Completion, Terminal } from './command.types.js';
import { connect } from './gateway-client.js';

const SHOWN = 50;

/** The newest conversations, by id, with their titles. */
export async function completeConversation(terminal: Terminal): Promise<readonly Completion[]> {
  const client = await connect(terminal, 0);
  const { items } = await client.conversations.list({ limit: SHOWN });
  return items.map(({ id, title }) => ({ value: id, description: title ?? '' }));
}
