import type { MemoryId } from '@openclaw/words';
import type { EntryKind, Provenance } from './entry.types.js';

/** Which part of which document. */
export interface SectionName {
  readonly document: string;
  /** Of conversations: the month, as `2026-05`; else empty. */
  readonly period: string;
  /** As a uuid: the conversation or import whose turns it tells; null where the document has one section. */
  readonly threadId: string | null;
}

/** A section that there should be, as far as the log says. */
export interface DueSection extends SectionName {
  readonly conversationId: string | null;
}

/** An entry as a section is made of it. */
export interface SourceEntry {
  /** As a uuid. */
  readonly id: string;
  readonly seq: number;
  readonly kind: EntryKind;
  readonly author: string;
  readonly at: Date;
  readonly body: string;
  readonly provenance: Provenance;
  readonly importance: number;
  readonly session: number;
  readonly isSuperseded: boolean;
}

/** What a section says in one piece. */
export interface NewPassage {
  readonly kind: EntryKind;
  readonly author: string;
  readonly at: Date;
  readonly body: string;
  readonly importance: number;
  readonly provenance: Provenance;
  readonly isSuperseded: boolean;
  /** Uuids of the entries that it came from. */
  readonly sources: readonly string[];
}

/** A passage that is there. */
export interface StoredPassage {
  readonly id: MemoryId;
  readonly body: string;
  readonly isSuperseded: boolean;
  readonly sources: readonly string[];
}

/** How a section is replaced. */
export interface Replacement {
  readonly section: DueSection;
  /** In order: passages that stay, by id, and new ones. */
  readonly passages: readonly (MemoryId | NewPassage)[];
  /** Entries that a newer one contradicts: [older, newer], as uuids. */
  readonly superseded: readonly (readonly [string, string])[];
  readonly throughSeq: number;
  readonly entries: number;
}
