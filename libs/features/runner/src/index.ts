export { buildContext, type ContextSources } from './build-context.js';
export type { ThreadFilesReader, ThreadRecall, Within } from './context-reader.js';
export { Runner, type RunnerAgent, type RunnerEvents, type RunnerSettings, type RunnerStores, type RunPolicy, type Turn } from './runner.js';
export { runsLane, type RunsLaneDeps, type RunsLaneSettings } from './runs-lane.js';
