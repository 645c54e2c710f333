import type { ConversationId, FileId, Include, MessageId, PersonId } from '@openclaw/words';

/** Everything that is written when a message is accepted. */
export interface Acceptance {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** True: the conversation is made along with its first message. */
  readonly isNew: boolean;
  /** A new message, or the existing question to answer again. */
  readonly question: { readonly id: MessageId; readonly content: string; readonly metadata: object } | { readonly id: MessageId };
  /** Files that come with the question, each once: they go with its conversation from then on. */
  readonly fileIds: readonly FileId[];
  /** Below which message; null: the newest of the conversation. */
  readonly parentId: MessageId | null;
  readonly channel: string;
  /** `untrusted` where the question is somebody else's text than the person's; the person's own where absent. */
  readonly provenance?: 'owner' | 'untrusted' | undefined;
  readonly include: Include;
  readonly onBusy: 'queue' | 'reject' | 'interrupt';
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
  readonly queueMax: number;
}

/** What came of it. */
export type AcceptanceResult =
  | { readonly outcome: 'accepted'; readonly person: PersonId; readonly interruptedRunId: string | null }
  | { readonly outcome: 'no_conversation' | 'no_parent' | 'no_file' | 'busy' | 'queue_full' | 'key_taken' };
