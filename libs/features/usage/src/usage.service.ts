import { invalid } from '@openclaw/feature';
import { type Caller, uuidToId } from '@openclaw/words';
import type { Usage, UsageGroup, UsageQuery } from './usage.schema.js';
import type { UsageRow, UsageStore } from './usage.store.js';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

/** Tokens and cost, as the API tells them. */
export class UsageService {
  readonly #store: UsageStore;
  readonly #timeZone: () => string;

  /** @param timeZone whose days they are */
  constructor(store: UsageStore, timeZone: () => string) {
    this.#store = store;
    this.#timeZone = timeZone;
  }

  /** @throws Fault `bad_request` where `from` is not before `to` */
  async usage(caller: Caller, { from: wantedFrom, to: wantedTo, group_by: groupBy }: UsageQuery): Promise<Usage> {
    const to = wantedTo === undefined ? new Date() : new Date(wantedTo);
    const from = wantedFrom === undefined ? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS) : new Date(wantedFrom);
    if (from >= to) throw invalid([{ path: 'from', message: 'must be before `to`' }]);
    const { rows, sum, total } = await this.#store.addUp(caller, { from, to, groupBy, timeZone: this.#timeZone() });
    const told = rows.map((row) => ({ key: keyOf(row.key ?? '', groupBy), ...tell(row) }));
    return { rows: told, total, sum: tell(sum), from: from.toISOString(), to: to.toISOString() };
  }
}

function keyOf(key: string, groupBy: UsageGroup): string {
  return groupBy === 'conversation' ? uuidToId('conv', key) : key;
}

function tell({ requests, input, cachedInput, output, reasoning, knownCostUsd, hasUnknownCost, estimated }: UsageRow): Usage['sum'] {
  const tokens = { input, cached_input: cachedInput, output, reasoning };
  return { requests, tokens, cost_usd: hasUnknownCost ? null : knownCostUsd, known_cost_usd: knownCostUsd, estimated };
}
