import { createHash } from 'node:crypto';
import type { Actor } from '@openclaw/audit';
import { Fault } from '@openclaw/errors';
import { Answer } from '@openclaw/feature';
import { lookForSigns } from './look-for-signs.js';
import type { OpenPackage } from './open-package.js';
import { type Permissions, permissionsInWords, toPermissions } from './permissions.schema.js';
import { readPackage, type SkillPackage } from './read-package.js';
import type { InstalledSkill, InstallSkill, Skill, SkillDetails, SkillList, SkillStatus } from './skill.schema.js';
import { digestText, type SkillRow, type SkillsStore, type WholeSkill } from './skills.store.js';

/** Why no code of skills can be run now; null where it can. */
export type CodeRefusal = () => Promise<string | null>;

/** Skills, as the API tells and changes them. */
export class SkillsService {
  readonly #skills: SkillsStore;
  readonly #open: OpenPackage;
  readonly #codeRefusal: CodeRefusal;

  constructor(skills: SkillsStore, open: OpenPackage, codeRefusal: CodeRefusal) {
    this.#skills = skills;
    this.#open = open;
    this.#codeRefusal = codeRefusal;
  }

  async list(): Promise<SkillList> {
    const [rows, refusal] = await Promise.all([this.#skills.list(), this.#codeRefusal()]);
    const skills = rows.map((row) => toSkill(row, refusal));
    return { skills, total: skills.length };
  }

  /** @throws Fault `not_found` */
  async get(name: string): Promise<SkillDetails> {
    const [found, refusal] = await Promise.all([this.#skills.find(name), this.#codeRefusal()]);
    if (!found) throw noSuch(name);
    const { instructions, manifest, files } = found;
    return { ...toSkill(found, refusal), instructions, manifest: { ...manifest }, files: [...files] };
  }

  /**
   * @returns 201, or 200 where that very package is installed
   * @throws Fault `bad_request` for what is no skill or another than was pinned, `conflict` for a name that is taken, and as {@link
   * OpenPackage}
   */
  async install(actor: Actor, asked: InstallSkill): Promise<Answer<201 | 200, InstalledSkill>> {
    const { path, digest, replace } = asked;
    const opened = await this.#open(asked);
    const skill = readPackage(opened.given, path);
    for (const pinned of [digest, opened.digest]) checkDigest(skill, opened.archive, pinned ?? undefined);
    const refusal = await this.#codeRefusal();
    const done = await this.#skills.install(actor, skill, { source: opened.source, replace });
    switch (done.outcome) {
      case 'taken':
        throw new Fault(
          'conflict',
          `There is a skill named ${done.by.name} already, version ${done.by.version}. Send \`replace: true\` to put this one in its place.`,
          { details: { digest: digestText(done.by.digest) } },
        );
      case 'full':
        throw new Fault('conflict', 'There are as many skills as there may be. Remove those that nobody uses.');
      case 'same':
        return new Answer(200, told(skill, done.skill, refusal));
      case 'installed':
        return new Answer(201, {
          ...told(skill, done.skill, refusal),
          ...(done.before ? { changes: changesFrom(done.before, skill) } : {}),
        });
    }
  }

  /** @throws Fault `not_found` */
  async setStatus(actor: Actor, name: string, status: SkillStatus): Promise<Skill> {
    const changed = await this.#skills.setStatus(actor, name, status);
    if (!changed) throw noSuch(name);
    return toSkill(changed, await this.#codeRefusal());
  }

  /** @throws Fault `not_found` */
  async remove(actor: Actor, name: string): Promise<void> {
    if (!(await this.#skills.remove(actor, name))) throw noSuch(name);
  }
}

function noSuch(name: string): Fault {
  return new Fault('not_found', `There is no skill named ${name}.`);
}

/** An archive's own sum is as good as that of the files; hosts that make archives anew change it. */
function checkDigest(skill: SkillPackage, archive: Buffer | null, pinned: string | undefined): void {
  const digest = digestText(skill.digest);
  if (pinned === undefined || pinned === digest) return;
  if (archive !== null && pinned === digestText(createHash('sha256').update(archive).digest())) return;
  throw new Fault('bad_request', 'This is another package than the digest names.', {
    details: { digest, issues: [{ path: 'digest', message: `is not that of these files, which is ${digest}` }] },
  });
}

function told({ manifest, files, findings }: SkillPackage, row: SkillRow, refusal: string | null): InstalledSkill {
  const words = permissionsInWords(manifest.runtime !== 'none', toPermissions(manifest.permissions));
  return { skill: toSkill(row, refusal), findings: [...findings, ...lookForSigns(files)], permissions_in_words: words };
}

function changesFrom(before: WholeSkill, { manifest, instructions, files }: SkillPackage): string[] {
  const old = new Map(before.files.map(({ path, size }) => [path, size]));
  const added = [...files.keys()].filter((path) => !old.has(path)).map((path) => `${path} is new`);
  const gone = [...old.keys()].filter((path) => !files.has(path)).map((path) => `${path} is gone`);
  return [
    ...(before.version === manifest.version ? [] : [`version ${before.version} is now ${manifest.version}`]),
    ...(before.description === manifest.description ? [] : ['the description is another']),
    ...(before.instructions === instructions ? [] : ['the instructions are others']),
    ...permissionsFrom(before.permissions, manifest.permissions),
    ...added,
    ...gone,
  ];
}

function permissionsFrom(before: readonly string[], after: readonly string[]): string[] {
  const more = after.filter((each) => !before.includes(each)).map((each) => `it asks for ${each}, which it did not before`);
  const less = before.filter((each) => !after.includes(each)).map((each) => `it asks for ${each} no longer`);
  return [...more, ...less];
}

/** A skill that is wanted and whose code nothing can run now says so. */
function toSkill(
  { name, version, description, runtime, source, digest, installedAt, lastUsed, invocations, ...row }: SkillRow,
  refusal: string | null,
): Skill {
  const reason = row.status === 'active' && runtime !== 'none' ? refusal : null;
  return {
    name,
    version,
    description,
    status: reason === null ? row.status : 'error',
    status_reason: reason ?? row.statusReason,
    runtime,
    source,
    digest: digestText(digest),
    permissions: toWire(toPermissions(row.permissions)),
    installed_at: installedAt.toISOString(),
    last_used: lastUsed?.toISOString() ?? null,
    invocations,
  };
}

function toWire({ network, filesystem, shell, env }: Permissions): Skill['permissions'] {
  return { network: [...network], filesystem: [...filesystem], shell, env: [...env] };
}
