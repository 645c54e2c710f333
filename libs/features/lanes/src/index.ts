export { FrameReader, type Frame, splitBody, writeFrame } from './frame.js';
export { LaneRunner, type SkillCall, type SkillOutput } from './lane-runner.js';
export { SkillTrouble, type SkillTroubleKind } from './skill-trouble.js';
export {
  bytesOfRequest,
  bytesOfResult,
  type GateReport,
  type GateTrouble,
  type LaneHello,
  laneHelloSchema,
  type LaneResult,
  laneResultSchema,
  LIMITS,
  type RunRequest,
  runRequestSchema,
  type RunResult,
} from './wire.schema.js';
