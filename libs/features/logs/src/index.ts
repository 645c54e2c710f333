export { logs } from './feature.js';
export { logLineSchema, logListSchema, type LogLine } from './log-line.schema.js';
export { LogsStore } from './logs.store.js';
export { toStoredLine } from './stored-line.js';
export { LogWriter, toRetention } from './log-writer.js';
