import type { ModelSpending } from '@openclaw/language-model';

/** Where a statement takes whose spending it is, as SQL. */
export interface SpentBy {
  /** Rows of which there is one where something was spent. */
  readonly from: string;
  /** The run or work that spent it. */
  readonly sourceId: string;
  readonly at: string;
  readonly person: string;
  readonly tokenId: string;
  readonly conversationId: string;
}

/** The parameter of {@link insertSpent}. */
export const SPENT_PARAMS = { spent: 'jsonb' } as const;

/**
 * A part of another statement, named `spent`: keeps what a run has asked of models in the transaction that ends it, so that what was spent
 * is known of every run that is over, and costs no round trip.
 */
export function insertSpent({ from, sourceId, at, person, tokenId, conversationId }: SpentBy): string {
  return `spent AS (
  INSERT INTO usage (source_id, model, at, person, token_id, conversation_id, requests, input, cached_input, output, reasoning, cost_usd, estimated)
  SELECT ${sourceId}, each.model, ${at}, ${person}, ${tokenId}, ${conversationId}, each.requests, each.input, each.cached_input, each.output, each.reasoning,
    each.cost_usd, each.estimated
  FROM ${from}, jsonb_to_recordset(:spent) AS each(model text, requests int4, input int8, cached_input int8, output int8, reasoning int8, cost_usd float8, estimated bool))`;
}

/** The value of {@link SPENT_PARAMS}. */
export function spentParams(spendings: readonly ModelSpending[]): { readonly spent: object[] } {
  return { spent: spendings.map(({ cachedInput, costUsd, ...same }) => ({ ...same, cached_input: cachedInput, cost_usd: costUsd })) };
}
