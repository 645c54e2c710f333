import { newId, type WorkId } from '@openclaw/words';
import type { Lane } from '@openclaw/queue';
import type { z } from 'zod';

/** The lane of runs is theirs alone: nothing in the background ever takes a slot that a run needs. */
export type BackgroundLane = Exclude<Lane, 'runs'>;

/** How a kind of work is treated, as data. */
export interface WorkPolicy {
  readonly lane: BackgroundLane;
  /** Failures at which it is a dead letter: 1 for never again. */
  readonly tries: number;
  /** The pause after the first failure; it doubles with each, is jittered by a quarter, and never exceeds `maxMs`. */
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  /** How long one attempt may take, in milliseconds; then its signal aborts, and it has failed. */
  readonly timeoutMs: number;
  /** Workers that it may lose; one more and it is a dead letter. */
  readonly lossesMax: number;
}

/** When work that comes again and again is due next: pure, and always later than `after`. */
export type Schedule = (after: Date) => Date;

type PayloadSchema = z.ZodObject;

/** What a kind of work is, before anybody does it. */
export interface WorkKind<S extends PayloadSchema = PayloadSchema> {
  /** `room.verb`; stored with each row, so it never changes. */
  readonly name: string;
  /** Ids and little else. It is a stored format: add optional fields, and never take one away. */
  readonly payload: S;
  /** A payload as each version that is out there wrote it, oldest first; a test reads them all. */
  readonly stored: readonly [unknown, ...unknown[]];
  readonly policy: WorkPolicy;
  /**
   * Of what waits or is worked on with the same key there is one: asking again while it waits adds nothing, while it is worked on it comes
   * once more.
   */
  readonly key?: (payload: z.output<S>) => string;
  /** Where it stands, the mechanism itself asks for the work, with an empty payload, again and again. */
  readonly schedule?: Schedule;
}

/** Work that is asked for, as it is written: see {@link enqueuing} and {@link WorkStore.enqueue}. */
export interface NewWork {
  readonly id: WorkId;
  readonly kind: string;
  readonly key: string | null;
  readonly person: string | null;
  readonly lane: BackgroundLane;
  readonly payload: object;
  /** null: at once. */
  readonly runAt: Date | null;
}

/** How an attempt ended. A throw is a failure, which is tried again by the kind's policy; an `Unreachable` costs nothing. */
export type WorkOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'snoozed'; readonly ms: number }
  | { readonly outcome: 'cancelled'; readonly reason: string };

/** What a handler knows of the attempt beside the payload. */
export interface WorkAttempt {
  readonly id: WorkId;
  /** Whose work it is; null for the system's own. */
  readonly person: string | null;
  /** From 1; counts claims of any outcome. */
  readonly attempt: number;
  /** True where another failure makes it a dead letter: the time for a second-best result. */
  readonly isLastTry: boolean;
  /** When it was due: the slot of a schedule. */
  readonly dueAt: Date;
  /** Aborts when the attempt must stop: out of time, cancelled, lost, or the worker is leaving. */
  readonly signal: AbortSignal;
}

/** A kind with what does it: idempotent, since an attempt may be cut off anywhere and come again, and quick to stop. */
export interface HandledWork {
  readonly kind: WorkKind;
  readonly handle: (payload: unknown, attempt: WorkAttempt) => Promise<WorkOutcome>;
  /** False: another process is to do it now. Always true where absent. */
  readonly isMine?: () => boolean;
}

const NAME = /^[a-z]+(\.[a-z_]+)+$/;

/** @throws Error where the definition contradicts itself: a mistake that no process survives */
export function defineWork<const S extends PayloadSchema>(kind: WorkKind<S>): WorkKind<S> {
  const { name, policy, stored } = kind;
  if (!NAME.test(name)) throw new Error(`work ${name}: the name is not of the form room.verb`);
  if (policy.tries < 1 || policy.lossesMax < 0 || policy.timeoutMs < 1) throw new Error(`work ${name}: its policy allows no attempt`);
  if (kind.schedule && !kind.payload.safeParse({}).success) throw new Error(`work ${name}: what comes by schedule has an empty payload`);
  for (const payload of stored) kind.payload.parse(payload);
  const ofTomorrow = { ...kind.payload.parse(stored[0]), addedByTheNextVersion: true };
  if (!kind.payload.safeParse(ofTomorrow).success) throw new Error(`work ${name}: its payload must let pass what the next version adds`);
  return kind;
}

/**
 * Joins a kind and its handler, which gets what the kind's schema made of the stored payload.
 * @param isMine see {@link HandledWork.isMine}
 */
export function handleWork<S extends PayloadSchema>(
  kind: WorkKind<S>,
  handle: (payload: z.output<S>, attempt: WorkAttempt) => Promise<WorkOutcome>,
  isMine?: () => boolean,
): HandledWork {
  return { kind, handle: (payload, attempt) => handle(kind.payload.parse(payload), attempt), ...(isMine === undefined ? {} : { isMine }) };
}

/** Work to be asked for. @param options `person`: whose it is, null for the system's own; `runAt`: not before */
export function newWork<S extends PayloadSchema>(
  { name, key, policy }: WorkKind<S>,
  payload: z.output<S>,
  options: { readonly person: string | null; readonly runAt?: Date },
): NewWork {
  return {
    id: newId('work'),
    kind: name,
    key: key?.(payload) ?? null,
    person: options.person,
    lane: policy.lane,
    payload,
    runAt: options.runAt ?? null,
  };
}

/** The attempt did what there was to do. */
export const DONE: WorkOutcome = { outcome: 'done' };

/** Not now: again in `ms` milliseconds, at no cost. */
export function snooze(ms: number): WorkOutcome {
  return { outcome: 'snoozed', ms };
}

/** There is nothing to do any more. @param reason for whoever looks at it later */
export function cancelWork(reason: string): WorkOutcome {
  return { outcome: 'cancelled', reason };
}

/** Every so many milliseconds, at the same moments for all workers; what was missed is not made up for. */
export function every(ms: number): Schedule {
  return (after) => new Date((Math.floor(after.getTime() / ms) + 1) * ms);
}

/** The pause after so many failures. @param random 0 to 1 */
export function backoffMs({ firstMs, maxMs }: WorkPolicy['backoff'], failures: number, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(full * (1 - random / 4));
}
