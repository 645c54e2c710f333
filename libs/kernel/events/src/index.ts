export { eventKeys, type EventKeys } from './event-keys.js';
export { type FollowOptions, parseLog, type ReaderMemory, type RunArchive, RunFollower, type RunFollowerOptions } from './follow-run.js';
export { type LiveBatch, type LiveNotice, LiveReader, type LiveReaderOptions } from './live-reader.js';
export { Notices } from './notices.js';
export { type LogPart, readTail } from './read-tail.js';
export { type LogPage, RunLog, type RunLogOptions } from './run-log.js';
export { trimLive } from './trim-live.js';
