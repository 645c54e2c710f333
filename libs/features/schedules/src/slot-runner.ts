import type { MessagesService } from '@openclaw/conversations';
import { Fault } from '@openclaw/errors';
import { cancelWork, DONE, snooze, type WorkAttempt, type WorkOutcome } from '@openclaw/work';
import type { Caller } from '@openclaw/words';
import type { ScheduleId } from './fire-slot.js';
import { planSlot, type SlotPlan } from './plan-slot.js';
import type { ScheduleRow } from './schedule-row.store.js';
import { errorOf, timetableOf } from './schedules.service.js';
import type { SlotsStore, TakenSlot } from './slots.store.js';

/** What was done with a slot, and what is to be done once it is committed. */
interface Dealt {
  readonly outcome: WorkOutcome;
  readonly announce?: () => Promise<void>;
}

/** When what cannot be said now is tried again: at no cost, and no slot is lost. */
const AGAIN_MS = 5000;
const MISSED = 'It was missed: nothing ran at its time.';
const STILL_WAITS = 'The run before it had not begun.';
const RAN_BEFORE = 'It ran before.';
const NO_CONVERSATION = 'Its conversation is gone. Name another one, or null for one of its own each time, and switch it on again.';

/**
 * its time has come ─► one transaction {schedule locked, plan, message and run as of any caller, next slot, its work} ─► ring
 *
 * One slot is one run: whoever is cut off anywhere leaves the slot as it was, or dealt with whole.
 */
export class SlotRunner {
  readonly #slots: SlotsStore;
  readonly #messages: Pick<MessagesService, 'acceptWithin'>;
  readonly #now: () => Date;

  constructor(slots: SlotsStore, messages: Pick<MessagesService, 'acceptWithin'>, now: () => Date = () => new Date()) {
    this.#slots = slots;
    this.#messages = messages;
    this.#now = now;
  }

  /** Deals with the slot that is due, in the name of who set the schedule. */
  async fire({ id, slot }: { readonly id: ScheduleId; readonly slot: string }, attempt: Pick<WorkAttempt, 'id'>): Promise<WorkOutcome> {
    const dealt = await this.#slots.take(id, new Date(slot), (taken) => this.#deal(taken, attempt));
    await dealt?.announce?.();
    return dealt?.outcome ?? cancelWork('The schedule was removed, switched off or set to another time.');
  }

  /** What rules of time zones have changed, and what has lost its work. */
  async reconcile(): Promise<void> {
    await this.#slots.reckon((schedule) => timetableOf(schedule).next(schedule.afterSlot, 1)[0] ?? null);
    await this.#slots.supply();
  }

  async #deal(taken: TakenSlot, attempt: Pick<WorkAttempt, 'id'>): Promise<Dealt> {
    const { schedule } = taken;
    const now = this.#now();
    const plan = planSlot(timetableOf(schedule), schedule.afterSlot, now, schedule.missed);
    // The clock of this process is behind that of Postgres, or the rules of the zone have changed: it is reckoned anew.
    if (!plan) return wait(taken, now);
    if (!plan.runs) return settle(taken, plan, MISSED);
    if (schedule.last?.status === 'queued')
      return schedule.missed === 'all' ? { outcome: snooze(AGAIN_MS) } : settle(taken, plan, STILL_WAITS);
    return this.#say(taken, plan, attempt).catch((thrown: unknown) => refused(taken, plan, thrown));
  }

  async #say(taken: TakenSlot, plan: SlotPlan, attempt: Pick<WorkAttempt, 'id'>): Promise<Dealt> {
    const { schedule, query } = taken;
    const { name, conversationId } = schedule;
    const slot = plan.slot.toISOString();
    const { runId, announce } = await this.#messages.acceptWithin(
      query,
      callerOf(schedule, attempt),
      {
        channel: 'internal',
        content: plan.late ? `${schedule.message}\n\n[${dueText(schedule, plan.slot)}]` : schedule.message,
        metadata: { schedule: { id: schedule.id, ...(name === null ? {} : { name }), slot, late: plan.late } },
        conversationId: conversationId ?? undefined,
        onBusy: 'queue',
        include: [],
      },
      `schedule ${schedule.id} ${slot}`,
    );
    await taken.settle({ ...nextOf(schedule, plan), last: { ...plan, runId, reason: null }, lastError: errorOf(schedule) });
    return { outcome: DONE, announce };
  }
}

function wait({ schedule }: TakenSlot, now: Date): Dealt {
  const [next] = timetableOf(schedule).next(schedule.afterSlot, 1);
  return { outcome: next ? snooze(Math.max(1, next.getTime() - now.getTime())) : cancelWork('Nothing is due any more.') };
}

/** A run may do what the token might that set the schedule last, in the name of the schedule's person. */
function callerOf({ tokenId, scopes, person }: ScheduleRow, { id }: Pick<WorkAttempt, 'id'>): Caller {
  return { tokenId, scopes, person, sees: person, requestId: id };
}

function nextOf(schedule: ScheduleRow, { slot }: SlotPlan): { afterSlot: Date; nextSlot: Date | null } {
  const [nextSlot = null] = timetableOf(schedule).next(slot, 1);
  return { afterSlot: slot, nextSlot };
}

async function settle(taken: TakenSlot, plan: SlotPlan, reason: string): Promise<Dealt> {
  const { schedule } = taken;
  await taken.settle({ ...nextOf(schedule, plan), last: { ...plan, runId: null, reason }, lastError: errorOf(schedule) });
  return { outcome: DONE };
}

/** A full queue waits, a conversation that is gone switches the schedule off; nothing of the message is written in either case. */
async function refused(taken: TakenSlot, plan: SlotPlan, thrown: unknown): Promise<Dealt> {
  if (!(thrown instanceof Fault)) throw thrown;
  switch (thrown.code) {
    case 'service_unavailable':
      return { outcome: snooze(AGAIN_MS) };
    case 'not_found':
      await taken.pause(NO_CONVERSATION);
      return { outcome: DONE };
    case 'conflict':
      return settle(taken, plan, RAN_BEFORE);
    default:
      throw thrown;
  }
}

/** What the agent is told of a slot that was missed: its clock is that of the run. */
function dueText({ timezone }: ScheduleRow, slot: Date): string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone: timezone });
  return `Sent late by a schedule: it was due on ${format.format(slot)} (${timezone})`;
}
