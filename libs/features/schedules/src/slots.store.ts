import { SYSTEM, writeAudit } from '@openclaw/audit';
import { idToUuid, uuidToId } from '@openclaw/words';
import { type Database, type Query, type Statement, statement } from '@openclaw/db';
import { type NewWork, WorkStore } from '@openclaw/work';
import { fireAt, type ScheduleId } from './fire-slot.js';
import { type LastRun, type Reckoning, RECKONING, type ScheduleRow, TELL, TOLD, toSchedule, ZONE_RULES } from './schedule-row.store.js';

/** What became of a slot, as it is written. */
export interface Settlement extends Reckoning {
  readonly last: Pick<LastRun, 'slot' | 'late' | 'runId' | 'reason'>;
  readonly lastError: string | null;
}

/** What one turn of the reconciling looks at. */
const RECONCILED_AT_ONCE = 200;
const MECHANISM = 'it is done for everybody: a run acts for the person that its row names';

const TAKE_SLOT = statement({
  anybodys: MECHANISM,
  name: 'take_slot',
  params: { id: 'uuid', slot: 'timestamptz' },
  row: TOLD,
  text: `${TELL} WHERE schedules.id = :id AND schedules.enabled AND schedules.next_slot = :slot FOR UPDATE OF schedules`,
});
const SETTLE = statement({
  anybodys: MECHANISM,
  name: 'settle_slot',
  params: { id: 'uuid', ...RECKONING, slot: 'timestamptz', late: 'bool', runId: 'uuid?', reason: 'text?', lastError: 'text?' },
  text: `UPDATE schedules SET after_slot = :afterSlot, next_slot = :nextSlot, zone_rules = :zoneRules, last_slot = :slot, last_late = :late,
  last_run_id = :runId, last_reason = :reason, last_error = :lastError WHERE id = :id`,
});
const PAUSE = statement({
  anybodys: MECHANISM,
  name: 'pause_schedule',
  params: { id: 'uuid', lastError: 'text' },
  text: 'UPDATE schedules SET enabled = false, next_slot = NULL, last_error = :lastError WHERE id = :id',
});
const RECKONED_OTHERWISE = statement({
  anybodys: MECHANISM,
  name: 'schedules_reckoned_otherwise',
  params: { zoneRules: 'text', max: 'int4' },
  row: TOLD,
  text: `${TELL} WHERE schedules.enabled AND schedules.next_slot IS NOT NULL AND schedules.zone_rules <> :zoneRules LIMIT :max FOR UPDATE OF schedules SKIP LOCKED`,
});
const RECKON = statement({
  anybodys: MECHANISM,
  name: 'reckon_schedule',
  params: { id: 'uuid', nextSlot: 'timestamptz?', zoneRules: 'text' },
  text: 'UPDATE schedules SET next_slot = :nextSlot, zone_rules = :zoneRules WHERE id = :id',
});
const WITHOUT_WORK = statement({
  anybodys: MECHANISM,
  name: 'schedules_without_work',
  params: { max: 'int4' },
  row: { id: 'uuid', person: 'text', next_slot: 'timestamptz' },
  text: `SELECT id, person, next_slot FROM schedules WHERE enabled AND next_slot IS NOT NULL AND NOT EXISTS (
  SELECT FROM work WHERE kind = 'schedules.fire' AND status IN ('waiting', 'working')
    AND key = 'schedule ' || schedules.id || ' ' || (extract(epoch FROM next_slot) * 1000)::bigint) LIMIT :max`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [TAKE_SLOT, SETTLE, PAUSE, RECKONED_OTHERWISE, RECKON, WITHOUT_WORK];

/** A slot in hand, in its transaction: its row is locked, and nobody else deals with it. */
export interface TakenSlot {
  readonly query: Query;
  readonly schedule: ScheduleRow;
  /** Writes what became of it, with the work of the next one. */
  settle(settlement: Settlement): Promise<void>;
  /** Switches the schedule off, which is told in its `last_error` and in the audit trail. */
  pause(why: string): Promise<void>;
}

/** What drives schedules: each slot is dealt with in one transaction, its run included. */
export class SlotsStore {
  readonly #database: Database;
  readonly #works: WorkStore;

  constructor(database: Database) {
    this.#database = database;
    this.#works = new WorkStore(database);
  }

  /** @param deal with the slot; what it throws undoes all @returns null where the schedule does not wait for that slot (any more) */
  async take<T>(id: ScheduleId, slot: Date, deal: (taken: TakenSlot) => Promise<T>): Promise<T | null> {
    return this.#database.transaction(async (query) => {
      const [row] = await query(TAKE_SLOT, { id: idToUuid(id), slot });
      if (!row) return null;
      const schedule = toSchedule(row);
      return deal({
        query,
        schedule,
        settle: (settlement) => this.#settle(query, schedule, settlement),
        pause: async (why) => {
          await query(PAUSE, { id: idToUuid(id), lastError: why });
          await writeAudit(query, SYSTEM, { action: 'schedule.paused', target: id, details: { person: schedule.person, reason: why } });
        },
      });
    });
  }

  /** Reckons anew what was reckoned by other rules of time zones. */
  async reckon(nextSlotOf: (schedule: ScheduleRow) => Date | null): Promise<void> {
    await this.#database.transaction(async (query) => {
      for (const row of await query(RECKONED_OTHERWISE, { zoneRules: ZONE_RULES, max: RECONCILED_AT_ONCE })) {
        const schedule = toSchedule(row);
        const nextSlot = nextSlotOf(schedule);
        await query(RECKON, { id: row.id, nextSlot, zoneRules: ZONE_RULES });
        await this.#works.enqueue(workOf(schedule, nextSlot), query);
      }
    });
  }

  /** Gives those their work that have none, whatever became of it. */
  async supply(): Promise<void> {
    const rows = await this.#database.query(WITHOUT_WORK, { max: RECONCILED_AT_ONCE });
    await this.#works.enqueue(rows.map((row) => fireAt(uuidToId('sch', row.id), row.next_slot, row.person)));
  }

  async #settle(query: Query, schedule: ScheduleRow, { last, lastError, afterSlot, nextSlot }: Settlement): Promise<void> {
    const { slot, late, reason } = last;
    const runId = last.runId === null ? null : idToUuid(last.runId);
    await query(SETTLE, { id: idToUuid(schedule.id), slot, late, reason, runId, lastError, afterSlot, nextSlot, zoneRules: ZONE_RULES });
    await this.#works.enqueue(workOf(schedule, nextSlot), query);
  }
}

function workOf({ id, person }: ScheduleRow, nextSlot: Date | null): NewWork[] {
  return nextSlot ? [fireAt(id, nextSlot, person)] : [];
}
