export { logs } from './feature.js';
export { logListSchema, type LogLine } from './log-line.schema.js';
export { LogsStore } from './logs.store.js';
export { LogWriter, toRetention } from './log-writer.js';
