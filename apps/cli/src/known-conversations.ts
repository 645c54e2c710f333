import type { OpenClawClient } from '@openclaw/sdk';
import type { Completion, Terminal } from './command.types.js';
import { connect } from './gateway-client.js';

/** The channel of conversations that were begun at a shell. */
export const SHELL = 'cli';
const SHOWN = 50;
/** Whoever presses Tab does not wait longer than this for a value. */
export const HURRIED = { maxRetries: 0, timeoutMs: 300 };

/** The newest conversations, by id, with their titles. */
export async function completeConversation(terminal: Terminal): Promise<readonly Completion[]> {
  const client = await connect(terminal, HURRIED);
  const { items } = await client.conversations.list({ limit: SHOWN });
  return items.map(({ id, title }) => ({ value: id, description: title ?? '' }));
}

/** The one that was last active of those begun at a shell; undefined where there is none. */
export async function newestConversation(client: OpenClawClient): Promise<string | undefined> {
  const { items } = await client.conversations.list({ limit: 1, channel: SHELL });
  return items[0]?.id;
}
