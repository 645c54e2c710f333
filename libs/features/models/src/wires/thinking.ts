import type { Thinking } from '@openclaw/words';

const BUDGETS = { off: 0, low: 2_048, medium: 8_192, high: 24_576 } as const;

/** The word for wires that know efforts; `off` as they call it. A budget is the effort whose own budget it reaches. */
export function effortOf(thinking: Thinking, off: string): string {
  if (typeof thinking === 'string') return thinking === 'off' ? off : thinking;
  if (thinking >= BUDGETS.high) return 'high';
  return thinking >= BUDGETS.medium ? 'medium' : 'low';
}

/** Tokens for wires that know budgets. */
export function budgetOf(thinking: Thinking): number {
  return typeof thinking === 'number' ? thinking : BUDGETS[thinking];
}
