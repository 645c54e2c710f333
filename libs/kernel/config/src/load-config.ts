/**
 * defaults < gateway.yaml (references expanded) < environment < overlay ─► providers derived ─► schema ─► rules ─► passwords ─► frozen Config
 *
 * Invariant: either every value is right, or one ConfigError names everything that is not.
 */
import { join } from 'node:path';
import { type Config, type Issue, PROVIDER_ENTRIES } from '@openclaw/words';
import { checkRules } from './check-rules.js';
import { ConfigError } from './config-error.js';
import { configKeys } from './config-keys.js';
import { deriveProviders } from './derive-providers.js';
import { processEnvironment, type Environment } from './environment.js';
import { fillPasswords } from './fill-passwords.js';
import { configFolder } from './folders.js';
import { leavesIn, mergeTrees, overlaid, type Tree, valueAt, withValue } from './merge-trees.js';
import { parseConfig } from './parse-config.js';
import { CONFIG_FILE, readConfigFile } from './read-config-file.js';
import { readEnvironment } from './read-environment.js';
import { readSmallFile } from './read-small-file.js';

/** Where configuration is read from; the process's own environment and folder where left out. */
export interface LoadConfigOptions {
  /** The variables to read; those of the process where absent. */
  readonly env?: Environment;
  /** The home folder that holds `.openclaw` where no variable names another one. */
  readonly homeDir?: string;
  /** What the API changed, laid over everything else. */
  readonly overlay?: Tree;
}

/**
 * The configuration as it is written now, deeply frozen, `providers.primary` always there and each URL complete with its
 * password. Throws a ConfigError with every problem at once, each with its path and where its value came from.
 */
export function loadConfig(options: LoadConfigOptions = {}): Config {
  const env = options.env ?? processEnvironment();
  const folder = configFolder(env, options.homeDir);
  const file = readConfigFile(join(folder, CONFIG_FILE), env);
  const environment = readEnvironment(env, configKeys());
  const derived = deriveProviders(overlay(mergeTrees(file.tree, environment.tree), options.overlay ?? {}, env), env);
  const parsed = parseConfig(derived.tree);
  const filled = fillPasswords(parsed.config, folder);

  const origins = new Map([...derived.origins, ...environment.origins]);
  const values = [...file.problems, ...parsed.problems, ...withoutKnown(checkRules(parsed.config), parsed.problems), ...filled.problems];
  const problems = [
    ...values.map((problem) => withOrigin(problem, [(path) => origins.get(path.join('.')) ?? null, file.locate])),
    ...environment.problems,
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(filled.config);
}

/**
 * What the API changed, laid over file and environment. A provider of another type is another provider: of the one that it takes the place
 * of, neither model nor address nor key is its.
 */
function overlay(written: Tree, over: Tree, env: Environment): Tree {
  const lower = deriveProviders(written, env).tree;
  const replaced = PROVIDER_ENTRIES.map((entry) => ['providers', entry]).filter((path) => {
    const type = valueAt(over, [...path, 'type']);
    return type !== undefined && type !== valueAt(lower, [...path, 'type']);
  });
  return overlaid(
    replaced.reduce((tree, path) => withValue(tree, path, undefined), written),
    over,
  );
}

/** A variable that says something which the overlay says otherwise. */
export interface HiddenVariable {
  /** Dotted. */
  readonly path: string;
  readonly variable: string;
}

/** The variables that the overlay hides: who changes one of them changes nothing. */
export function hiddenVariables(options: LoadConfigOptions = {}): HiddenVariable[] {
  const env = options.env ?? processEnvironment();
  const file = readConfigFile(join(configFolder(env, options.homeDir), CONFIG_FILE), env);
  const environment = readEnvironment(env, configKeys());
  const { origins } = deriveProviders(mergeTrees(file.tree, environment.tree), env);
  const variables = [...origins, ...environment.origins];
  const changed = leavesIn(options.overlay ?? {}).map(({ path }) => path.join('.'));
  return variables
    .filter(([path]) => changed.some((other) => `${other}.`.startsWith(`${path}.`) || `${path}.`.startsWith(`${other}.`)))
    .map(([path, variable]) => ({ path, variable }));
}

/** What gateway.yaml says now, as it stands there: another text is a reason to load anew. '' where there is none. */
export function configText(options: LoadConfigOptions = {}): string {
  const read = readSmallFile(join(configFolder(options.env ?? processEnvironment(), options.homeDir), CONFIG_FILE));
  if ('text' in read) return read.text;
  return 'code' in read ? read.code : read.reason;
}

/** A rule speaks of the default where the value itself was refused. */
function withoutKnown(problems: readonly Issue[], known: readonly Issue[]): Issue[] {
  return problems.filter((problem) => !known.some(({ path }) => `${problem.path}.`.startsWith(`${path}.`)));
}

type FindOrigin = (path: readonly string[]) => string | null;

/** Names what set the value, or the branch it is missing from: a variable, since those win, or else a line of the file. */
function withOrigin({ path, message }: Issue, sources: readonly FindOrigin[]): Issue {
  const keys = path.split('.');
  const branches = keys.map((_, index) => keys.slice(0, keys.length - index));
  for (const findOrigin of sources) {
    const origin = branches.map(findOrigin).find((found) => found !== null);
    if (origin !== undefined) return { path, message: `${message} (${origin})` };
  }
  return { path, message };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
