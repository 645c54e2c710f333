import type { Issue } from '@openclaw/words';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { Environment } from './environment.js';
import { expandReferences } from './expand-references.js';
import { isTree, withoutEmpty, type Tree } from './merge-trees.js';
import { readSmallFile } from './read-small-file.js';

export const CONFIG_FILE = 'gateway.yaml';

/** What the file says; an empty tree where there is none, or where it cannot be read. */
export interface ConfigFile {
  readonly tree: Tree;
  readonly problems: readonly Issue[];
  /** Where the value at a path stands, as `gateway.yaml line 3, column 9`; null where the file does not hold it. */
  readonly locate: (path: readonly string[]) => string | null;
}

/** Reads YAML 1.2 with its references expanded. A file that is missing is no problem. Problems quote nothing of the file. */
export function readConfigFile(file: string, env: Environment): ConfigFile {
  const text = readText(file);
  if (typeof text !== 'string') return unusable(text);
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) return unusable(mistakes.map(({ pos, message }) => ({ path: at(counter, pos[0]), message })));
  const content = toData(document);
  if (content instanceof ReferenceError) return unusable([{ path: CONFIG_FILE, message: content.message }]);
  const branch = content ?? {};
  if (!isTree(branch)) return unusable([{ path: CONFIG_FILE, message: 'must hold keys and values, such as gateway:' }]);
  const { tree, problems } = expandReferences(branch, env);
  return { tree: withoutEmpty(tree), problems, locate: (path) => locate(document, counter, path) };
}

function unusable(problems: readonly Issue[]): ConfigFile {
  return { tree: {}, problems, locate: () => null };
}

/** The text, '' where there is no file, or the problem. */
function readText(file: string): string | Issue[] {
  const read = readSmallFile(file);
  if ('text' in read) return read.text;
  if ('reason' in read) return [{ path: file, message: read.reason }];
  if (read.code === 'ENOENT' || read.code === 'ENOTDIR') return '';
  return [{ path: file, message: `cannot be read (${read.code})` }];
}

/** yaml throws a ReferenceError for an alias without its anchor, and for aliases that multiply without end. */
function toData(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (thrown) {
    if (thrown instanceof ReferenceError) return thrown;
    throw thrown;
  }
}

function locate(document: Document.Parsed, counter: LineCounter, path: readonly string[]): string | null {
  if (path.length === 0) return null;
  const node = document.getIn(path, true);
  return isNode(node) && node.range ? at(counter, node.range[0]) : null;
}

function at(counter: LineCounter, offset: number): string {
  const { line, col } = counter.linePos(offset);
  return `${CONFIG_FILE} line ${String(line)}, column ${String(col)}`;
}
