import type { KnownProcess } from '@openclaw/presence';
import { z } from 'zod';
import type { WatchedRevision } from './revisions.store.js';

/** What a change broke. */
export interface Blame {
  readonly reason: string;
  /** The keys that it comes from; null for all of the change. */
  readonly below: readonly string[] | null;
}

/** What a process says of its settings. */
const reportSchema = z.object({
  revision: z.coerce.number().catch(0),
  refused: z.coerce.number().nullable().catch(null),
  problem: z.string().nullable().catch(null),
});
/** Beats come every two seconds: who has missed some may be gone, and is waited for. */
const DOUBTFUL_MS = 5000;
const REASON_CHARACTERS_MAX = 500;

export interface Seen {
  readonly processes: readonly KnownProcess[];
  /** Silence after which a process is gone. */
  readonly silenceMs: number;
}

/**
 * What this revision broke: a provider that says no to its own new key, a process that cannot take the change, or one that took it and fell
 * silent with nothing in its place. null where nothing is known against it. A provider that is away proves nothing.
 */
export function findBlame(revision: WatchedRevision, { processes, silenceMs }: Seen): Blame | null {
  for (const [entry, { outcome, status }] of Object.entries(revision.probes)) {
    if (outcome === 'refused')
      return { reason: `providers.${entry}: the provider answered ${String(status)} to its key`, below: ['providers', entry] };
  }
  const refusing = processes.find((each) => isAlive(each, silenceMs) && settingsOf(each).refused === revision.revision);
  if (refusing)
    return {
      reason: shorten(`the ${refusing.kind} on ${refusing.host} cannot take it up: ${settingsOf(refusing).problem ?? ''}`),
      below: null,
    };
  const lost = processes.find((each) => isLost(each, revision, { processes, silenceMs }));
  return lost ? { reason: `the ${lost.kind} on ${lost.host} took it up and was not heard of again`, below: null } : null;
}

/** Whether somebody may just be going: then nothing is settled yet. */
export function isDoubtful({ processes, silenceMs }: Seen, { createdAt }: Pick<WatchedRevision, 'createdAt'>): boolean {
  return processes.some(({ silentMs, seenAt }) => silentMs >= DOUBTFUL_MS && silentMs < silenceMs && seenAt > createdAt);
}

/** Whether there is one that does the work. */
export function hasWorker({ processes, silenceMs }: Seen): boolean {
  return processes.some((each) => each.kind === 'worker' && isAlive(each, silenceMs));
}

/** Whether every process that is alive has it in force, a worker among them. */
export function isEverywhere(seen: Seen, revision: number): boolean {
  return (
    hasWorker(seen) && seen.processes.filter((each) => isAlive(each, seen.silenceMs)).every((each) => settingsOf(each).revision >= revision)
  );
}

/** It was there before the change, had it, and nobody of its kind has come up with it since. */
function isLost(process: KnownProcess, { revision, createdAt }: WatchedRevision, { processes, silenceMs }: Seen): boolean {
  const { startedAt, seenAt, kind } = process;
  if (isAlive(process, silenceMs) || startedAt > createdAt || seenAt < createdAt || settingsOf(process).revision < revision) return false;
  return !processes.some(
    (other) => other.kind === kind && isAlive(other, silenceMs) && other.startedAt > seenAt && settingsOf(other).revision >= revision,
  );
}

function isAlive({ silentMs }: KnownProcess, silenceMs: number): boolean {
  return silentMs < silenceMs;
}

function settingsOf({ report }: KnownProcess): z.infer<typeof reportSchema> {
  return reportSchema.safeParse(report['settings']).data ?? { revision: 0, refused: null, problem: null };
}

function shorten(text: string): string {
  return text.length > REASON_CHARACTERS_MAX ? `${text.slice(0, REASON_CHARACTERS_MAX)}…` : text;
}
