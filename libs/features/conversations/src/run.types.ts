import type { Caller, ConversationId, ErrorBody, Include, MessageId, PersonId, RunStatus } from '@openclaw/words';
import type { ModelSpending } from '@openclaw/language-model';
import type { NewWork } from '@openclaw/work';
import type { TerminalStatus } from './run-state.js';

/** One attempt's right to write to a run. */
export interface Fence {
  readonly runId: MessageId;
  readonly attempt: number;
}

/** A message of the thread that leads to the question. */
export interface HistoryMessage {
  readonly id: MessageId;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** The question's own; empty for earlier messages. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** How many files came with it. */
  readonly attachments: number;
  /** When a question was asked, and through which channel, as the run on this branch that answers it has it; null for a reply. */
  readonly asked: { readonly at: Date; readonly channel: string } | null;
}

/** A run in the hands of the worker that claimed it. */
export interface ClaimedRun extends Fence {
  readonly conversationId: ConversationId;
  readonly channel: string;
  readonly include: Include;
  /** Who asked: it acts for the person whose conversation it is, with the scopes of the token that sent the message. */
  readonly caller: Caller;
  readonly createdAt: Date;
  /** Postgres' time at the claim. */
  readonly claimedAt: Date;
  readonly cancelRequested: boolean;
  /** How many workers this run has lost. */
  readonly losses: number;
  /** How many of them one after another at the same step. */
  readonly lossesHere: number;
  /** Whether the last of them had nothing else in hand, as far as is known. */
  readonly lostAlone: boolean;
  /** The highest seq that an earlier attempt may have published. */
  readonly seqReserved: number;
  /** True where the conversation began before the thread. */
  readonly hasEarlier: boolean;
  /** What was said before the thread and in its first messages; null where nothing was summarised yet. */
  readonly summary: string | null;
  /** How many messages of the thread the summary speaks for. */
  readonly covered: number;
  /** Oldest first; the last one is the question. */
  readonly thread: readonly HistoryMessage[];
}

/** What is written when a run is over. */
export interface Ending {
  readonly status: TerminalStatus;
  readonly content: string;
  /** What `end` said beside the content; null unless completed. */
  readonly outcome: object | null;
  readonly error: ErrorBody | null;
  /** What its attempts asked of models. */
  readonly spent: readonly ModelSpending[];
  /** What follows the pages of the event log, a JSON array: mostly the whole log. */
  readonly events: string;
  readonly finishedAt: Date;
  /** For a conversation that has no title yet; null to leave it without. */
  readonly title: string | null;
  /** What there is to do once the run is over. */
  readonly work: readonly NewWork[];
}

/** A run as its callers see it. */
export interface RunRecord {
  readonly id: MessageId;
  readonly conversationId: ConversationId;
  readonly person: PersonId;
  readonly questionId: MessageId;
  readonly channel: string;
  readonly status: RunStatus;
  readonly attempt: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly content: string;
  readonly outcome: Readonly<Record<string, unknown>> | null;
  readonly error: ErrorBody | null;
}
