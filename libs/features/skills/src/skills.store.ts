import { type Actor, writeAudit } from '@openclaw/audit';
import { type Database, of, type OwnedStatement, type Query, type Row, statement, type Statement } from '@openclaw/db';
import { isText, type SkillPackage } from './read-package.js';
import type { SkillRuntime, SkillStatus } from './skill.schema.js';

/** A skill as it is kept, without its files. */
export interface SkillRow {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly status: SkillStatus;
  /** Why the house took it from the agent. */
  readonly statusReason: string | null;
  readonly runtime: SkillRuntime;
  /** As its front matter writes them. */
  readonly permissions: readonly string[];
  readonly source: string;
  readonly digest: Buffer;
  readonly installedAt: Date;
  readonly lastUsed: Date | null;
  readonly invocations: number;
}

/** A skill and all that it was installed with. */
export interface WholeSkill extends SkillRow {
  readonly instructions: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** What came of installing: kept, kept already, or why not. `before` is what it took the place of. */
export type Installing =
  | { readonly outcome: 'installed'; readonly skill: SkillRow; readonly before: WholeSkill | null }
  | { readonly outcome: 'same'; readonly skill: SkillRow }
  | { readonly outcome: 'taken'; readonly by: SkillRow }
  | { readonly outcome: 'full' };

/** Each is in the prompt of every run that has tools. */
const SKILLS_MAX = 100;
const KEPT = {
  name: 'text',
  version: 'text',
  description: 'text',
  status: of<SkillStatus>('text'),
  status_reason: 'text?',
  runtime: of<SkillRuntime>('text'),
  permissions: 'text[]',
  source: 'text',
  digest: 'bytea',
  installed_at: 'timestamptz',
  last_used: 'timestamptz?',
  invocations: 'float8',
} as const;
const COLUMNS =
  'name, version, description, status, status_reason, runtime, permissions, source, digest, installed_at, last_used, invocations::float8 AS invocations';

/** Held to the end of the transaction: two installations of one name come one after the other. */
const LOCK = statement({ name: 'lock_skills', text: 'SELECT pg_advisory_xact_lock(83, 0)' });
const LIST = statement({ name: 'list_skills', row: KEPT, text: `SELECT ${COLUMNS} FROM skills ORDER BY name` });
const FIND = statement({
  name: 'find_skill',
  params: { name: 'text' },
  row: { ...KEPT, instructions: 'text', manifest: of<Record<string, unknown>>('jsonb') },
  text: `SELECT ${COLUMNS}, instructions, manifest FROM skills WHERE name = :name`,
});
const LIST_FILES = statement({
  name: 'list_skill_files',
  params: { name: 'text' },
  row: { path: 'text', size: 'int4' },
  text: 'SELECT path, coalesce(octet_length(content), octet_length(bytes)) AS size FROM skill_files WHERE skill = :name ORDER BY path',
});
const COUNT = statement({
  name: 'count_skills',
  row: { installed: 'int4', active: 'int4' },
  text: `SELECT count(*)::int4 AS installed, count(*) FILTER (WHERE status = 'active')::int4 AS active FROM skills`,
});
const DROP = statement({
  name: 'drop_skill',
  params: { name: 'text' },
  row: { version: 'text', digest: 'bytea' },
  text: 'DELETE FROM skills WHERE name = :name RETURNING version, digest',
});
const KEEP = statement({
  name: 'keep_skill',
  params: {
    name: 'text',
    version: 'text',
    description: 'text',
    instructions: 'text',
    manifest: of<object>('jsonb'),
    digest: 'bytea',
    source: 'text',
    installedBy: 'text',
    runtime: 'text',
    entry: 'text?',
    timeoutS: 'int4',
    permissions: 'text[]',
    parameters: of<object | null>('jsonb?'),
    paths: 'text[]',
    files: 'bytea[]',
    texts: 'bool[]',
  },
  row: KEPT,
  text: `WITH kept AS (
  INSERT INTO skills (name, version, description, instructions, manifest, digest, source, installed_by, runtime, entry, timeout_s, permissions, parameters)
  VALUES (:name, :version, :description, :instructions, :manifest, :digest, :source, :installedBy, :runtime, :entry, :timeoutS, :permissions, :parameters) RETURNING *),
files AS (
  INSERT INTO skill_files (skill, path, content, bytes)
  SELECT kept.name, f.path, CASE WHEN f.is_text THEN convert_from(f.bytes, 'UTF8') END, CASE WHEN NOT f.is_text THEN f.bytes END
  FROM kept, unnest(:paths, :files, :texts) AS f(path, bytes, is_text))
SELECT ${COLUMNS} FROM kept`,
});
const SET_STATUS = statement({
  name: 'set_skill_status',
  params: { name: 'text', status: 'text' },
  row: KEPT,
  text: `UPDATE skills SET status = :status, status_reason = NULL WHERE name = :name RETURNING ${COLUMNS}`,
});
/** For the test that holds them to the schema. */
export const statements: readonly (Statement | OwnedStatement)[] = [LOCK, LIST, FIND, LIST_FILES, COUNT, DROP, KEEP, SET_STATUS];

/** Skills in Postgres. */
export class SkillsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All, by name. */
  async list(): Promise<SkillRow[]> {
    return (await this.#database.query(LIST)).map(toSkill);
  }

  /** null where there is none. */
  async find(name: string): Promise<WholeSkill | null> {
    return this.#database.transaction((query) => find(query, name));
  }

  async counts(): Promise<{ readonly installed: number; readonly active: number }> {
    const [row] = await this.#database.query(COUNT);
    return row ?? { installed: 0, active: 0 };
  }

  /** Keeps a package, or nothing. @param replace whether it may take the place of another of its name */
  async install(
    actor: Actor,
    skill: SkillPackage,
    { source, replace }: { readonly source: string; readonly replace: boolean },
  ): Promise<Installing> {
    const { manifest, instructions, digest, files } = skill;
    const { name, version, description } = manifest;
    return this.#database.transaction(async (query) => {
      await query(LOCK);
      const before = await find(query, name);
      const obstacle = await obstacleTo(query, before, { digest, replace });
      if (obstacle) return obstacle;
      if (before) await query(DROP, { name });
      const bytes = [...files.values()];
      const { runtime, entry = null, timeout: timeoutS, permissions, parameters = null } = manifest;
      const code = { runtime, entry, timeoutS, permissions, parameters };
      const [row] = await query(KEEP, {
        name,
        version,
        description,
        instructions,
        manifest,
        digest,
        source,
        installedBy: actor.tokenId,
        ...code,
        paths: [...files.keys()],
        files: bytes,
        texts: bytes.map(isText),
      });
      if (!row) return { outcome: 'full' };
      const details = { version, source, digest: digestText(digest), replaced: before === null ? null : digestText(before.digest) };
      await writeAudit(query, actor, { action: 'skill.installed', target: name, details });
      return { outcome: 'installed', skill: toSkill(row), before };
    });
  }

  /** null where there is none. */
  async setStatus(actor: Actor, name: string, status: SkillStatus): Promise<SkillRow | null> {
    return this.#database.transaction(async (query) => {
      const [row] = await query(SET_STATUS, { name, status });
      if (!row) return null;
      await writeAudit(query, actor, { action: 'skill.changed', target: name, details: { status } });
      return toSkill(row);
    });
  }

  /** @returns false where there is none */
  async remove(actor: Actor, name: string): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const [row] = await query(DROP, { name });
      if (!row) return false;
      await writeAudit(query, actor, {
        action: 'skill.removed',
        target: name,
        details: { version: row.version, digest: digestText(row.digest) },
      });
      return true;
    });
  }
}

/** As the API tells a digest. */
export function digestText(digest: Buffer): string {
  return `sha256:${digest.toString('hex')}`;
}

/** Why nothing is to be kept; null where something is. */
async function obstacleTo(
  query: Query,
  before: WholeSkill | null,
  { digest, replace }: { readonly digest: Buffer; readonly replace: boolean },
): Promise<Installing | null> {
  if (before?.digest.equals(digest)) return { outcome: 'same', skill: before };
  if (before) return replace ? null : { outcome: 'taken', by: before };
  const [count] = await query(COUNT);
  return (count?.installed ?? 0) >= SKILLS_MAX ? { outcome: 'full' } : null;
}

async function find(query: Query, name: string): Promise<WholeSkill | null> {
  const [row] = await query(FIND, { name });
  if (!row) return null;
  const { instructions, manifest } = row;
  return { ...toSkill(row), instructions, manifest, files: await query(LIST_FILES, { name }) };
}

function toSkill(row: Row<typeof KEPT>): SkillRow {
  const { name, version, description, status, runtime, permissions, source, digest, invocations } = row;
  return {
    name,
    version,
    description,
    status,
    statusReason: row.status_reason,
    runtime,
    permissions,
    source,
    digest,
    installedAt: row.installed_at,
    lastUsed: row.last_used,
    invocations,
  };
}
