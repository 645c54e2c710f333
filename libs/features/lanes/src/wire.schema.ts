import { z } from 'zod';

/** What one call may be made of, and give. The lane holds what comes back to it once more (deploy/skills/lane). */
export const LIMITS = {
  /** Of a skill's files together. */
  bundleBytes: 8 * 1024 * 1024,
  files: 500,
  inputBytes: 1024 * 1024,
  outputBytes: 1024 * 1024,
  errorBytes: 64 * 1024,
  madeFiles: 16,
  madeBytes: 8 * 1024 * 1024,
  hosts: 50,
  timeoutS: 300,
  lineBytes: 256 * 1024,
} as const;

const size = z.number().int().min(0);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const named = z.array(z.tuple([z.string().min(1).max(400), size]));

/** What a worker asks of the gate: a call of a skill. The files and the input follow as bytes. */
export const runRequestSchema = z.strictObject({
  digest,
  runtime: z.enum(['node', 'python']),
  entry: z.string().min(1).max(400),
  /** null: by digest alone, which the gate may know. */
  files: named.max(LIMITS.files).nullable(),
  input: size.max(LIMITS.inputBytes),
  timeout_s: z.number().min(0.05).max(LIMITS.timeoutS),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), z.string().max(16_384)),
  hosts: z.array(z.string().min(1).max(253)).max(LIMITS.hosts),
});
/** What a worker asks of the gate. */
export type RunRequest = z.infer<typeof runRequestSchema>;

/** What a lane says when it comes. */
export const laneHelloSchema = z.object({
  lane: z.string().min(1).max(100),
  runtime: z.string().max(50),
  /** Its version of Landlock; 0 without. */
  landlock: z.number().int().min(0),
  /** It runs skills without limits of memory and processes, because the owner said so. */
  unbounded: z.boolean(),
  /** Why it runs nothing. */
  refused: z.string().max(300).nullable(),
});
/** What a lane says when it comes. */
export type LaneHello = z.infer<typeof laneHelloSchema>;

const ENDS = ['exit', 'timeout', 'output_too_large', 'cancelled', 'broken'] as const;
const callResult = {
  why: z.enum(ENDS),
  /** Exit code; negative for a signal, null where it was ended. */
  code: z.number().int().nullable(),
  stdout: size.max(LIMITS.outputBytes),
  stderr: size.max(LIMITS.errorBytes),
  files: named.max(LIMITS.madeFiles),
  /** Files that do not come back: too many, too large, or no plain file. */
  left_out: size,
  ms: z.object({ prepare: z.number(), process: z.number(), sweep: z.number() }),
};

/** What a lane says of a call; the bytes follow. */
export const laneResultSchema = z.discriminatedUnion('why', [
  z.object({ id: z.number().int(), ...callResult, clean: z.boolean() }),
  z.object({ id: z.number().int(), why: z.literal('lacks') }),
]);
/** What a lane says of a call. */
export type LaneResult = z.infer<typeof laneResultSchema>;

/** What the gate gives a worker for a call; the bytes follow. */
export const runResultSchema = z.object({
  ...callResult,
  lane: z.string(),
  /** Its lane is made anew for what it left there. */
  cost_lane: z.boolean(),
  /** It was one lane too many: the skill is not run any more. */
  given_up: z.boolean(),
  refused: z.array(z.string()).describe('What the call was not let do on the network'),
});
/** What the gate gives a worker for a call. */
export type RunResult = z.infer<typeof runResultSchema>;

const TROUBLES = ['bad_request', 'unauthorized', 'bundle_wanted', 'busy', 'no_lane', 'disabled', 'lane_lost'] as const;
/** Why the gate gives no result. */
export const gateErrorSchema = z.object({ error: z.enum(TROUBLES), message: z.string() });
/** Why the gate gives no result. */
export type GateTrouble = (typeof TROUBLES)[number];

/** How the lanes are. */
export const gateReportSchema = z.object({
  lanes: z.number().int().describe('Lanes that take calls'),
  busy: z.number().int(),
  waiting: z.number().int(),
  runtime: z.string().nullable(),
  landlock: z.number().int().nullable().describe('The least version among them'),
  unbounded: z.boolean(),
  refused: z.string().nullable().describe('Why there is no lane, or why one of them takes nothing'),
});
/** How the lanes are. */
export type GateReport = z.infer<typeof gateReportSchema>;

/** Bytes that follow such a request. */
export function bytesOfRequest({ files, input }: RunRequest): number {
  return sum(files ?? []) + input;
}

/** Bytes that follow such a result. */
export function bytesOfResult(result: LaneResult | RunResult): number {
  return result.why === 'lacks' ? 0 : result.stdout + result.stderr + sum(result.files);
}

function sum(files: readonly (readonly [string, number])[]): number {
  return files.reduce((bytes, [, size]) => bytes + size, 0);
}
