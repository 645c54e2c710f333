import { collectDefaultMetrics, Registry } from 'prom-client';

/** The media type of figures: Prometheus' text format. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Figures of one process: what Node tells of itself is among them, its event loop's lag too. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What a name may be of in a label: the first so many; all others are one. No caller can make more series than that. */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns the name itself, or `other` */
  of(name: string): string {
    if (!this.#names.has(name) && this.#names.size >= this.#max) return 'other';
    this.#names.add(name);
    return name;
  }
}
