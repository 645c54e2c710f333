import type { RouteContract } from '@openclaw/words';
import { z } from 'zod';
import { nastyText, pick, unlawfulText } from './nasty-texts.js';

type Random = () => number;
type Path = readonly (string | number)[];
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

export interface NastyCase {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Which field was made nasty. */
  readonly where: string;
}

/** What lawful fields hold, by their name; ids are of things that exist. */
export type Lawful = Readonly<Record<string, unknown>>;

const TEXT_CHARACTERS_MAX = 100_000;
const QUERY_CHARACTERS_MAX = 2000;
const UNLAWFUL_SHARE = 0.1;

/** A request of a route of which one field, parameter or part of the path holds a nasty text, and all others what is lawful. */
export function nastyRequest(route: RouteContract, lawful: Lawful, random: Random): NastyCase {
  const params = pathParams(route.path);
  const query = route.query ? Object.keys(schemaOf(route.query).properties ?? {}) : [];
  const fields = route.body ? slotsOf(schemaOf(route.body)) : [];
  const target = pick(random, [
    ...fields.map((slot) => ({ slot })),
    ...query.map((parameter) => ({ parameter })),
    ...params.map((param) => ({ param })),
    ...(fields.length + query.length + params.length === 0 ? [{ parameter: 'q' }] : []),
  ]);
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    'param' in target && target.param === name ? encode(random) : idFor(route.path, lawful),
  );
  const body = route.body ? sampleOf(schemaOf(route.body), '', lawful) : undefined;
  return {
    method: route.method,
    path: 'parameter' in target ? `${path}?${target.parameter}=${encode(random)}` : path,
    body: 'slot' in target ? put(body, target.slot, textFor(random, TEXT_CHARACTERS_MAX)) : body,
    where: 'slot' in target ? target.slot.join('.') : 'parameter' in target ? `?${target.parameter}` : `:${target.param}`,
  };
}

/** A frame of which one field holds a nasty text. */
export function nastyFrame(schema: z.ZodType, lawful: Lawful, random: Random): { readonly frame: object; readonly where: string } {
  const json = schemaOf(schema);
  const slots = slotsOf(json);
  const slot = pick(random, slots.length > 0 ? slots : [['type']]);
  return { frame: Object(put(sampleOf(json, '', lawful), slot, textFor(random, TEXT_CHARACTERS_MAX))) as object, where: slot.join('.') }; // frames are objects
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema; // the parts of it that are looked at
}

/** Every place in such a value that may hold a text, names of fields that are free included. */
function slotsOf(schema: JsonSchema, path: Path = []): Path[] {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return unique(alternatives.flatMap((each) => slotsOf(each, path)));
  switch (schema.type) {
    case 'string':
      return [path];
    case 'array':
      return schema.items ? slotsOf(schema.items, [...path, 0]) : [];
    case 'object':
      return [
        ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => slotsOf(inner, [...path, key])),
        ...freeSlots(schema, path),
      ];
    default:
      return [];
  }
}

function freeSlots({ additionalProperties }: JsonSchema, path: Path): Path[] {
  return additionalProperties === false
    ? []
    : [
        [...path, 'anything'],
        [...path, FREE_KEY],
      ];
}

/** Of an object with fields `oneOf` says only which of them go together. */
function alternativesOf({ properties, anyOf = [], allOf = [], oneOf = [] }: JsonSchema): readonly JsonSchema[] {
  return properties ? [] : [...anyOf, ...allOf, ...oneOf];
}

/** Where the name of a field is the text. */
const FREE_KEY = '\u0000key';

function sampleOf(schema: JsonSchema, name: string, lawful: Lawful): unknown {
  if (name in lawful) return lawful[name];
  const [first] = alternativesOf(schema);
  if (first) return sampleOf(first, name, lawful);
  return schema.const ?? schema.enum?.[0] ?? sampleOfType(schema, lawful);
}

function sampleOfType(schema: JsonSchema, lawful: Lawful): unknown {
  switch (schema.type) {
    case 'string':
      return 'x';
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    default:
      return Object.fromEntries((schema.required ?? []).map((key) => [key, sampleOf(schema.properties?.[key] ?? {}, key, lawful)]));
  }
}

/** A copy of `value` with `text` at the path, and what leads there made where it is missing. */
function put(value: unknown, [head, ...rest]: Path, text: string): unknown {
  if (head === undefined) return text;
  if (typeof head === 'number') return [put({}, rest, text)];
  const object = typeof value === 'object' && value !== null ? value : {};
  if (head === FREE_KEY) return { ...object, [text]: 1 };
  return { ...object, [head]: put((object as Record<string, unknown>)[head], rest, text) }; // any object has string keys
}

function textFor(random: Random, charactersMax: number): string {
  return random() < UNLAWFUL_SHARE ? unlawfulText(random, charactersMax) : nastyText(random, charactersMax);
}

function encode(random: Random): string {
  return encodeURIComponent(nastyText(random, QUERY_CHARACTERS_MAX)).slice(0, 8000).replace(/%.?$/, '') || 'x';
}

function pathParams(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

function idFor(path: string, lawful: Lawful): string {
  return String(path.includes('/conversations/') ? lawful['conversation_id'] : (lawful['id'] ?? 'x'));
}

function unique(paths: readonly Path[]): Path[] {
  return [...new Map(paths.map((path) => [path.join('\n'), path])).values()];
}
