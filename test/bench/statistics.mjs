/** Medians and quantiles: a noisy machine is measured in many short rounds, of which the middle one counts. */

/** @param values not empty. @param share 0 to 1 */
export function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

/** The rounds of one side as one row. */
export function summarise(rounds) {
  const of = (name) => median(rounds.map((round) => round[name]));
  return { p50_ms: of('p50'), p99_ms: of('p99'), per_second: of('perSecond'), cpu_ms_per_message: of('cpuMs') };
}

/** How many times the floor the product is; both sides of one round were measured side by side, so rounds are compared in pairs. */
export function ratios(product, floor) {
  const of = (name) => median(product.map((round, index) => round[name] / floor[index][name]));
  return { p50: of('p50'), p99: of('p99'), per_second: 1 / of('perSecond'), cpu: of('cpuMs') };
}
