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
  params: { timeZone: 'text' },
  row: { messages: 'int4', input: 'float8', output: 'float8', cost: 'float8?', unpriced: 'bool?' },
  text: `WITH today AS (SELECT date_trunc('day', now() AT TIME ZONE :timeZone) AT TIME ZONE :timeZone AS start)
SELECT (SELECT count(*)::int FROM runs, today WHERE status = 'completed' AND created_at >= today.start) AS messages,
  coalesce(sum(usage.input), 0)::float8 AS input, coalesce(sum(usage.output), 0)::float8 AS output, sum(usage.cost_usd) AS cost, bool_or(usage.cost_usd IS NULL) AS unpriced
FROM usage, today WHERE usage.at >= today.start`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TOTALS, QUEUE, TODAY];

/** Figures over all runs, for GET /status. */
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

  /** Replies of today in that time zone, and what was spent, also on what failed; the cost is null where any of it has no known price. */
  async usageToday(timeZone: string): Promise<{ messages: number; input_tokens: number; output_tokens: number; cost_usd: number | null }> {
    const [row] = await this.#database.query(TODAY, { timeZone });
    if (!row) throw new Error('an aggregate without a row');
    const { messages, input, output, cost, unpriced } = row;
    return { messages, input_tokens: input, output_tokens: output, cost_usd: unpriced === true ? null : (cost ?? 0) };
  }
}
