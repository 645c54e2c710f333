export { jobs, type JobDefinition, type JobHandler, type JobHandlers, type JobName, type PayloadOf } from './job-definition.js';
export { JobQueue, type QueueSettings } from './job-queue.js';
export { JobWorker, type JobWorkerOptions } from './job-worker.js';
