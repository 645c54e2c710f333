import type { Config } from '@openclaw/words';
import { defineWork, DONE, every, type HandledWork, handleWork } from '@openclaw/work';
import { z } from 'zod';
import type { FiguresStore, PruneCriteria } from './figures.store.js';

const DAY_MS = 86_400_000;
const RETAIN = defineWork({
  name: 'memory.retain',
  payload: z.object({}),
  stored: [{}],
  policy: { lane: 'background', tries: 3, backoff: { firstMs: 60_000, maxMs: 600_000 }, timeoutMs: 600_000, lossesMax: 5 },
  schedule: every(DAY_MS),
});

type Retention = Pick<Config['memory'], 'wal' | 'retention'>;

const PERSONS_AT_ONCE = 500;
const PRUNED_AT_ONCE = 1000;

/**
 * Daily: lets go of what each person's memory holds longer than wanted, by kind. What is pinned stays; cut off anywhere, the next day does
 * the rest.
 */
export function retainMemory(figures: FiguresStore, retention: () => Retention, now = (): Date => new Date()): HandledWork {
  return handleWork(RETAIN, async (_payload, { signal }) => {
    const all = toCriteria(retention(), now());
    let persons = await figures.persons('', PERSONS_AT_ONCE);
    while (persons.length > 0) {
      for (const person of persons) for (const criteria of all) await prune(figures, person, criteria, signal);
      persons = await figures.persons(persons.at(-1) ?? '', PERSONS_AT_ONCE);
    }
    return DONE;
  });
}

async function prune(figures: FiguresStore, person: string, criteria: PruneCriteria, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { entries } = await figures.prune({ person, sees: person }, criteria, PRUNED_AT_ONCE);
    if (entries < PRUNED_AT_ONCE) return;
  }
}

/** What goes, for each kind that does not stay for good. */
function toCriteria({ wal, retention }: Retention, now: Date): PruneCriteria[] {
  const before = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const byAge = [
    ['message', wal.max_age_days],
    ['event', retention.event_days],
    ['fact', retention.fact_days],
    ['preference', retention.preference_days],
  ] as const;
  return [
    ...byAge.flatMap(([kind, days]): PruneCriteria[] => (days === 0 ? [] : [{ kinds: [kind], before: before(days) }])),
    ...(retention.task_days === 0 ? [] : [{ kinds: ['task' as const], doneDays: retention.task_days }]),
  ];
}
