import { type Database, type Statement, statement } from '@openclaw/db';

const FIGURES = 'figures over all runs; they tell nothing of any';
const TOTALS = statement({
  anybodys: FIGURES,
  name: 'run_totals',
  row: { runs: 'int4', latency: 'int4' },
  text: `SELECT (SELECT count(*)::int FROM runs) AS runs,
  (SELECT coalesce(avg(latency), 0)::int FROM (
    SELECT (outcome->>'latency_ms')::float AS latency FROM runs WHERE status = 'completed' ORDER BY created_at DESC LIMIT 1000) recent) AS latency`,
});
const QUEUE = statement({
  anybodys: FIGURES,
  name: 'queue_lengths',
  row: { waiting: 'int4', active: 'int4', failed: 'int4' },
  text: `SELECT (SELECT count(*)::int FROM runs WHERE status = 'queued') AS waiting,
  (SELECT count(*)::int FROM runs WHERE status = 'processing') AS active,
  (SELECT count(*)::int FROM runs WHERE status = 'failed' AND created_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') AS failed`,
});
const TODAY = statement({
  anybodys: FIGURES,
  name: 'usage_today',
  row: { messages: 'int4', input: 'float8', output: 'float8', cost: 'float8?', unpriced: 'bool?' },
  text: `SELECT count(*)::int AS messages, coalesce(sum((outcome->'tokens'->>'input')::bigint), 0)::float AS input,
  coalesce(sum((outcome->'tokens'->>'output')::bigint), 0)::float AS output,
  sum((outcome->>'cost_usd')::numeric)::float AS cost, bool_or(outcome->>'cost_usd' IS NULL) AS unpriced
FROM runs WHERE status = 'completed' AND created_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TOTALS, QUEUE, TODAY];

/** Figures over all runs, for GET /status. Days are UTC. */
export class StatisticsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All runs there are, and the mean latency of the last thousand replies. */
  async totals(): Promise<{ runs: number; averageLatencyMs: number }> {
    const [row] = await this.#database.query(TOTALS);
    return { runs: row?.runs ?? 0, averageLatencyMs: row?.latency ?? 0 };
  }

  /** Runs that wait, run, and failed today. */
  async queue(): Promise<{ waiting: number; active: number; failed: number }> {
    const [row] = await this.#database.query(QUEUE);
    return row ?? { waiting: 0, active: 0, failed: 0 };
  }

  /** Replies of today; the cost is null where any of them has no known price. */
  async usageToday(): Promise<{ messages: number; input_tokens: number; output_tokens: number; cost_usd: number | null }> {
    const [row] = await this.#database.query(TODAY);
    if (!row) throw new Error('an aggregate without a row');
    const { messages, input, output, cost, unpriced } = row;
    return { messages, input_tokens: input, output_tokens: output, cost_usd: unpriced === true ? null : (cost ?? 0) };
  }
}
