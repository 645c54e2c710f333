export { pollUrl, replyOf } from './answer-run.js';
export { Canceller } from './canceller.js';
export { composeConversations, type ConversationServices } from './compose-conversations.js';
export { conversations } from './feature.js';
export { KeptLogs } from './kept-logs.js';
export { AcceptStore, type Acceptance, type AcceptanceResult } from './accept.store.js';
export { ConversationsService } from './conversations.service.js';
export { ConversationsStore } from './conversations.store.js';
export { JournalStore, type StoredJournal } from './journal.store.js';
export {
  type AcceptedRun,
  cancelledFault,
  type IncomingMessage,
  type MessagesDependencies,
  MessagesService,
  toReply,
} from './messages.service.js';
export { LogStore } from './log.store.js';
export { type Outline, type OutlineMessage, OutlineStore } from './outline.store.js';
export { ReindexStore } from './reindex.store.js';
export { isOver, RUN_TRANSITIONS, type TerminalStatus } from './run-state.js';
export { StatisticsStore } from './statistics.store.js';
export { RunsStore } from './runs.store.js';
export type { ClaimedRun, Ending, Fence, HistoryMessage, RunRecord } from './run.types.js';
