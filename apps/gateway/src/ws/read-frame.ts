import {
  authFrameSchema,
  findUnsafeJson,
  findUnsafeNumber,
  type FrameOf,
  FRAMES,
  type FrameType,
  type Issue,
  toIssues,
} from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import type { z } from 'zod';
import { invalid } from '@openclaw/feature';
import { readJson } from '../http/read-json.js';

/** What came through a socket, whole. */
export interface Arrival {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

/** A frame as JSON: an object, of whatever type. */
export type RawFrame = Readonly<Record<string, unknown>>;

const REQUEST_ID_MAX = 128;
const TYPES = Object.keys(FRAMES).join(', ');

/** @throws Fault `bad_request` for what is not one JSON object in a text frame */
export function readFrame({ bytes, isBinary }: Arrival): RawFrame {
  if (isBinary) throw new Fault('bad_request', 'Send text frames, each with one JSON object.');
  const value = readJson(bytes.toString(), 'This frame');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Fault('bad_request', 'A frame is one JSON object.');
  return value as RawFrame; // an object that is no list has string keys
}

/** The `request_id` to send back; undefined where there is none that the contract allows. */
export function echoOf(raw: RawFrame): string | undefined {
  const id = raw['request_id'];
  return typeof id === 'string' && id.length > 0 && id.length <= REQUEST_ID_MAX ? id : undefined;
}

/** @throws Fault `bad_request` where the contract knows no such frame, or where it may not be sent any more (`auth`) */
export function frameTypeOf({ type }: RawFrame): FrameType {
  if (isFrameType(type)) return type;
  throw invalid([{ path: 'type', message: `must be one of ${TYPES}` }]);
}

/** @throws Fault `bad_request` that names every problem at once */
export function parseFrame<T extends FrameType>(type: T, raw: RawFrame, { bytes }: Arrival): FrameOf<T> {
  return parse<FrameOf<T>>(FRAMES[type].schema as unknown as z.ZodType<FrameOf<T>>, raw, bytes); // the table's own type says so
}

/** @throws Fault `unauthorized` where the frame is of another type, `bad_request` where it is not valid */
export function parseAuthFrame(raw: RawFrame, { bytes }: Arrival): z.infer<typeof authFrameSchema> {
  if (raw['type'] !== 'auth') throw new Fault('unauthorized', 'Send {"type": "auth", "token": "…"} before anything else.');
  return parse(authFrameSchema, raw, bytes);
}

/** @param bytes what `raw` was read from: numbers are judged as they were written */
function parse<T>(schema: z.ZodType<T>, raw: RawFrame, bytes: Buffer): T {
  const unsafe = findUnsafeJson(raw) ?? findUnsafeNumber(bytes.toString());
  if (unsafe) throw invalid([unsafe]);
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issues: readonly Issue[] = toIssues(result.error);
  throw invalid(issues);
}

function isFrameType(type: unknown): type is FrameType {
  return typeof type === 'string' && Object.hasOwn(FRAMES, type);
}
