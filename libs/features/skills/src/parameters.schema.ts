import { findUnsafeJson } from '@openclaw/words';
import { z } from 'zod';

const CHARACTERS_MAX = 16_384;
const DEPTH_MAX = 12;
/** Alternatives at the root, and references: what some provider refuses, and the whole request with it. */
const NOT_AT_ROOT = ['$ref', '$defs', 'definitions', 'anyOf', 'oneOf', 'allOf', 'not', 'enum', 'const', 'if'];
/** A stranger's pattern would be tried on a worker's thread: it is told to the model, and checked by the skill itself. */
const NOT_CHECKED: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  'format',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  '$schema',
  '$id',
  '$comment',
  'default',
  'examples',
]);

/** What holds values, not schemas. */
const LITERAL: ReadonlySet<string> = new Set(['enum', 'const', 'required']);

type JsonObject = Readonly<Record<string, unknown>>;

/** A skill's `parameters`: JSON Schema of an object, as every provider takes it. */
export const parametersSchema = z
  .record(z.string(), z.unknown(), { error: 'must be a JSON Schema of an object' })
  .superRefine((schema, context) => {
    const message = messageFor(schema);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

/** What checks the arguments of a call by it; patterns and formats apart. @throws what zod throws for a schema that it cannot read */
export function toInputSchema(parameters: JsonObject): z.ZodType {
  return z.fromJSONSchema(checkedPart(parameters) as never); // a JSON Schema, which the caller knows
}

function messageFor(schema: JsonObject): string | null {
  const unsafe = findUnsafeJson(schema);
  if (unsafe) return unsafe.message;
  if (JSON.stringify(schema).length > CHARACTERS_MAX) return `must be at most ${String(CHARACTERS_MAX)} characters`;
  if (schema['type'] !== 'object') return 'must have `type: object` at its root';
  const refused = NOT_AT_ROOT.find((key) => key in schema);
  if (refused !== undefined) return `must have no ${refused} at its root`;
  if (depthOf(schema) > DEPTH_MAX) return `must be at most ${String(DEPTH_MAX)} levels deep`;
  if (JSON.stringify(schema).includes('"$ref"')) return 'must have no $ref: write out what it refers to';
  return isReadable(schema) ? null : 'is no JSON Schema that this house can check arguments by';
}

function isReadable(schema: JsonObject): boolean {
  try {
    toInputSchema(schema);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error) return false; // zod names no class of its own for it
    throw thrown;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, each) => Math.max(most, depthOf(each)), 0);
}

/** `properties` holds names, which may be those of keywords. */
function checkedPart(schema: unknown, isNames = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => checkedPart(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key]) => isNames || !NOT_CHECKED.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, LITERAL.has(key) ? (value satisfies unknown) : checkedPart(value, key === 'properties' && !isNames)]),
  );
}
