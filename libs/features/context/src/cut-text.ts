import { boundaryAfter, boundaryBefore } from '@openclaw/words';
import { countTokens } from './count-tokens.js';

const TRIES_MAX = 12;
/** Each try looks at so much of what is left. */
const SAMPLE_CHARACTERS = 512;
/** Only runs of one sign have longer tokens; counting stops here, so that its cost is bounded by what may be left and not by the text. */
const CHARACTERS_PER_TOKEN_MAX = 32;

/** Which part goes: the end of instructions, the middle of results and questions. */
export type CutWhere = 'end' | 'middle';

/** `text` with at most `tokens` tokens, a mark where something was taken out; at least the mark is left. */
export function cutText(text: string, tokens: number, where: CutWhere): string {
  const most = Math.ceil(tokens * CHARACTERS_PER_TOKEN_MAX);
  let kept = text.length > most ? keep(text, most, where) : text;
  let count = countTokens(kept, SAMPLE_CHARACTERS);
  for (let tries = 0; count > tokens && tries < TRIES_MAX; tries += 1) {
    const length = Math.floor(kept.length * Math.min(0.9, (tokens / count) * 0.95));
    kept = keep(text, length, where);
    count = countTokens(kept, SAMPLE_CHARACTERS);
  }
  return count > tokens ? '…' : kept;
}

function keep(text: string, length: number, where: CutWhere): string {
  if (where === 'end') return `${text.slice(0, boundaryBefore(text, length))} […]`;
  const half = Math.floor(length / 2);
  return `${text.slice(0, boundaryBefore(text, half))} […] ${text.slice(boundaryAfter(text, text.length - half))}`;
}
