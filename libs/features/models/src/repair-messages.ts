import type { ModelMessage, ToolCall } from './model-client.types.js';

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

const NO_RESULT = 'There is no record of what this call came to.';
const LEFT_OUT = '(Earlier messages are left out.)';

/**
 * Messages that every provider takes, whatever was cut away from them: system messages first, then a user's, no empty turn,
 * every call directly followed by its result, and no result without its call.
 */
export function repairMessages(messages: readonly ModelMessage[]): ModelMessage[] {
  const system = messages.filter((message) => message.role === 'system' && message.text !== '');
  const results = new Map(messages.flatMap((message) => (message.role === 'tool' ? [[message.callId, message]] : [])));
  const turns = messages.flatMap((message) => turnOf(message, results));
  const headless = turns[0]?.role !== 'user';
  return [...system, ...(headless ? [{ role: 'user' as const, parts: [{ type: 'text' as const, text: LEFT_OUT }] }] : []), ...turns];
}

function turnOf(message: ModelMessage, results: ReadonlyMap<string, ToolMessage>): ModelMessage[] {
  switch (message.role) {
    case 'system':
    case 'tool': // stands with its call
      return [];
    case 'user': {
      const parts = message.parts.filter((part) => part.type !== 'text' || part.text !== '');
      return parts.length > 0 ? [{ role: 'user', parts }] : [];
    }
    case 'assistant':
      if (message.text === '' && message.calls.length === 0) return [];
      return [message, ...message.calls.map((call) => results.get(call.callId) ?? lost(call))];
  }
}

function lost({ callId, name }: ToolCall): ToolMessage {
  return { role: 'tool', callId, name, text: NO_RESULT, failed: true };
}
