/** How somebody fared who had nothing to do with it. */
export interface Fared {
  readonly count: number;
  readonly failures: readonly string[];
  readonly p99Ms: number;
}

export interface Bystander {
  /** How often it has asked so far. */
  count(): number;
  /** Stops asking, and tells. */
  leave(): Promise<Fared>;
}

/** Asks again and again, one thing after the other, while something else goes on. @param ask rejects where it is not served */
export function startBystander(ask: () => Promise<unknown>): Bystander {
  const leaving = new AbortController();
  const [tookMs, failures]: [number[], string[]] = [[], []];
  const going = (async () => {
    while (!leaving.signal.aborted || tookMs.length === 0) {
      const startedAt = performance.now();
      await ask().catch((thrown: unknown) => failures.push(String(thrown)));
      tookMs.push(performance.now() - startedAt);
    }
  })();
  return {
    count: () => tookMs.length,
    leave: async () => {
      leaving.abort();
      await going;
      const sorted = tookMs.toSorted((a, b) => a - b);
      return { count: sorted.length, failures, p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
    },
  };
}
