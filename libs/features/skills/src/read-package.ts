import { createHash } from 'node:crypto';
import { Fault } from '@openclaw/errors';
import type { Issue } from '@openclaw/words';
import { readFrontMatter } from './read-front-matter.js';
import type { FrontMatter } from './skill.schema.js';

/** A package that was checked: what may be stored. */
export interface SkillPackage {
  readonly manifest: FrontMatter;
  /** The body of SKILL.md. */
  readonly instructions: string;
  /** By path, sorted; SKILL.md among them. */
  readonly files: ReadonlyMap<string, string>;
  readonly digest: Buffer;
}

const FILES_MAX = 200;
const PATH_CHARACTERS_MAX = 200;
const DEPTH_MAX = 8;
const INSTRUCTIONS_CHARACTERS_MAX = 100_000;
const MANIFEST = 'SKILL.md';
const ISSUES_MAX = 50;

/**
 * Files by path ─► paths checked ─► the one top folder, or `folder`, taken off ─► SKILL.md read ─► digest
 *
 * @param folder the part of the package that is the skill; found where there is only one
 * @throws Fault `bad_request` with all that is wrong, by path
 */
export function readPackage(given: Readonly<Record<string, string>>, folder?: string): SkillPackage {
  const paths = Object.keys(given);
  throwAny([...checkCount(paths), ...paths.flatMap(checkPath), ...checkTwins(paths)]);
  const files = withoutTop(given, folder);
  const manifest = files.get(MANIFEST);
  if (manifest === undefined) throw noSkill([{ path: 'files', message: noManifest(folder) }]);
  const { frontMatter, body, issues } = readFrontMatter(manifest);
  throwAny([...issues.map(({ path, message }) => ({ path: `${MANIFEST}: ${path}`, message })), ...checkBody(body)]);
  return { manifest: frontMatter, instructions: body.trim(), files, digest: digestOf(files) };
}

function noManifest(folder: string | undefined): string {
  return folder === undefined ? `must have ${MANIFEST}, at the top or in its only folder` : `has no ${folder}/${MANIFEST}`;
}

function checkCount(paths: readonly string[]): Issue[] {
  if (paths.length === 0) return [{ path: 'files', message: 'must not be empty' }];
  return paths.length > FILES_MAX ? [{ path: 'files', message: `must be at most ${String(FILES_MAX)}` }] : [];
}

/** A path that stays in its folder on every system, whatever it is unpacked with. */
function checkPath(path: string): Issue[] {
  const parts = path.split('/');
  const message =
    path.length > PATH_CHARACTERS_MAX ? `must be at most ${String(PATH_CHARACTERS_MAX)} characters`
    : /[\p{C}\\:]/u.test(path) ? 'must have no backslash, colon or control character'
    : parts.some((part) => part === '' || part === '.' || part === '..' || part.trim() !== part) ? 'must be relative, with no empty part, no . and no ..'
    : parts.length > DEPTH_MAX ? `must be at most ${String(DEPTH_MAX)} folders deep`
    : null;
  return message === null ? [] : [{ path: `files.${path.slice(0, PATH_CHARACTERS_MAX)}`, message }];
}

/** Two names that are one on some system, and a file where another wants a folder. */
function checkTwins(paths: readonly string[]): Issue[] {
  const seen = new Map<string, string>();
  const issues: Issue[] = [];
  for (const path of paths) {
    const name = path.normalize('NFC').toLowerCase();
    const twin = seen.get(name);
    if (twin !== undefined) issues.push({ path: `files.${path}`, message: `is the same as ${twin} where case does not count` });
    seen.set(name, path);
  }
  for (const [name, path] of seen) {
    const folders = name.split('/').slice(0, -1).map((_, index, all) => all.slice(0, index + 1).join('/'));
    if (folders.some((folder) => seen.has(folder))) issues.push({ path: `files.${path}`, message: 'is in a folder that is a file' });
  }
  return issues;
}

function withoutTop(given: Readonly<Record<string, string>>, folder: string | undefined): ReadonlyMap<string, string> {
  const [only, ...others] = new Set(Object.keys(given).map((path) => path.slice(0, path.indexOf('/') + 1)));
  const top = folder === undefined ? (others.length === 0 ? (only ?? '') : '') : `${folder.replace(/\/$/, '')}/`;
  const kept = Object.entries(given).filter(([path]) => path.startsWith(top));
  return new Map(kept.map(([path, text]) => [path.slice(top.length), text] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkBody(body: string): Issue[] {
  if (body.trim() === '') return [{ path: MANIFEST, message: 'must have instructions below its front matter' }];
  return body.length > INSTRUCTIONS_CHARACTERS_MAX ? [{ path: MANIFEST, message: `must be at most ${String(INSTRUCTIONS_CHARACTERS_MAX)} characters; put the rest into files that it names` }] : [];
}

function digestOf(files: ReadonlyMap<string, string>): Buffer {
  const hash = createHash('sha256');
  for (const [path, text] of files) {
    const bytes = Buffer.from(text);
    hash.update(`${String(Buffer.byteLength(path))}:${path}${String(bytes.length)}:`).update(bytes);
  }
  return hash.digest();
}

function throwAny(issues: readonly Issue[]): void {
  if (issues.length > 0) throw noSkill(issues);
}

function noSkill(issues: readonly Issue[]): Fault {
  const [first] = issues;
  const more = issues.length > ISSUES_MAX ? { more: issues.length - ISSUES_MAX } : {};
  return new Fault('bad_request', `This is no skill: ${first?.path ?? ''} ${first?.message ?? ''}.`, { details: { issues: issues.slice(0, ISSUES_MAX), ...more } });
}
