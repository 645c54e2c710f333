import { hash } from 'node:crypto';
import { type Caller, newId } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { Answer, invalid } from '@openclaw/feature';
import canonicalize from 'canonicalize';
import type { ScheduleId } from './fire-slot.js';
import { readTiming, type Timing } from './read-timing.js';
import type { CreateSchedule, ListSchedulesQuery, PatchSchedule, Schedule, ScheduleList } from './schedule.schema.js';
import type { LastRun, Reckoning, ScheduleRow, ScheduleSetting } from './schedule-row.store.js';
import type { Making, SchedulesStore } from './schedules.store.js';
import type { Timetable } from './timetable.js';

const NEXT_RUNS = 3;

/** Schedules, as the API tells and changes them. */
export class SchedulesService {
  readonly #schedules: SchedulesStore;
  readonly #now: () => Date;

  constructor(schedules: SchedulesStore, now: () => Date = () => new Date()) {
    this.#schedules = schedules;
    this.#now = now;
  }

  async list(caller: Caller, { limit, offset }: ListSchedulesQuery): Promise<ScheduleList> {
    const { schedules, total } = await this.#schedules.list(caller, { limit, offset });
    return { schedules: schedules.map((row) => this.#tell(row)), total, limit, offset };
  }

  /** @throws Fault `not_found` */
  async get(caller: Caller, id: ScheduleId): Promise<Schedule> {
    const found = await this.#schedules.find(caller, id);
    if (!found) throw noSuchSchedule();
    return this.#tell(found);
  }

  /**
   * Sets a schedule; with an idempotency key once, however often it is sent.
   * @throws Fault `bad_request` for times that never come, `not_found` (conversation), `conflict` where the key was used otherwise or there
   * are too many
   */
  async create(caller: Caller, wanted: CreateSchedule, idempotencyKey?: string): Promise<Answer<201, Schedule>> {
    const { name = null, cron = null, at = null, conversation_id: conversationId = null, timezone, message, missed, enabled } = wanted;
    const setting: ScheduleSetting = { name, cron, at, timezone, message, conversationId, missed, enabled };
    const idempotency =
      idempotencyKey === undefined
        ? null
        : { key: idempotencyKey, requestHash: hash('sha256', canonicalize({ ...wanted, person: caller.person }) ?? '') };
    const made = await this.#schedules.make(caller, { id: newId('sch'), ...setting, ...this.#reckon(setting), idempotency });
    if (made.outcome === 'made') return new Answer(201, this.#tell(made.schedule));
    if (made.outcome === 'key_used' && made.same)
      return new Answer(201, await this.get(caller, made.id), { 'idempotency-replayed': 'true' });
    throw refusalOf(made);
  }

  /** Changes what is named. Other times, and switching it on, count from now. @throws Fault `not_found`, `bad_request` */
  async patch(caller: Caller, id: ScheduleId, wanted: PatchSchedule): Promise<Schedule> {
    const changed = await this.#schedules.change(caller, id, (before) => {
      const setting = merge(before, wanted);
      return { ...setting, ...(isSameTiming(before, setting) ? before : this.#reckon(setting, before.afterSlot)), ...setting };
    });
    if (changed === 'no_conversation') throw noSuchConversation();
    if (!changed) throw noSuchSchedule();
    return this.#tell(changed);
  }

  /** @throws Fault `not_found` */
  async remove(caller: Caller, id: ScheduleId): Promise<void> {
    if (!(await this.#schedules.remove(caller, id))) throw noSuchSchedule();
  }

  /** From now on, and never from before what was dealt with. */
  #reckon(setting: ScheduleSetting, dealtWith = new Date(0)): Reckoning {
    const read = readTiming(setting);
    if ('issues' in read) throw invalid(read.issues);
    const now = this.#now();
    const afterSlot = now > dealtWith ? now : dealtWith;
    const [next = null] = read.timetable.next(afterSlot, 1);
    if (next === null && setting.enabled) throw invalid([neverOf(setting)]);
    return { afterSlot, nextSlot: setting.enabled ? next : null };
  }

  #tell(row: ScheduleRow): Schedule {
    const { id, name, person, cron, at, timezone, message, missed, enabled, nextSlot } = row;
    return {
      ...{ id, name, person, cron, at, timezone, message, missed, enabled },
      channel: 'internal',
      conversation_id: row.conversationId,
      deliver: null,
      status: !enabled ? 'disabled' : nextSlot ? 'active' : 'done',
      next_runs: nextSlot ? nextRuns(row, nextSlot, this.#now()) : [],
      last_run: row.last ? tellRun(row.last) : null,
      last_error: errorOf(row),
      created_at: row.createdAt.toISOString(),
      created_by: row.createdBy,
    };
  }
}

/** What went wrong since anything went well: the last run knows best, once it is over. */
export function errorOf({ last, lastError }: ScheduleRow): string | null {
  if (last?.status === 'failed') return last.error ?? 'The last run failed.';
  return last?.status === 'completed' ? null : lastError;
}

/** The timetable of what is kept, which was read before it was. */
export function timetableOf(timing: Timing): Timetable {
  const read = readTiming(timing);
  if ('issues' in read)
    throw new Error(`a schedule is not valid any more: ${read.issues.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
  return read.timetable;
}

/** The one that is due first, though it may be due already. */
function nextRuns(row: ScheduleRow, nextSlot: Date, now: Date): string[] {
  const after = nextSlot > now ? nextSlot : now;
  const later = timetableOf(row).next(after, NEXT_RUNS - 1);
  return [nextSlot, ...later].map((slot) => slot.toISOString());
}

function tellRun({ slot, late, runId, reason, status, error }: LastRun): NonNullable<Schedule['last_run']> {
  const why = reason ?? error;
  return {
    slot: slot.toISOString(),
    late,
    status: runId === null ? 'skipped' : (status ?? 'deleted'),
    ...(runId === null ? {} : { message_id: runId }),
    ...(why === null ? {} : { error: why }),
  };
}

function merge(before: ScheduleSetting, wanted: PatchSchedule): ScheduleSetting {
  const {
    name = before.name,
    timezone = before.timezone,
    message = before.message,
    missed = before.missed,
    enabled = before.enabled,
  } = wanted;
  const { conversation_id: conversationId = before.conversationId } = wanted;
  return { name, ...timesOf(before, wanted), timezone, message, conversationId, missed, enabled };
}

/** Who sets the one takes the other away. */
function timesOf(before: ScheduleSetting, { cron, at }: PatchSchedule): Pick<ScheduleSetting, 'cron' | 'at'> {
  if (cron === undefined && at === undefined) return { cron: before.cron, at: before.at };
  return { cron: cron ?? null, at: at ?? null };
}

function isSameTiming(before: ScheduleSetting, { cron, at, timezone, enabled }: ScheduleSetting): boolean {
  return before.cron === cron && before.at === at && before.timezone === timezone && before.enabled === enabled;
}

function neverOf({ cron }: ScheduleSetting): { path: string; message: string } {
  return cron === null
    ? { path: 'at', message: 'must be in the future' }
    : { path: 'cron', message: 'never runs: no month has such a day' };
}

function noSuchSchedule(): Fault {
  return new Fault('not_found', 'There is no such schedule.');
}

function noSuchConversation(): Fault {
  return new Fault('not_found', 'There is no such conversation of this person.');
}

function refusalOf({ outcome, ...more }: Exclude<Making, { outcome: 'made' }>): Fault {
  switch (outcome) {
    case 'key_used':
      return new Fault('conflict', 'This Idempotency-Key was used for another schedule. Use a new key.', { details: { ...more } });
    case 'no_conversation':
      return noSuchConversation();
    case 'full':
      return new Fault('conflict', 'There are as many schedules as there may be. Remove those that nobody needs.');
  }
}
