import { writeAudit } from '@openclaw/audit';
import { type Caller, idToUuid, uuidToId } from '@openclaw/words';
import {
  as,
  type Database,
  type OwnedStatement,
  ownedStatement,
  type Params,
  type Query,
  type Row,
  statement,
  type Statement,
} from '@openclaw/db';
import { WorkStore } from '@openclaw/work';
import { fireAt, type ScheduleId } from './fire-slot.js';
import {
  type Reckoning,
  RECKONING,
  type ScheduleRow,
  type ScheduleSetting,
  SETTING,
  TELL,
  TOLD,
  toSchedule,
  ZONE_RULES,
} from './schedule-row.store.js';

/** A schedule that is to be kept. */
export interface NewSchedule extends ScheduleSetting, Reckoning {
  readonly id: ScheduleId;
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
}

/** What came of keeping a schedule: it is kept, or why nothing is. */
export type Making =
  | { readonly outcome: 'made'; readonly schedule: ScheduleRow }
  | { readonly outcome: 'key_used'; readonly id: ScheduleId; readonly same: boolean }
  | { readonly outcome: 'no_conversation' | 'full' };

/** Who needs more has a program that forgets to remove them. */
const SCHEDULES_MAX = 1000;
const OF_THE_MAKER = 'a key is its maker’s';
const SEEN = '(:sees IS NULL OR schedules.person = :sees)';

const LOCK = statement({ name: 'lock_schedules', text: 'SELECT pg_advisory_xact_lock(84, 0)' });
const FORGET_KEY = statement({
  anybodys: OF_THE_MAKER,
  name: 'forget_schedule_key',
  params: { createdBy: 'text', key: 'text' },
  text: `UPDATE schedules SET idempotency_key = NULL, request_hash = NULL
WHERE created_by = :createdBy AND idempotency_key = :key AND created_at <= now() - interval '24 hours'`,
});
const FIND_KEY = statement({
  anybodys: OF_THE_MAKER,
  name: 'find_schedule_key',
  params: { createdBy: 'text', key: 'text' },
  row: { id: 'uuid', request_hash: 'text' },
  text: 'SELECT id, request_hash FROM schedules WHERE created_by = :createdBy AND idempotency_key = :key',
});
const MAKE = ownedStatement({
  name: 'make_schedule',
  params: { id: 'uuid', ...SETTING, ...RECKONING, tokenId: 'text', scopes: 'text[]', key: 'text?', requestHash: 'text?', max: 'int4' },
  row: { made: 'bool', conversation_found: 'bool' },
  text: `WITH gate AS (SELECT
  :conversationId IS NULL OR EXISTS (SELECT FROM conversations WHERE id = :conversationId AND person = :person) AS conversation_found,
  (SELECT count(*) FROM schedules) >= :max AS "full"),
made AS (
  INSERT INTO schedules (id, person, name, cron, at, timezone, message, conversation_id, missed, enabled, after_slot, next_slot, zone_rules, token_id, scopes,
    created_by, idempotency_key, request_hash)
  SELECT :id, :person, :name, :cron, :at, :timezone, :message, :conversationId, :missed, :enabled, :afterSlot, :nextSlot, :zoneRules, :tokenId, :scopes,
    :tokenId, :key, :requestHash FROM gate WHERE conversation_found AND NOT "full" RETURNING 1)
SELECT EXISTS (SELECT FROM made) AS made, conversation_found FROM gate`,
});
const LIST = ownedStatement({
  name: 'list_schedules',
  params: { limit: 'int4', offset: 'int4' },
  row: TOLD,
  text: `${TELL} WHERE ${SEEN} ORDER BY schedules.id DESC LIMIT :limit OFFSET :offset`,
});
const COUNT = ownedStatement({
  name: 'count_schedules',
  row: { total: 'int4' },
  text: `SELECT count(*)::int4 AS total FROM schedules WHERE ${SEEN}`,
});
const FIND = ownedStatement({
  name: 'find_schedule',
  params: { id: 'uuid' },
  row: TOLD,
  text: `${TELL} WHERE schedules.id = :id AND ${SEEN}`,
});
const FIND_TO_CHANGE = ownedStatement({
  name: 'find_schedule_to_change',
  params: { id: 'uuid' },
  row: TOLD,
  text: `${TELL} WHERE schedules.id = :id AND ${SEEN} FOR UPDATE OF schedules`,
});
/** Nothing where the conversation is not that person's. */
const CHANGE = statement({
  anybodys: 'its row was found to be changed on behalf of the caller, in this transaction',
  name: 'change_schedule',
  params: { id: 'uuid', ...SETTING, ...RECKONING, tokenId: 'text', scopes: 'text[]', lastError: 'text?' },
  row: { id: 'uuid' },
  text: `UPDATE schedules SET name = :name, cron = :cron, at = :at, timezone = :timezone, message = :message, conversation_id = :conversationId, missed = :missed,
  enabled = :enabled, after_slot = :afterSlot, next_slot = :nextSlot, zone_rules = :zoneRules, token_id = :tokenId, scopes = :scopes, last_error = :lastError
WHERE id = :id AND (:conversationId IS NULL OR conversation_id = :conversationId
  OR EXISTS (SELECT FROM conversations WHERE conversations.id = :conversationId AND conversations.person = schedules.person))
RETURNING id`,
});
const REMOVE = ownedStatement({
  name: 'remove_schedule',
  params: { id: 'uuid' },
  row: { name: 'text?' },
  text: `DELETE FROM schedules WHERE id = :id AND ${SEEN} RETURNING name`,
});

/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [
  LOCK,
  FORGET_KEY,
  FIND_KEY,
  MAKE,
  LIST,
  COUNT,
  FIND,
  FIND_TO_CHANGE,
  CHANGE,
  REMOVE,
];

/** Schedules in Postgres: the record of what is due. Whatever changes the next slot writes its work in the same transaction. */
export class SchedulesStore {
  readonly #database: Database;
  readonly #works: WorkStore;

  constructor(database: Database) {
    this.#database = database;
    this.#works = new WorkStore(database);
  }

  /** Keeps a schedule that `maker` made for the person that it acts for, or nothing. */
  async make(maker: Caller, schedule: NewSchedule): Promise<Making> {
    return this.#database.transaction(async (query) => {
      await query(LOCK);
      const used = await findKey(query, maker, schedule.idempotency);
      if (used) return used;
      const { id, idempotency } = schedule;
      const key = { key: idempotency?.key ?? null, requestHash: idempotency?.requestHash ?? null };
      const [row] = await as(query, maker)(MAKE, { id: idToUuid(id), ...valuesOf(maker, schedule), ...key, max: SCHEDULES_MAX });
      if (!row?.made) return { outcome: row?.conversation_found ? 'full' : 'no_conversation' };
      await this.#enqueue(query, schedule, maker.person);
      const made = await findOne(as(query, { ...maker, sees: maker.person })(FIND, { id: idToUuid(id) }));
      await writeAudit(query, maker, { action: 'schedule.created', target: id, details: detailsOf(made) });
      return { outcome: 'made', schedule: made };
    });
  }

  /** Newest first. */
  async list(
    caller: Caller,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<{ schedules: ScheduleRow[]; total: number }> {
    const own = this.#database.as(caller);
    const [rows, [count]] = await Promise.all([own(LIST, page), own(COUNT)]);
    return { schedules: rows.map(toSchedule), total: count?.total ?? 0 };
  }

  /** null where there is none. */
  async find(caller: Caller, id: ScheduleId): Promise<ScheduleRow | null> {
    const [row] = await this.#database.as(caller)(FIND, { id: idToUuid(id) });
    return row ? toSchedule(row) : null;
  }

  /**
   * Changes it as `change` says, which may throw.
   * @returns null where there is none, `no_conversation` where that is not its person's
   */
  async change(
    caller: Caller,
    id: ScheduleId,
    change: (before: ScheduleRow) => ScheduleSetting & Reckoning,
  ): Promise<ScheduleRow | 'no_conversation' | null> {
    return this.#database.transaction(async (query) => {
      const own = as(query, caller);
      const [row] = await own(FIND_TO_CHANGE, { id: idToUuid(id) });
      if (!row) return null;
      const before = toSchedule(row);
      const changed = change(before);
      const lastError = changed.enabled && !before.enabled ? null : before.lastError;
      if ((await query(CHANGE, { id: idToUuid(id), ...valuesOf(caller, changed), lastError })).length === 0) return 'no_conversation';
      await this.#enqueue(query, { ...changed, id }, before.person);
      const after = await findOne(own(FIND, { id: idToUuid(id) }));
      await writeAudit(query, caller, { action: 'schedule.changed', target: id, details: detailsOf(after) });
      return after;
    });
  }

  /** @returns false where there is none */
  async remove(caller: Caller, id: ScheduleId): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const [row] = await as(query, caller)(REMOVE, { id: idToUuid(id) });
      if (!row) return false;
      await writeAudit(query, caller, { action: 'schedule.removed', target: id, details: { name: row.name } });
      return true;
    });
  }

  async #enqueue(
    query: Query,
    { id, nextSlot, enabled }: Reckoning & Pick<ScheduleSetting, 'enabled'> & { readonly id: ScheduleId },
    person: string,
  ): Promise<void> {
    if (enabled && nextSlot) await this.#works.enqueue([fireAt(id, nextSlot, person)], query);
  }
}

async function findKey(query: Query, { tokenId: createdBy }: Caller, idempotency: NewSchedule['idempotency']): Promise<Making | null> {
  if (!idempotency) return null;
  const { key, requestHash } = idempotency;
  await query(FORGET_KEY, { createdBy, key });
  const [row] = await query(FIND_KEY, { createdBy, key });
  return row ? { outcome: 'key_used', id: uuidToId('sch', row.id), same: row.request_hash === requestHash } : null;
}

/** What was written in this transaction. */
async function findOne(rows: Promise<Row<typeof TOLD>[]>): Promise<ScheduleRow> {
  const [row] = await rows;
  if (!row) throw new Error('a schedule that was just written is not there');
  return toSchedule(row);
}

function valuesOf(
  { tokenId, scopes }: Caller,
  { conversationId, ...setting }: ScheduleSetting & Reckoning,
): Omit<Params<typeof CHANGE.params>, 'id' | 'lastError'> {
  const { name, cron, at, timezone, message, missed, enabled, afterSlot, nextSlot } = setting;
  return {
    ...{ name, cron, at, timezone, message, missed, enabled, afterSlot, nextSlot, tokenId, scopes },
    conversationId: conversationId === null ? null : idToUuid(conversationId),
    zoneRules: ZONE_RULES,
  };
}

/** Whose it is and when it is due; what it says is nobody's but its person's. */
function detailsOf({ person, name, cron, at, timezone, missed, enabled }: ScheduleRow): Readonly<Record<string, unknown>> {
  return { person, name, cron, at, timezone, missed, enabled };
}
