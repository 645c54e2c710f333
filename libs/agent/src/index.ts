export { defineTool, type ToolSpecification } from './define-tool.js';
export type { CallResult, DecidedStep, Journal, RecordedCall, RecordedStep } from './journal.types.js';
export { runAgent, type AgentFinishReason, type AgentLimits, type AgentOutcome, type AgentRun, type AgentSummary } from './run-agent.js';
export type { ApproveCall, PendingCall, Tool, ToolInvocation, ToolOutput } from './tool.types.js';
