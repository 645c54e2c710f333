import type { ClaimedRun } from '@openclaw/conversations';

/**
 * Whether a run breaks its workers:
 *
 * - `none`: it lost no worker, or one, or each at another step.
 * - `suspected`: it lost two at the same step, and the others in hand may have been to blame: it is tried once more, with no other suspect
 *   beside it, so that nobody is taken for what another does.
 * - `proven`: it lost two at the same step and nothing else was in hand, or a third one after it was suspected.
 */
export type Suspicion = 'none' | 'suspected' | 'proven';

const TWICE = 2;

/** What its losses so far say. */
export function suspicionOf({ lossesHere, lostAlone }: Pick<ClaimedRun, 'lossesHere' | 'lostAlone'>): Suspicion {
  if (lossesHere < TWICE) return 'none';
  return lossesHere === TWICE && !lostAlone ? 'suspected' : 'proven';
}
