import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { BoundedNames, createRegistry } from './metrics.js';

/** A request to a model that is over. */
export interface MeasuredCall {
  /** `provider/model`, as the configuration names it. */
  readonly model: string;
  readonly outcome: 'ok' | 'failed' | 'left';
  readonly durationMs: number;
  /** Until something of the reply was there; null where nothing came. */
  readonly firstMs: number | null;
  readonly tokens: Readonly<Record<'input' | 'cached_input' | 'output', number>>;
  /** US dollars; null where the price is not known. */
  readonly costUsd: number | null;
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Models of the configuration in all the time that a process lives. */
const MODELS_MAX = 20;
const KINDS_MAX = 50;
const MS_PER_SECOND = 1000;

/** The figures of a worker. Labels are models of the configuration, kinds of work, how things ended. */
export class WorkerMetrics {
  readonly #registry: Registry = createRegistry();
  readonly #models = new BoundedNames(MODELS_MAX);
  readonly #kinds = new BoundedNames(KINDS_MAX);
  readonly #registers = [this.#registry];
  readonly #waits = new Histogram({
    name: 'openclaw_run_wait_seconds',
    help: 'From a message to a worker that takes it up',
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly #runs = new Histogram({
    name: 'openclaw_run_duration_seconds',
    help: 'From taking a run up to its end',
    labelNames: ['status'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly #losses = new Counter({
    name: 'openclaw_lease_losses_total',
    help: 'Runs and work that another worker took over from this one',
    registers: this.#registers,
  });
  readonly #work = new Counter({
    name: 'openclaw_work_total',
    help: 'Attempts at background work, by how they ended',
    labelNames: ['kind', 'outcome'],
    registers: this.#registers,
  });
  readonly #calls = new Histogram({
    name: 'openclaw_model_duration_seconds',
    help: 'Requests to models, from first to last',
    labelNames: ['model', 'outcome'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly #firsts = new Histogram({
    name: 'openclaw_model_first_token_seconds',
    help: 'Until something of a reply was there',
    labelNames: ['model'],
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly #tokens = new Counter({
    name: 'openclaw_model_tokens_total',
    help: 'Tokens as the provider counts them; cached_input is a part of input',
    labelNames: ['model', 'kind'],
    registers: this.#registers,
  });
  readonly #cost = new Counter({
    name: 'openclaw_model_cost_usd_total',
    help: 'What replies of known price have cost',
    labelNames: ['model'],
    registers: this.#registers,
  });
  readonly #unpriced = new Counter({
    name: 'openclaw_model_unpriced_total',
    help: 'Replies whose price is not known',
    labelNames: ['model'],
    registers: this.#registers,
  });

  /** @param active runs in hand */
  constructor(active: () => number) {
    new Gauge({
      name: 'openclaw_runs_in_hand',
      help: 'Runs that this worker has in hand',
      registers: this.#registers,
      collect() {
        this.set(active());
      },
    });
  }

  /** A run was taken up for the first time. */
  started(waitMs: number): void {
    this.#waits.observe(Math.max(0, waitMs) / MS_PER_SECOND);
  }

  ended(status: string, durationMs: number): void {
    this.#runs.observe({ status }, durationMs / MS_PER_SECOND);
  }

  lost(): void {
    this.#losses.inc();
  }

  work(kind: string, outcome: string): void {
    if (outcome === 'lost') this.lost();
    this.#work.inc({ kind: this.#kinds.of(kind), outcome });
  }

  call({ model: name, outcome, durationMs, firstMs, tokens, costUsd }: MeasuredCall): void {
    const model = this.#models.of(name);
    this.#calls.observe({ model, outcome }, durationMs / MS_PER_SECOND);
    if (firstMs !== null) this.#firsts.observe({ model }, firstMs / MS_PER_SECOND);
    if (outcome !== 'ok') return;
    for (const [kind, count] of Object.entries(tokens)) this.#tokens.inc({ model, kind }, count);
    if (costUsd === null) this.#unpriced.inc({ model });
    else this.#cost.inc({ model }, costUsd);
  }

  /** Everything, as Prometheus reads it. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
