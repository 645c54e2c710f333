export { OpenClawClient, type UsageQuery } from './client.js';
export type { CallOptions, ClientOptions } from './options.js';
export {
  ApiError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  type ErrorDetails,
  ForbiddenError,
  InternalServerError,
  NotFoundError,
  OpenClawError,
  PayloadTooLargeError,
  RateLimitedError,
  ServiceUnavailableError,
  TimeoutError,
  UnauthorizedError,
  UpstreamError,
} from './errors.js';
export { Page } from './page.js';
export { GatewaySocket, type SocketFrame, type SocketMessage, type SocketOptions, type Subscription } from './gateway-socket.js';
export { type RunEvent, RunStream, type StreamOptions, type UnknownEvent } from './run-stream.js';
export type { MessageInput, SendOptions } from './resources/messages.js';
export type { ChangeOptions } from './resources/config.js';
export type { LogQuery } from './resources/logs.js';
export type { ScheduleInput } from './resources/schedules.js';
export type { FileInput } from './resources/files.js';
export type {
  Accepted,
  AddMemory,
  Attachment,
  AuditEntry,
  ChangedConfig,
  CompactingMemory,
  ConfigPatch,
  ConfigRevision,
  Conversation,
  ConversationList,
  ConversationWithMessages,
  CreatedToken,
  CreateToken,
  Event,
  File,
  Health,
  InstalledSkill,
  InstallSkill,
  LogGap,
  LogLine,
  LogList,
  MadeFile,
  Memory,
  MemoryDocument,
  MemoryDocuments,
  MemoryResult,
  MemoryResults,
  MemoryStats,
  Message,
  MessageStatus,
  PatchConversation,
  PatchMemory,
  PatchSchedule,
  PrunedMemory,
  PruneMemory,
  Reply,
  Schedule,
  SearchMemory,
  SendMessage,
  ShownConfig,
  Skill,
  SkillDetails,
  Status,
  Token,
  TokenUsage,
  Usage,
  Warning,
} from './contract.gen.js';
export { VERSION } from './version.js';
