import { configSchema } from '@openclaw/words';
import { z } from 'zod';
import { valueAt } from './merge-trees.js';

/** One key that a person can set. */
export interface ConfigKey {
  readonly path: readonly string[];
  /** `OPENCLAW_` and the path in capitals joined by two underscores. */
  readonly variable: string;
  /** undefined where the key is optional and has none. */
  readonly defaultValue: unknown;
  /** '' where the schema does not say. */
  readonly description: string;
  /** What it accepts, in words: `1 to 65535`, `true or false`; '' for free text. */
  readonly accepts: string;
  readonly secret: boolean;
  /** Whether every process takes a change up at once; else at its next start. */
  readonly live: boolean;
  /** Whether file and environment alone may set it, and the API may not. */
  readonly local: boolean;
  /** Whether its variable holds JSON: the value has an inner structure without fixed names. */
  readonly json: boolean;
}

/** The parts of JSON Schema that zod writes for a configuration, with every `$ref` replaced by what it stands for. */
export interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** From `.meta({ secret: true })`. */
  readonly secret?: boolean;
  /** From `.meta({ live: true })`; what a section says holds for all its keys. */
  readonly live?: boolean;
  /** From `.meta({ local: true })`; likewise. */
  readonly local?: boolean;
}

/** What the schema says of the value under `key`; more than one where it is a union, none where the key is unknown. */
export function childrenOf(node: SchemaNode, key: string): SchemaNode[] {
  const named = node.properties?.[key] ?? node.items ?? node.additionalProperties;
  const alternatives = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return [...(typeof named === 'object' ? [named] : []), ...alternatives.flatMap((alternative) => childrenOf(alternative, key))];
}

/** What a section says of all its keys. */
interface Marks {
  readonly live: boolean;
  readonly local: boolean;
}

interface Leaf extends Marks {
  readonly path: readonly string[];
  readonly node: SchemaNode;
}

const NO_MARKS: Marks = { live: false, local: false };

function leavesOf(node: SchemaNode, path: readonly string[], inherited: Marks): Leaf[] {
  const marks = { live: node.live ?? inherited.live, local: node.local ?? inherited.local };
  if (node.properties === undefined) return [{ path, node, ...marks }];
  return Object.entries(node.properties).flatMap(([key, inner]) => leavesOf(inner, [...path, key], marks));
}

/** zod keeps a schema with an id under `$defs` and points there; none of ours points to itself. */
function inlined(value: unknown, root: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => inlined(item, root));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref, $defs: _, ...rest } = value as Record<string, unknown>; // any JSON object
  const target = typeof $ref === 'string' ? inlined(valueAt(root, $ref.split('/').slice(1)), root) : {};
  const own = Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, inlined(inner, root)]));
  return Object.assign({}, target, own);
}

function isJson(node: SchemaNode): boolean {
  if (node.type === 'array') return node.items?.type === 'object' || node.items?.type === 'array';
  return node.type === 'object' || (node.type === undefined && node.enum === undefined);
}

function acceptsOf(node: SchemaNode): string {
  if (node.enum) return node.enum.map((option) => `\`${String(option)}\``).join(', ');
  if (node.type === 'boolean') return '`true` or `false`';
  if (node.type === 'array' && !isJson(node)) return 'a list; in the environment with commas';
  if (isJson(node)) return 'in the environment as JSON';
  if (node.minimum !== undefined && node.maximum !== undefined) return `${String(node.minimum)} to ${String(node.maximum)}`;
  return '';
}

/** Made once: the schema never changes, and to describe it takes longer than to read a configuration. */
const SCHEMA: unknown = z.toJSONSchema(configSchema, { io: 'input' });
const NODE = inlined(SCHEMA, SCHEMA) as SchemaNode; // the boundary to zod's own, wider type of JSON Schema
const KEYS = readKeys();

/** Every key of the schema in its order, those of optional branches too. */
export function configKeys(): readonly ConfigKey[] {
  return KEYS;
}

/** The schema of the whole configuration as data. */
export function configNode(): SchemaNode {
  return NODE;
}

function readKeys(): ConfigKey[] {
  const defaults: unknown = configSchema.parse({});
  return leavesOf(NODE, [], NO_MARKS).map(({ path, node, live, local }) => ({
    path,
    variable: `OPENCLAW_${path.join('__').toUpperCase()}`,
    defaultValue: valueAt(defaults, path) ?? node.default,
    description: node.description ?? '',
    accepts: acceptsOf(node),
    secret: node.secret === true,
    live,
    local,
    json: isJson(node),
  }));
}
