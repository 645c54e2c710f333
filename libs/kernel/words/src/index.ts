export {
  ATTACHMENT_BYTES_MAX,
  attachmentSchema,
  fileNameSchema,
  notAttachable,
  readAttachments,
  type Attachment,
} from './attachment.schema.js';
export { configSchema, type Config } from './config.schema.js';
export {
  conversationListSchema,
  conversationSchema,
  conversationWithMessagesSchema,
  type Conversation,
  type ConversationList,
  type ConversationWithMessages,
  type GetConversationQuery,
  type ListConversationsQuery,
  type Message,
  type PatchConversation,
  getConversationQuerySchema,
  listConversationsQuerySchema,
  patchConversationSchema,
} from './conversation.schema.js';
export { boundaryAfter, boundaryBefore, cutGraphemes } from './cut-graphemes.js';
export { cutJson } from './cut-json.js';
export { readDataUrl } from './data-url.js';
export {
  describeIssue,
  ERROR_STATUS,
  errorBodySchema,
  toIssueDetails,
  toIssues,
  type ErrorBody,
  type ErrorCode,
  type Issue,
} from './error.schema.js';
export {
  eventEnvelopeSchema,
  isTerminal,
  runEventSchema,
  type MadeFile,
  type RunEvent,
  type RunEventDraft,
  type TokenUsage,
  type Warning,
} from './event.schema.js';
export { authFrameSchema, CLOSE_CODES, FRAME_BYTES_MAX, FRAMES, type FrameOf, type FrameType } from './frame.schema.js';
export {
  deriveId,
  idSchema,
  idToUuid,
  isId,
  newId,
  uuidToId,
  type ConversationId,
  type FileId,
  type Id,
  type MemoryId,
  type MessageId,
  type WorkId,
} from './ids.js';
export { isAttachableType, parseMediaType, type MediaType } from './media-type.js';
export type { EmbeddingsConfig } from './memory-config.schema.js';
export {
  acceptedSchema,
  idempotencyKeySchema,
  messageStatusSchema,
  regenerateSchema,
  replySchema,
  RUN_STATUSES,
  sendMessageSchema,
  type Accepted,
  type MessageStatus,
  type Include,
  type OnBusy,
  type Reply,
  type RunStatus,
} from './message.schema.js';
export { findUnsafeJson } from './plain-json.js';
export {
  PROVIDER_ENTRIES,
  PROVIDER_TYPES,
  type ModelConfig,
  type ProviderConfig,
  type ProviderEntry,
  type Thinking,
} from './provider.schema.js';
export { findUnsafeNumber } from './unsafe-number.js';
export { isBlank, toPlainJson, toPlainText } from './plain-text.js';
export { REDACTED } from './redacted.js';
export { defineRoute, isChange, type ReplyHeader, type RequestHeader, type RouteContract, type RouteInput } from './route.js';
export { SCOPES, scopeSchema, type Scope } from './scope.schema.js';
export { type Caller, onBehalfOf, OWNER, type PersonId, personSchema, type Principal, toCaller } from './caller.schema.js';
export {
  embedderHealthSchema,
  healthSchema,
  providerHealthSchema,
  sandboxHealthSchema,
  statusSchema,
  type EmbedderHealth,
  type Health,
  type ProcessInfo,
  type ProviderHealth,
  type SandboxHealth,
  type Status,
} from './system.schema.js';
export { shareOut } from './share-out.js';
export { timeSchema } from './time.schema.js';
export { dayFormat, isTimeZone } from './time-zone.js';
export { VERSION } from './version.js';
