import { cutGraphemes } from '@openclaw/words';
import type { OutlineMessage } from '@openclaw/conversations';

const TITLE_WORDS = 8;
const TITLE_CHARACTERS = 80;
/** A question may have 100,000 characters. */
const LOOKED_AT = 2000;
const SENTENCE_CHARACTERS = 160;
const SUMMARY_CHARACTERS = 8000;

/** A title without a model: the first words of the first question. The same question always makes the same. */
export function extractTitle(question: string): string {
  const words = question.trim().slice(0, LOOKED_AT).split(/\s+/);
  const title = words.length > TITLE_WORDS ? `${words.slice(0, TITLE_WORDS).join(' ')}…` : words.join(' ');
  return cutGraphemes(title, TITLE_CHARACTERS);
}

/**
 * A summary without a model: the first sentence of each question, after what was known. When it grows too long its middle goes:
 * how a conversation began and how it went on last say most.
 */
export function extractSummary(previous: string | null, turns: readonly OutlineMessage[]): string {
  const lines = [
    ...(previous?.split('\n') ?? []),
    ...turns.filter((turn) => turn.role === 'user').map((turn) => `- ${firstSentence(turn.content)}`),
  ];
  while (lines.join('\n').length > SUMMARY_CHARACTERS)
    lines.splice(Math.floor(lines.length / 2), Math.max(1, Math.floor(lines.length / 10)));
  return lines.join('\n');
}

function firstSentence(text: string): string {
  const [sentence = ''] = text.trim().split(/(?<=[.!?])\s|\n/, 1);
  return cutGraphemes(sentence, SENTENCE_CHARACTERS);
}
