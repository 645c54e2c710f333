export type { AgentFinishReason, AgentLimits, AgentOutcome, AgentRun, AgentSummary } from './agent-run.types.js';
export type { CallResult, DecidedStep, Journal, RecordedCall, RecordedStep } from './journal.types.js';
export { runAgent } from './run-agent.js';
export type { ApproveCall, PendingCall } from './approve-call.types.js';
