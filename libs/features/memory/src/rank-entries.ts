import { joinLikeness } from './join-likeness.js';
import type { TimeSpan } from './read-time-span.js';

/** What {@link rankEntries} knows of an entry. */
export interface Candidate {
  readonly id: string;
  /** What it is a turn of; null for one that stands alone. */
  readonly thread: string | null;
  readonly position: number;
  /** Turns that were said in one go, within the thread. */
  readonly session: number;
  readonly author: string;
  readonly at: number;
  /** In terms. */
  readonly length: number;
  readonly flags: number;
  /** Bit n: the question's word n is in it. */
  readonly mask: number;
}

/** Facts about a text that are found out once, when it is written. */
export const FLAG = { asks: 1, endsAsking: 2, tellsWhen: 4 } as const;

export interface RankedQuestion {
  /** What each word of the question weighs: its rarity. */
  readonly weights: readonly number[];
  /** Mean length of the entries, in terms. */
  readonly averageLength: number;
  /** True for an author whom the question names. */
  readonly names: (author: string) => boolean;
  /** Times that it speaks of; any will do. */
  readonly spans: readonly TimeSpan[];
  readonly asksWhen: boolean;
  /** How near each candidate is in meaning, in their order; null for one that has no vector. Left out where there are none. */
  readonly likeness?: readonly (number | null)[];
}

/**
 * A turn near a match tells more about it than a far one; an answer more than a question. Set on one half of a corpus, held on the other.
 */
const NEAR: readonly (readonly [number, number])[] = [
  [-1, 0.3],
  [-2, 0.2],
  [1, 0.4],
  [2, 0.3],
];
const ANSWER = 0.8;
const SESSION = 1.5;
const SESSION_HALF = 2;
const NAMED = 0.5;
const IN_SPAN = 1.5;
/** An event is told of on its day or in the days after it. */
const SPAN_TAIL_MS = 10 * 86_400_000;
/** What being of the time asked for is worth without any word: little, so that words decide where there are some. */
const TIMELY = 0.5;
const TELLS = 0.3;
const ASKING = 0.1;
const SATURATION = 1.2;
const LENGTH_SHARE = 0.2;

/**
 * How well each entry answers the question, 0 and more: its own words by rarity, then what stands around it (the turns before and
 * after, the rest of its session), then who said it and when. Pure; linear in the number of candidates.
 * @param candidates with their neighbours and the rest of their sessions, as far as those are to count; each once
 * @returns in the order of the candidates
 */
export function rankEntries(candidates: readonly Candidate[], question: RankedQuestion): number[] {
  const own = candidates.map((candidate) => ownScore(candidate, question));
  const threads = readThreads(candidates);
  const words = candidates.map((candidate, index) => {
    const thread = candidate.thread === null ? undefined : threads.get(candidate.thread);
    const around = thread ? nearScore(candidate.position, thread, own) + sessionScore(candidate.session, thread, question.weights) : 0;
    return (own[index] ?? 0) + around + (isTimely(candidate, question) ? TIMELY : 0);
  });
  const sums = question.likeness
    ? joinLikeness(
        words,
        candidates.map((candidate) => likenessAround(candidate, threads)),
        question.likeness,
      )
    : words;
  return candidates.map((candidate, index) => (sums[index] ?? 0) * factorOf(candidate, question));
}

/** The candidates next to this one, before and after, by their places in the list. */
function likenessAround({ thread: name, position }: Candidate, threads: ReadonlyMap<string, Thread>): number[] {
  const thread = name === null ? undefined : threads.get(name);
  return [position - 1, position + 1].flatMap((near) => thread?.turns.get(near)?.index ?? []);
}

/** The candidates of one thread by where they stand. */
interface Thread {
  readonly turns: Map<number, { readonly index: number; readonly asks: boolean }>;
  /** For each session in how many turns each word is; replaced by its score once that is asked for. */
  readonly sessions: Map<number, number[] | number>;
}

function readThreads(candidates: readonly Candidate[]): ReadonlyMap<string, Thread> {
  const threads = new Map<string, Thread>();
  for (const [index, { thread: name, position, session, mask, flags }] of candidates.entries()) {
    if (name === null) continue;
    const thread = threads.get(name) ?? { turns: new Map(), sessions: new Map() };
    threads.set(name, thread);
    thread.turns.set(position, { index, asks: (flags & FLAG.asks) !== 0 });
    if (mask !== 0) countWords(thread, session, mask);
  }
  return threads;
}

function countWords({ sessions }: Thread, session: number, mask: number): void {
  const known = sessions.get(session);
  const counts = Array.isArray(known) ? known : [];
  for (let bit = 0; mask >>> bit !== 0; bit += 1) counts[bit] = (counts[bit] ?? 0) + ((mask >>> bit) & 1);
  sessions.set(session, counts);
}

function ownScore({ mask, length }: Candidate, { weights, averageLength }: RankedQuestion): number {
  const stretch = 1 - LENGTH_SHARE + (LENGTH_SHARE * length) / Math.max(1, averageLength);
  return (weigh(mask, weights) * (1 + SATURATION)) / (1 + SATURATION * stretch);
}

/** The sum of what the words of a mask weigh. */
export function weigh(mask: number, weights: readonly number[]): number {
  return weights.reduce((sum, weight, bit) => ((mask >>> bit) & 1 ? sum + weight : sum), 0);
}

function nearScore(position: number, { turns }: Thread, own: readonly number[]): number {
  let score = 0;
  for (const [distance, share] of NEAR) {
    const turn = turns.get(position + distance);
    if (turn) score += (own[turn.index] ?? 0) * (distance === -1 && turn.asks ? share + ANSWER : share);
  }
  return score;
}

/** A session in which many turns have the question's words is about it. */
function sessionScore(session: number, { sessions }: Thread, weights: readonly number[]): number {
  const counts = sessions.get(session);
  if (!Array.isArray(counts)) return counts ?? 0;
  const score =
    SESSION * weights.reduce((sum, weight, bit) => sum + (weight * (counts[bit] ?? 0)) / ((counts[bit] ?? 0) + SESSION_HALF), 0);
  sessions.set(session, score);
  return score;
}

function isTimely({ at }: Candidate, { spans }: RankedQuestion): boolean {
  return spans.some((span) => at >= span.from && at <= span.to);
}

function factorOf({ author, at, flags }: Candidate, { names, spans, asksWhen }: RankedQuestion): number {
  const named = names(author) ? 1 + NAMED : 1;
  const timely = spans.some((span) => at >= span.from && at <= span.to + SPAN_TAIL_MS) ? 1 + IN_SPAN : 1;
  const telling = asksWhen && (flags & FLAG.tellsWhen) !== 0 ? 1 + TELLS : 1;
  const asking = (flags & FLAG.endsAsking) !== 0 ? 1 - ASKING : 1;
  return named * timely * telling * asking;
}
