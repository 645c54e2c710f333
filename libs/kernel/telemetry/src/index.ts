export { createLogger, silentLogger, type LineSink, type Logger } from './logger.js';
export { Redactor } from './redactor.js';
export { withRequestContext } from './request-context.js';
export { stopOnSignal } from './shutdown.js';
