import type { ToolCall } from '@openclaw/language-model';
import type { CallResult } from './journal.types.js';

/** What a call came to: as it was, and as this repetition of it is told. */
interface Known {
  readonly result: CallResult;
  readonly told: CallResult;
  readonly tries: number;
}

/** A call that failed may be made once more: the network, or the clock, may have been to blame. */
const TRIES_MAX = 2;
const REPEATED = 'This very call was made before in this reply and is not made again. Change it, or go on with what it came to:\n';

/**
 * The calls of one run by what they say, word for word. A model that repeats one is told what it came to, and that it was repeated: no
 * effect comes twice, and a model that goes round in circles has something new to read.
 */
export class KnownCalls {
  readonly #known = new Map<string, Promise<Known>>();

  /**
   * What `settle` brings, or what the same call brought before.
   * @param settle makes the call, or gives what an earlier attempt recorded of it
   */
  async answer({ name, argumentsJson }: ToolCall, settle: () => Promise<CallResult>): Promise<CallResult> {
    const words = `${name} ${argumentsJson}`;
    const known = follow(this.#known.get(words), settle);
    this.#known.set(words, known); // at once: twins of one turn come side by side
    return (await known).told;
  }
}

async function follow(earlier: Promise<Known> | undefined, settle: () => Promise<CallResult>): Promise<Known> {
  const before = await earlier;
  if (before && (!before.result.failed || before.tries === TRIES_MAX)) {
    return { ...before, told: { text: `${REPEATED}${before.result.text}`, failed: before.result.failed } };
  }
  const result = await settle();
  return { result, told: result, tries: (before?.tries ?? 0) + 1 };
}
