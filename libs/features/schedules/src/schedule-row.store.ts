import { type ConversationId, type MessageId, type PersonId, type RunStatus, type Scope, uuidToId } from '@openclaw/words';
import type { Row } from '@openclaw/db';
import type { ScheduleId } from './fire-slot.js';
import type { Missed } from './plan-slot.js';

/** What somebody set. */
export interface ScheduleSetting {
  readonly name: string | null;
  readonly cron: string | null;
  readonly at: string | null;
  readonly timezone: string;
  readonly message: string;
  readonly conversationId: ConversationId | null;
  readonly missed: Missed;
  readonly enabled: boolean;
}

/** From where the next slot is reckoned, and when that is; null: none comes. */
export interface Reckoning {
  readonly afterSlot: Date;
  readonly nextSlot: Date | null;
}

/** What became of the last slot. */
export interface LastRun {
  readonly slot: Date;
  readonly late: boolean;
  /** null: it was passed over. */
  readonly runId: MessageId | null;
  /** Why it was passed over. */
  readonly reason: string | null;
  /** That of its run; null where there is none, or none any more. */
  readonly status: RunStatus | null;
  /** Why the run failed. */
  readonly error: string | null;
}

/** A schedule as it is kept. */
export interface ScheduleRow extends ScheduleSetting, Reckoning {
  readonly id: ScheduleId;
  readonly person: PersonId;
  readonly last: LastRun | null;
  readonly lastError: string | null;
  /** Whose token set it last, and what that may do. */
  readonly tokenId: string;
  readonly scopes: readonly Scope[];
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** The parameters of what somebody set. */
export const SETTING = {
  name: 'text?',
  cron: 'text?',
  at: 'text?',
  timezone: 'text',
  message: 'text',
  conversationId: 'uuid?',
  missed: 'text',
  enabled: 'bool',
} as const;
/** The parameters of a reckoning. */
export const RECKONING = { afterSlot: 'timestamptz', nextSlot: 'timestamptz?', zoneRules: 'text' } as const;
const KEPT = {
  id: 'uuid',
  person: 'text',
  name: 'text?',
  cron: 'text?',
  at: 'text?',
  timezone: 'text',
  message: 'text',
  conversation_id: 'uuid?',
  missed: 'text',
  enabled: 'bool',
  after_slot: 'timestamptz',
  next_slot: 'timestamptz?',
  last_slot: 'timestamptz?',
  last_late: 'bool',
  last_run_id: 'uuid?',
  last_reason: 'text?',
  last_error: 'text?',
  token_id: 'text',
  scopes: 'text[]',
  created_by: 'text',
  created_at: 'timestamptz',
} as const;
const COLUMNS = Object.keys(KEPT)
  .map((column) => `schedules.${column}`)
  .join(', ');
/** What {@link TELL} gives. */
export const TOLD = { ...KEPT, run_status: 'text?', run_error: 'text?' } as const;
/** Schedules with what became of their last runs. */
export const TELL = `SELECT ${COLUMNS}, runs.status::text AS run_status, runs.error->>'message' AS run_error FROM schedules LEFT JOIN runs ON runs.id = schedules.last_run_id`;

/** The rules by which this process reckons what the clocks of a zone show. */
export const ZONE_RULES = process.versions.tz ?? 'unknown';

/** A row as the house speaks of it. */
export function toSchedule(row: Row<typeof TOLD>): ScheduleRow {
  const { person, name, cron, at, timezone, message, enabled } = row;
  return {
    id: uuidToId('sch', row.id),
    ...{ person, name, cron, at, timezone, message, enabled },
    missed: row.missed as Missed, // the column's check takes no other
    scopes: row.scopes as readonly Scope[], // those of a caller
    conversationId: row.conversation_id === null ? null : uuidToId('conv', row.conversation_id),
    afterSlot: row.after_slot,
    nextSlot: row.next_slot,
    last: toLastRun(row),
    lastError: row.last_error,
    tokenId: row.token_id,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

function toLastRun(row: Row<typeof TOLD>): LastRun | null {
  if (row.last_slot === null) return null;
  const runId = row.last_run_id === null ? null : uuidToId('msg', row.last_run_id);
  const status = row.run_status as RunStatus | null; // the text of an enum
  return { slot: row.last_slot, late: row.last_late, runId, reason: row.last_reason, status, error: row.run_error };
}
