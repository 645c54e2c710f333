import type { Issue } from '@openclaw/words';
import { findVariable, type Environment } from './environment.js';
import { isTree, type Tree } from './merge-trees.js';

/** `$${` first, so that what it escapes is not read as a reference. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
/** A name, and after `:-` what stands for it where the variable is unset or empty. */
const BODY = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

export interface Expanded {
  readonly tree: Tree;
  readonly problems: readonly Issue[];
}

/**
 * Every string of `tree` with its references to environment variables replaced: `${NAME}` (empty where unset), `${NAME:-default}`;
 * `$${` stands for `${` itself. Keys are left alone; what a variable holds is not expanded again.
 */
export function expandReferences(tree: Tree, env: Environment): Expanded {
  const problems: Issue[] = [];
  const expand = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === 'string') return expandText(value, env, (message) => problems.push({ path: path.join('.'), message }));
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, String(index)]));
    return isTree(value) ? expandTree(value, path) : value;
  };
  const expandTree = (branch: Tree, path: readonly string[]): Tree =>
    Object.fromEntries(Object.entries(branch).map(([key, value]) => [key, expand(value, [...path, key])]));
  return { tree: expandTree(tree, []), problems };
}

function expandText(text: string, env: Environment, report: (message: string) => void): string {
  return text.replace(REFERENCE, (whole, body: string | undefined, close: string | undefined) => {
    if (body === undefined) return '${';
    const [, name, fallback] = (close && BODY.exec(body)) || [];
    if (name === undefined) report('has a reference that is not ${NAME} or ${NAME:-default}; write $${ for the characters themselves');
    return name === undefined ? whole : (findVariable(env, name) ?? fallback ?? '');
  });
}
