export { createLogger, silentLogger, type Logger, type LoggerOptions } from './logger.js';
export { Redactor } from './redactor.js';
export { currentRequestContext, withRequestContext, type RequestContext } from './request-context.js';
export { stopOnSignal } from './shutdown.js';
