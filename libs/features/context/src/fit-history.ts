import type { ModelMessage, UserPart } from '@openclaw/language-model';
import type { Measure } from './measure.js';
import type { Room, RunContext } from './run-context.types.js';

interface History extends Pick<RunContext, 'thread' | 'covered' | 'hasEarlier'> {
  readonly summary: ModelMessage | null;
}

/**
 * all of it ─► old files named only, old finds left out ─► the summary instead of what it covers ─► whole turns left out, by steps
 *
 * What came before the question, in `tokens`; begins with a question.
 */
export function fitHistory({ thread, covered, hasEarlier, summary }: History, tokens: number, { measure }: Room): ModelMessage[] {
  const head = hasEarlier && summary ? [summary] : [];
  const whole = [...head, ...shorten(thread, tokens - measure.all(head), measure)];
  if (measure.fits(whole, tokens)) return whole;
  const lead = summary && measure.fits([summary], tokens) ? [summary] : [];
  const rest = shorten(thread.slice(summary ? covered : 0), tokens - measure.all(lead), measure);
  if (measure.fits([...lead, ...rest], tokens)) return [...lead, ...rest];
  return [...lead, ...newestTurns(rest, tokens - measure.all(lead), measure)];
}

/** From the newest on, files and finds are shown as long as there is room; before that files are named. */
function shorten(thread: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  if (
    !thread.some(
      (message) => message.role === 'user' && (message.finds !== undefined || message.parts.some(({ stub }) => stub !== undefined)),
    )
  )
    return [...thread];
  let left = tokens;
  return thread
    .toReversed()
    .map((message) => {
      if (left >= 0) left -= measure.of(message);
      if (left >= 0 || message.role !== 'user') return message;
      const { finds: _, ...rest } = message;
      return { ...rest, parts: message.parts.map((part) => toStub(part, measure)) };
    })
    .reverse();
}

/** What stands for a file where there is no room for it; shorter things stay as they are. */
function toStub(part: UserPart, measure: Measure): UserPart {
  if (part.stub === undefined) return part;
  const stub: UserPart = { type: 'text', text: part.stub };
  return measure.parts([stub]) < measure.parts([part]) ? stub : part;
}

/**
 * Whole turns, as many as fit, from a question on. The beginning moves by steps of an eighth to a quarter of what is kept, reckoned from
 * the thread's own beginning: so it stays for many requests, and their cache with it.
 */
function newestTurns(thread: readonly ModelMessage[], tokens: number, measure: Measure): ModelMessage[] {
  const first = firstThatFits(thread, tokens, measure);
  const gone = charactersOf(thread.slice(0, first));
  const step = 2 ** Math.floor(Math.log2(Math.max(2, charactersOf(thread.slice(first)) / 4)));
  const target = Math.ceil(gone / step) * step;
  let passed = gone;
  for (let index = first; index < thread.length; index += 1) {
    const message = thread[index];
    if (message?.role === 'user' && passed >= target) return thread.slice(index);
    passed += message ? charactersOf([message]) : 0;
  }
  const begin = thread.findIndex((message, index) => index >= first && message.role === 'user');
  return begin === -1 ? [] : thread.slice(begin);
}

/** Looked at from the newest on, and no further than it takes to know. */
function firstThatFits(thread: readonly ModelMessage[], tokens: number, measure: Measure): number {
  let left = tokens;
  return (
    thread.findLastIndex((message) => {
      left -= measure.of(message);
      return left < 0;
    }) + 1
  );
}

function charactersOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((total, message) => total + (message.role === 'user' ? partsLength(message.parts) : message.text.length), 0);
}

function partsLength(parts: readonly UserPart[]): number {
  return parts.reduce((total, part) => total + ('text' in part ? part.text.length : 0), 0);
}
