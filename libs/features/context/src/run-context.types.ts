import type { ModelMessage, UserPart } from '@openclaw/language-model';
import type { Measure } from './measure.js';

/** Parts of a model's window; what one part leaves free goes to the recent turns. */
export interface ContextShares {
  readonly system: number;
  readonly recent: number;
  readonly memory: number;
  readonly tools: number;
  readonly reply: number;
}

/**
 * What a run begins with, part by part: what stays from one request of a conversation to the next comes first, what changes last, so
 * that a provider finds the beginning in its cache.
 */
export interface RunContext {
  /** Character and instructions: the same for every request. */
  readonly system: string;
  /** What was said before the thread and in its `covered` first messages; null for none. */
  readonly summary: string | null;
  /** Messages of the thread that the summary speaks for: it takes their place where there is no room for them. */
  readonly covered: number;
  /** True where the conversation began before the thread: then the summary is always sent. */
  readonly hasEarlier: boolean;
  /** Oldest first; the last one is the question. */
  readonly thread: readonly ModelMessage[];
  /** Files that tools have brought back since the run began; they are shown with the question. It may grow. */
  readonly shown: readonly UserPart[];
}

/** What of the question the model did not get, to be told to its sender. */
export interface Cuts {
  /** The person's own words were cut. */
  readonly question: boolean;
  /** Names of files that were cut or left out, each once. */
  readonly files: readonly string[];
}

/** What is left for the messages of a run in one model's window, in tokens. */
export interface Room {
  /** For everything but tool definitions and reply. */
  readonly all: number;
  readonly window: number;
  readonly toolTokens: number;
  readonly shares: ContextShares;
  readonly measure: Measure;
}
