import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { Fault } from '@openclaw/errors';
import { type Issue, toIssueDetails } from '@openclaw/words';
import { findFolder, isManifest } from './find-folder.js';
import { type FrontMatter, RESERVED_NAMES } from './front-matter.schema.js';
import { checkHostile, checkPaths } from './package-paths.js';
import { readFrontMatter } from './read-front-matter.js';
import type { Finding } from './skill.schema.js';

/** Files as they came, before anything of them is believed. */
export interface GivenPackage {
  readonly files: ReadonlyMap<string, Buffer>;
  /** What is no file, by its path: a link, a device. Refused where it is in the skill's folder. */
  readonly odd?: ReadonlyMap<string, string>;
}

/** A package that was checked: what may be stored. */
export interface SkillPackage {
  readonly manifest: FrontMatter;
  /** The body of SKILL.md. */
  readonly instructions: string;
  /** By path, sorted; SKILL.md among them. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly digest: Buffer;
  readonly findings: readonly Finding[];
}

const FILES_MAX = 200;
const BYTES_MAX = 8_388_608;
const INSTRUCTIONS_CHARACTERS_MAX = 100_000;
const MANIFEST = 'SKILL.md';
/** How archives begin: gzip, zip, xz, bzip2, zstd, 7z, rar. */
const ARCHIVES = ['1f8b', '504b0304', '504b0506', 'fd377a585a00', '425a68', '28b52ffd', '377abcaf271c', '526172211a07'];
const TAR_AT = 257;

/**
 * Files by path ─► the folder that is the skill ─► paths, sizes, kinds checked ─► SKILL.md read ─► digest
 *
 * @param folder the part of the package that is the skill; found where there is only one
 * @throws Fault `bad_request` with all that is wrong, by path; `conflict` for a name of the house's own
 */
export function readPackage({ files: given, odd = new Map() }: GivenPackage, folder?: string): SkillPackage {
  if (given.size === 0) throw noSkill([{ path: 'files', message: 'must not be empty' }]);
  throwAny(checkHostile([...given.keys(), ...odd.keys()]));
  const found = findFolder([...given.keys()], folder);
  if ('problem' in found) throw noSkill([{ path: 'files', message: found.problem }]);
  const files = within(found.folder, given);
  throwAny([...checkSize(files), ...checkPaths([...files.keys()]), ...oddIn(within(found.folder, odd)), ...nestedIn(files)]);
  const text = readFrontMatter(manifestOf(files));
  if (!('frontMatter' in text)) throw noSkill(text.map(({ path, message }) => ({ path: `${MANIFEST}: ${path}`, message })));
  const { frontMatter, body, findings } = text;
  if (RESERVED_NAMES.has(frontMatter.name))
    throw new Fault('conflict', `${frontMatter.name} is the name of one of the agent’s own tools. Give the skill another.`);
  throwAny([...checkBody(frontMatter, body), ...checkEntry(frontMatter, files)]);
  return { manifest: frontMatter, instructions: body.trim(), files, digest: digestOf(files), findings };
}

/** Whether it is text that can be shown and stored as such. */
export function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

function within<T>(folder: string, given: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const kept = [...given].filter(([path]) => path.startsWith(folder));
  return new Map(kept.map(([path, value]) => [path.slice(folder.length), value] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkSize(files: ReadonlyMap<string, Buffer>): Issue[] {
  if (files.size > FILES_MAX) return [{ path: 'files', message: `must be at most ${String(FILES_MAX)}` }];
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  return bytes > BYTES_MAX ? [{ path: 'files', message: `must be at most ${String(BYTES_MAX)} bytes together` }] : [];
}

function oddIn(odd: ReadonlyMap<string, string>): Issue[] {
  return [...odd].map(([path, kind]) => ({ path: `files.${path}`, message: `is ${kind}; a skill has files only` }));
}

/** Nobody sees what is in an archive within the archive: neither a person nor a check. */
function nestedIn(files: ReadonlyMap<string, Buffer>): Issue[] {
  return [...files]
    .filter(([, bytes]) => isArchive(bytes))
    .map(([path]) => ({ path: `files.${path}`, message: 'is an archive; unpack it, so that what is in it can be looked at' }));
}

function isArchive(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 6).toString('hex');
  return ARCHIVES.some((magic) => start.startsWith(magic)) || bytes.subarray(TAR_AT, TAR_AT + 5).toString('latin1') === 'ustar';
}

function manifestOf(files: ReadonlyMap<string, Buffer>): string {
  const [, bytes = Buffer.alloc(0)] = [...files].find(([path]) => isManifest(path)) ?? [];
  if (!isText(bytes)) throw noSkill([{ path: MANIFEST, message: 'must be text in UTF-8' }]);
  return bytes.toString();
}

function checkBody({ runtime }: FrontMatter, body: string): Issue[] {
  if (runtime === 'none' && body.trim() === '') return [{ path: MANIFEST, message: 'must have instructions below its front matter' }];
  return body.length > INSTRUCTIONS_CHARACTERS_MAX
    ? [
        {
          path: MANIFEST,
          message: `must be at most ${String(INSTRUCTIONS_CHARACTERS_MAX)} characters; put the rest into files that it names`,
        },
      ]
    : [];
}

function checkEntry({ entry }: FrontMatter, files: ReadonlyMap<string, Buffer>): Issue[] {
  return entry === undefined || files.has(entry)
    ? []
    : [{ path: `${MANIFEST}: entry`, message: `must be a file of the skill, and there is no ${JSON.stringify(entry)}` }];
}

function digestOf(files: ReadonlyMap<string, Buffer>): Buffer {
  const hash = createHash('sha256');
  for (const [path, bytes] of files) hash.update(`${String(Buffer.byteLength(path))}:${path}${String(bytes.length)}:`).update(bytes);
  return hash.digest();
}

function throwAny(issues: readonly Issue[]): void {
  if (issues.length > 0) throw noSkill(issues);
}

function noSkill(issues: readonly Issue[]): Fault {
  const [first] = issues;
  return new Fault('bad_request', `This is no skill: ${first?.path ?? ''} ${first?.message ?? ''}.`, {
    details: { ...toIssueDetails(issues) },
  });
}
