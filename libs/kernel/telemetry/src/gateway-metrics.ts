import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createRegistry } from './metrics.js';

/** A request that is over. */
export interface MeasuredRequest {
  readonly method: string;
  /** The route's template; anything else that was asked for is one and the same. */
  readonly route: string;
  readonly status: number;
  readonly duration_ms?: number;
}

/** What can be counted at any moment. */
export interface GatewayGauges {
  /** Callers that wait for a reply, or read it as it comes. */
  readonly waiting: () => number;
  readonly sockets: () => number;
}

/** What the whole system has waiting. */
export interface QueueFigures {
  readonly runs: Readonly<Record<'waiting' | 'active', number>>;
  readonly work: Readonly<Record<'delayed' | 'dead', number>>;
}

/** From an answer at once to one that a model thought about for minutes. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'WS']);
const MS_PER_SECOND = 1000;

/** The figures of a gateway. Labels are templates of routes, methods, statuses: never an id, a person or a token. */
export class GatewayMetrics {
  readonly #registry: Registry;
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #durations: Histogram<'method' | 'route'>;
  readonly #runs: Gauge<'state'>;
  readonly #work: Gauge<'state'>;

  constructor(gauges: GatewayGauges) {
    const registers = [(this.#registry = createRegistry())];
    this.#requests = new Counter({
      name: 'openclaw_requests_total',
      help: 'Requests and frames that are over',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'openclaw_request_duration_seconds',
      help: 'From the head of a request to the end of its reply',
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers,
    });
    this.#runs = new Gauge({
      name: 'openclaw_queue_runs',
      help: 'Runs of the whole system that wait or are made, the same at each gateway',
      labelNames: ['state'],
      registers,
    });
    this.#work = new Gauge({
      name: 'openclaw_queue_work',
      help: 'Background work of the whole system that was put off or has failed for good, the same at each gateway',
      labelNames: ['state'],
      registers,
    });
    for (const [name, help, count] of [
      ['openclaw_streams_open', 'Callers that wait for a reply, or read it as it comes', gauges.waiting],
      ['openclaw_sockets_open', 'Authenticated WebSockets', gauges.sockets],
    ] as const)
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(count());
        },
      });
  }

  /** Counts a request. */
  request({ method, route, status, duration_ms: durationMs }: MeasuredRequest): void {
    const labels = { method: METHODS.has(method) ? method : 'other', route };
    this.#requests.inc({ ...labels, status: String(status) });
    if (durationMs !== undefined) this.#durations.observe(labels, durationMs / MS_PER_SECOND);
  }

  /** Everything, as Prometheus reads it. @param queue null where it cannot be told now: then it is left out */
  async text(queue: QueueFigures | null): Promise<string> {
    for (const [gauge, figures] of [
      [this.#runs, queue?.runs],
      [this.#work, queue?.work],
    ] as const) {
      gauge.reset();
      for (const [state, count] of Object.entries(figures ?? {})) gauge.set({ state }, count);
    }
    return this.#registry.metrics();
  }
}
