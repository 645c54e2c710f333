export { buildContext, type ContextSources } from './build-context.js';
export { LeaseKeeper, type LeaseKeeperOptions } from './lease-keeper.js';
export { loadQuestionAttachments } from './load-question-attachments.js';
export { Runner, type RunnerAgent, type RunnerEvents, type RunnerSettings, type RunnerStores } from './runner.js';
export { Sweeper, type SweeperOptions, type SweeperSettings } from './sweeper.js';
