export { eventKeys, type EventKeys } from './event-keys.js';
export { parseLog, type ReaderMemory, type RunArchive, RunFollower } from './follow-run.js';
export { type LiveBatch, type LiveNotice, LiveReader } from './live-reader.js';
export { Notices } from './notices.js';
export { type LogPart, readTail } from './read-tail.js';
export { type LogPage, RunLog, type RunLogOptions } from './run-log.js';
export { trimLive } from './trim-live.js';
