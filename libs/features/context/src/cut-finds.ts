import type { ModelMessage } from '@openclaw/language-model';
import { boundTokens, countTokens } from './count-tokens.js';

/** What was found for a question, in whole lines, the best first: `[` a heading, a line for each, `]` at the end. */
export function cutFinds(finds: string, tokens: number): string | null {
  const lines = finds.replace(/\]$/, '').split('\n');
  for (let kept = finds; lines.length > 1; kept = `${lines.join('\n')}]`) {
    if (boundTokens(kept) <= tokens || countTokens(kept) <= tokens) return kept;
    lines.pop();
  }
  return null;
}

/** Messages with no more found for any of them than `tokens`: the same in every request to a model of that window. */
export function capFinds(messages: readonly ModelMessage[], tokens: number): readonly ModelMessage[] {
  const isOver = (message: ModelMessage): boolean =>
    message.role === 'user' && message.finds !== undefined && boundTokens(message.finds) > tokens;
  return messages.some(isOver) ? messages.map((message) => (isOver(message) ? cap(message, tokens) : message)) : messages;
}

function cap(message: ModelMessage, tokens: number): ModelMessage {
  if (message.role !== 'user' || message.finds === undefined) return message;
  const { finds: whole, ...rest } = message;
  const finds = cutFinds(whole, tokens);
  return finds === null ? rest : { ...rest, finds };
}
