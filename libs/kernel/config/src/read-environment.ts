import type { Issue } from '@openclaw/words';
import type { ConfigKey } from './config-keys.js';
import { findVariable, type Environment } from './environment.js';
import { findClosest } from './find-closest.js';
import { mergeTrees, treeOf, type Tree } from './merge-trees.js';

/** The names that people know, and the keys they stand for. The key's own variable goes before its alias. */
export const ALIASES = {
  GATEWAY_AUTH_TOKEN: 'gateway.auth.token',
  OPENCLAW_PORT: 'gateway.port',
  OPENCLAW_LOG_LEVEL: 'gateway.logging.level',
  DATABASE_URL: 'database.url',
  REDIS_URL: 'redis.url',
  http_proxy: 'proxy.http',
  HTTP_PROXY: 'proxy.http',
  https_proxy: 'proxy.https',
  HTTPS_PROXY: 'proxy.https',
  no_proxy: 'proxy.except',
  NO_PROXY: 'proxy.except',
} as const;

const PREFIX = 'OPENCLAW_';

/** What the environment says about keys of the schema. */
export interface EnvironmentLayer {
  readonly tree: Tree;
  /** Which variable each dotted path came from. */
  readonly origins: ReadonlyMap<string, string>;
  readonly problems: readonly Issue[];
}

/**
 * Values as they stand; the schema makes numbers and lists of them. A variable that looks like a key of ours and is none is a
 * problem that names the closest one: a typo must not pass in silence.
 */
export function readEnvironment(env: Environment, keys: readonly ConfigKey[]): EnvironmentLayer {
  const aliases = Object.entries(ALIASES).map(([variable, path]) => ({ variable, path: path.split('.'), json: false }));
  const origins = new Map<string, string>();
  const problems = findUnknown(env, keys);
  let tree: Tree = {};
  for (const { variable, path, json } of [...aliases, ...keys]) {
    const text = findVariable(env, variable);
    if (text === undefined) continue;
    const value = json ? parseJson(text) : text;
    if (value === undefined) problems.push({ path: variable, message: 'must be JSON' });
    else tree = mergeTrees(tree, treeOf(path, value));
    origins.set(path.join('.'), variable);
  }
  return { tree, origins, problems };
}

/** undefined where it is no JSON; the parser's own message would quote the value. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** Names with two underscores that are no key, and names that would be one if an underscore were doubled. */
function findUnknown(env: Environment, keys: readonly ConfigKey[]): Issue[] {
  const known = new Set(keys.map((key) => key.variable));
  const flat = new Map(keys.map((key) => [key.variable.replaceAll('__', '_'), key.variable]));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && findVariable(env, name) !== undefined)
    .filter((name) => name.includes('__') || (flat.has(name) && !Object.hasOwn(ALIASES, name)))
    .map((name) => ({ path: name, message: `is not a known variable${suggest(name, flat, [...known])}` }));
}

function suggest(name: string, flat: ReadonlyMap<string, string>, known: readonly string[]): string {
  const bare = known.map((variable) => variable.slice(PREFIX.length));
  const closest = flat.get(name.replaceAll(/_+/g, '_')) ?? findClosest(name.slice(PREFIX.length), bare);
  if (closest === null) return '; see docs/configuration.md';
  return `; did you mean ${closest.startsWith(PREFIX) ? closest : PREFIX + closest}?`;
}
