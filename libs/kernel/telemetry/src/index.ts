export { createLogger, silentLogger, type LineSink, type Logger } from './logger.js';
export { GatewayMetrics } from './gateway-metrics.js';
export { METRICS_TYPE } from './metrics.js';
export { WorkerMetrics, type MeasuredCall } from './worker-metrics.js';
export { Heartbeat } from './heartbeat.js';
export { Redactor } from './redactor.js';
export { withRequestContext } from './request-context.js';
export { stopOnSignal } from './shutdown.js';
