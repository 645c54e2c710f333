export { Runner, type RunnerAgent, type RunnerSettings } from './runner.js';
export { runsLane } from './runs-lane.js';
