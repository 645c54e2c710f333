import type { NoVector, QuestionVector, QuestionVectors } from '@openclaw/feature';
import { CircuitBreaker } from '@openclaw/net';

/** Where a question's vector comes from. Rejects where it cannot be had; aborts by `signal`. */
export interface QuestionSource {
  /** null: nobody makes vectors. */
  readonly provider: string | null;
  vectorOf(question: string, signal: AbortSignal): Promise<QuestionVector>;
}

/** A longer question is about its beginning as far as a small model can tell. */
const QUESTION_CHARACTERS_MAX = 1000;
/** One turn asks the same several times: of its conversation, of everything, by a tool. */
const SAME_MS = 5000;
const BREAKER = { failures: 5, openMs: 10_000 };

export interface LimitedQuestionsOptions {
  /** What a search waits for a vector. */
  readonly waitMs: () => number;
  /** Milliseconds of any monotonic clock. */
  readonly now?: () => number;
}

/** Asks a source for vectors, for so long and no longer; one that does not answer is left alone for a while and costs nothing. */
export class LimitedQuestions implements QuestionVectors {
  readonly #source: QuestionSource;
  readonly #waitMs: () => number;
  readonly #breaker: CircuitBreaker;
  readonly #now: () => number;
  #last: { readonly question: string; readonly vector: QuestionVector; readonly at: number } | null = null;

  constructor(source: QuestionSource, { waitMs, now = () => performance.now() }: LimitedQuestionsOptions) {
    this.#source = source;
    this.#waitMs = waitMs;
    this.#now = now;
    this.#breaker = new CircuitBreaker(BREAKER, now);
  }

  get provider(): string | null {
    return this.#source.provider;
  }

  async ask(question: string): Promise<QuestionVector | NoVector> {
    if (this.provider === null) return 'off';
    const last = this.#last;
    if (last?.question === question && this.#now() - last.at < SAME_MS) return last.vector;
    if (!this.#breaker.enter()) return 'off';
    try {
      const vector = await within(this.#waitMs(), (signal) => this.#source.vectorOf(question.slice(0, QUESTION_CHARACTERS_MAX), signal));
      this.#breaker.succeeded();
      this.#last = { question, vector, at: this.#now() };
      return vector;
      // eslint-disable-next-line no-catch-all/no-catch-all -- a search never fails for want of a vector; the source says why there is none
    } catch {
      this.#breaker.failed();
      return 'late';
    }
  }
}

/** Also where the work does not heed its signal. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error('late'));
    controller.abort();
  }, ms);
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
