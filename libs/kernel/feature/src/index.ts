export { actingFor } from './acting-for.js';
export { defineTool, describeInput } from './define-tool.js';
export type { Admission, AnsweredRun, Chore, EndedRun, Feature, GatewayKernel, GatewayParts, Vitals, WorkerKernel } from './feature.js';
export type { Tool, ToolInvocation, ToolOutput, ToolRun } from './tool.types.js';
export { PIECE_CHARACTERS, tellPiece } from './tell-piece.js';
export { Trust } from './trust.js';
export { mountWorker, type MountedWorker } from './mount-worker.js';
export {
  Answer,
  EventAnswer,
  type EventReader,
  FileAnswer,
  handle,
  type HandlerRequest,
  type IncomingFile,
  type RouteHandler,
  type StoredBytes,
  type StreamEvent,
} from './handle.js';
export { checkHandlers, routesOf } from './route-table.js';
export { invalid } from './invalid.js';
export { parseInput } from './parse-input.js';
export { NO_QUESTION_VECTORS, type NoVector, type QuestionVector, type QuestionVectors } from './question-vectors.js';
export { NO_SKILL_RUNNER, type SkillAnswer, type SkillCall, type SkillRunner } from './skill-runner.js';
