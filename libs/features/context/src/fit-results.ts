import { shareOut } from '@openclaw/words';
import type { ModelMessage } from '@openclaw/language-model';
import { type Measure, PART_TOKENS_MIN } from './measure.js';

/** The turns of a run in `tokens`: its longest texts are shortened until all of it fits; calls and results stay paired. */
export function fitResults(messages: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  const share = shareOut(
    messages.map((message) => measure.of(message)),
    tokens,
  );
  if (share === Infinity) return [...messages];
  const kept = messages.map((message) => measure.cut(message, Math.max(PART_TOKENS_MIN, share)));
  if (measure.all(kept) <= tokens) return kept;
  const newest = newestPairs(kept, tokens, measure);
  return newest.map((message) => measure.cut(message, Math.max(PART_TOKENS_MIN / 2, tokens / newest.length)));
}

/**
 * Where even short results are too many, the oldest turns of this run go, each with its results; the newest stays, or it would be asked for
 * again.
 */
function newestPairs(messages: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  const starts = messages.flatMap((message, index) => (message.role === 'assistant' ? [index] : []));
  return messages.slice(starts.find((index) => measure.all(messages.slice(index)) <= tokens) ?? starts.at(-1) ?? 0);
}
