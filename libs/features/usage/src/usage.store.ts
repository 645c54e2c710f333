import { type Database, type OwnedStatement, ownedStatement, type Row, type Statement, statement } from '@openclaw/db';
import type { Caller } from '@openclaw/words';
import type { UsageGroup } from './usage.schema.js';

/** Spending added up; of what has no key, all of it. */
export interface UsageRow {
  readonly key: string | null;
  readonly requests: number;
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly reasoning: number;
  readonly knownCostUsd: number;
  readonly hasUnknownCost: boolean;
  readonly estimated: boolean;
}

/** When and by what, and the time zone whose days are meant. */
export interface UsageRange {
  readonly from: Date;
  readonly to: Date;
  readonly groupBy: UsageGroup;
  readonly timeZone: string;
}

const ROWS_MAX = 1000;
const SUM = {
  key: 'text?',
  requests: 'float8',
  input: 'float8',
  cached_input: 'float8',
  output: 'float8',
  reasoning: 'float8',
  known_cost: 'float8',
  unknown: 'bool',
  estimated: 'bool',
  keys: 'int4',
} as const;

/** In one snapshot the rows and, last and without a key, all of them together. Newest days first, else who spent most. */
const ADD_UP = ownedStatement({
  name: 'add_up_usage',
  params: { from: 'timestamptz', to: 'timestamptz', groupBy: 'text', timeZone: 'text', max: 'int4' },
  row: SUM,
  planned: 'anew',
  text: `WITH meant AS MATERIALIZED (
  SELECT CASE :groupBy WHEN 'day' THEN to_char(at AT TIME ZONE :timeZone, 'YYYY-MM-DD') WHEN 'model' THEN model WHEN 'token' THEN token_id
    WHEN 'person' THEN person ELSE conversation_id::text END AS key, requests, input, cached_input, output, reasoning, cost_usd, estimated
  FROM usage WHERE at >= :from AND at < :to AND (:sees IS NULL OR person = :sees)),
added AS (
  SELECT key, sum(requests)::float8 AS requests, sum(input)::float8 AS input, sum(cached_input)::float8 AS cached_input, sum(output)::float8 AS output,
    sum(reasoning)::float8 AS reasoning, coalesce(sum(cost_usd), 0)::float8 AS known_cost, coalesce(bool_or(cost_usd IS NULL), false) AS unknown,
    coalesce(bool_or(estimated), false) AS estimated
  FROM meant GROUP BY GROUPING SETS ((key), ()))
SELECT key, coalesce(requests, 0) AS requests, coalesce(input, 0) AS input, coalesce(cached_input, 0) AS cached_input, coalesce(output, 0) AS output,
  coalesce(reasoning, 0) AS reasoning, known_cost, unknown, estimated, (count(*) OVER () - 1)::int4 AS keys
FROM added
ORDER BY key IS NULL DESC, CASE WHEN :groupBy = 'day' THEN key END DESC, known_cost DESC, input + output DESC, key LIMIT :max + 1`,
});
const FORGET = statement({
  anybodys: 'spending of all persons grows old alike',
  name: 'forget_usage',
  text: `DELETE FROM usage WHERE at < now() - interval '400 days'`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [ADD_UP, FORGET];

/** What was spent, as it was kept when runs ended. */
export class UsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** At most 1000 rows, and all of it together. @returns `total`: how many rows there are */
  async addUp(caller: Pick<Caller, 'person' | 'sees'>, range: UsageRange): Promise<{ rows: UsageRow[]; sum: UsageRow; total: number }> {
    const [all, ...rows] = await this.#database.as(caller)(ADD_UP, { ...range, max: ROWS_MAX });
    if (!all) throw new Error('an aggregate without a row');
    return { rows: rows.map(toUsage), sum: toUsage(all), total: all.keys };
  }

  /** Drops what was spent more than 400 days ago. */
  async forgetOld(): Promise<void> {
    await this.#database.query(FORGET);
  }
}

function toUsage({ key, requests, input, output, reasoning, estimated, ...row }: Row<typeof SUM>): UsageRow {
  return {
    key,
    requests,
    input,
    cachedInput: row.cached_input,
    output,
    reasoning,
    knownCostUsd: row.known_cost,
    hasUnknownCost: row.unknown,
    estimated,
  };
}
