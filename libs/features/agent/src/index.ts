export type { AgentLimits, AgentOutcome } from './agent-run.types.js';
export { unlessAborted, withDeadline } from './deadline.js';
export type { CallResult, DecidedStep, Journal, RecordedStep } from './journal.types.js';
export { runAgent } from './run-agent.js';
