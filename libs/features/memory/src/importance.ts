import type { EntryKind } from './entry.types.js';

/** What an entry is worth keeping by its kind, from 0 to 1: what was saved on purpose more than what was only said. */
export const IMPORTANCE: Readonly<Record<EntryKind, number>> = { message: 0.3, event: 0.5, task: 0.6, fact: 0.7, preference: 0.8 };
