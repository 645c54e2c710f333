import type { ConversationId, MemoryId } from '@openclaw/words';
import type { EntryKind, Provenance } from './entry.types.js';
import type { Candidate } from './rank-entries.js';
import type { TimeSpan } from './read-time-span.js';

/** Among which entries a search looks first. */
export type Scope =
  /** Those that the query finds: `chooseCandidates`. */
  | { readonly kind: 'terms'; readonly candidates: string }
  /** The newest of the log: all of a small one. */
  | { readonly kind: 'newest'; readonly max: number }
  | { readonly kind: 'conversation'; readonly conversationId: ConversationId; readonly max: number };

/** What of the entries found is asked for. */
export interface EntryFilter {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly conversationId?: ConversationId | undefined;
}

/** A candidate as it is stored. */
export interface StoredCandidate extends Candidate {
  /** False for what is there only because it stands near. */
  readonly isAsked: boolean;
  /** As a uuid; so is the id. */
  readonly messageId: string | null;
  readonly kind: EntryKind;
  readonly importance: number;
  readonly recalls: number;
  /** The newer entry that says otherwise. */
  readonly isSuperseded: boolean;
  /** Tells entries of the same text. */
  readonly checksum: string;
}

/** What a search asks of the entries. */
export interface CandidateSearch {
  readonly scope: Scope;
  /** Each a tsquery; at most `WORDS_MAX`. */
  readonly words: readonly string[];
  readonly weights: readonly number[];
  readonly span: TimeSpan | null;
  readonly filter: EntryFilter;
}

/** What is shown of an entry that was found. */
export interface FoundBody {
  readonly content: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly conversationId: ConversationId | null;
  readonly thread: string | null;
  readonly tags: readonly string[];
  readonly provenance: Provenance;
  readonly pinned: boolean;
  readonly createdAt: Date;
}

/** A passage of a document that may answer. */
export interface PassageCandidate extends Omit<StoredCandidate, 'checksum'> {
  /** Uuids of the entries that it came from. */
  readonly sources: readonly string[];
}

/** What is shown of a passage that was found. */
export interface PassageBody extends FoundBody {
  readonly document: string;
  readonly sources: readonly MemoryId[];
}
