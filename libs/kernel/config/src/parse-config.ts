import { configSchema, type Config, describeIssue, type Issue } from '@openclaw/words';
import type { z } from 'zod';
import { childrenOf, configNode } from './config-keys.js';
import { findClosest } from './find-closest.js';
import { valueAt, withoutPath, type Tree } from './merge-trees.js';

export interface ParsedConfig {
  /** Valid in itself: what was wrong has been left out, so that the remaining rules can still be checked. */
  readonly config: Config;
  readonly problems: readonly Issue[];
}

/** Validates everything and finds every problem: leaves out what is wrong and tries again until the rest is right. */
export function parseConfig(tree: Tree): ParsedConfig {
  const problems: Issue[] = [];
  for (let rest = tree; ;) {
    const result = configSchema.safeParse(rest);
    if (result.success) return { config: result.data, problems };
    const findings = result.error.issues.flatMap(toFindings);
    // A branch that is incomplete because a part of it was left out has been reported already.
    problems.push(...findings.map((finding) => explain(finding, tree)).filter(isNew(problems)));
    const next = findings.reduce((pruned, { path }) => withoutPath(pruned, path), rest);
    // Wrong even where nothing is set: no value can be left out.
    if (next === rest) return { config: configSchema.parse({}), problems };
    rest = next;
  }
}

/** The kinds of values as people who write YAML call them. */
const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a group of keys',
  record: 'a group of keys',
  string: 'text',
};

interface Finding {
  readonly path: readonly string[];
  readonly message: string;
  readonly unknownKey: boolean;
}

function toFindings(issue: z.core.$ZodIssue): Finding[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: '', unknownKey: true }));
  return [{ path, message: describeIssue(issue, KINDS), unknownKey: false }];
}

function explain(finding: Finding, tree: Tree): Issue {
  const path = finding.path.join('.');
  if (finding.unknownKey) return { path, message: `is not a known key${suggest(finding.path)}` };
  return { path, message: valueAt(tree, finding.path) === undefined ? `is required and ${finding.message}` : finding.message };
}

function suggest(path: readonly string[]): string {
  const parents = path.slice(0, -1);
  const nodes = parents.reduce((level, key) => level.flatMap((node) => childrenOf(node, key)), [configNode()]);
  const closest = findClosest(
    path.at(-1) ?? '',
    nodes.flatMap((node) => Object.keys(node.properties ?? {})),
  );
  return closest === null ? '' : `; did you mean ${[...parents, closest].join('.')}?`;
}

function isNew(problems: readonly Issue[]): (issue: Issue) => boolean {
  const known = problems.map((problem) => `${problem.path}.`);
  return ({ path }) => !known.some((other) => other.startsWith(`${path}.`) || `${path}.`.startsWith(other));
}
