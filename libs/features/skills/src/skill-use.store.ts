import { type Database, of, type Statement, statement } from '@openclaw/db';
import type { SkillRuntime } from './skill.schema.js';

/** What the agent is offered. */
export interface OfferedSkill {
  readonly name: string;
  readonly description: string;
  /** What is run when it is called; null where it is instructions alone. */
  readonly code: SkillCode | null;
}

/** What runs when a skill is called. */
export interface SkillCode {
  readonly runtime: Exclude<SkillRuntime, 'none'>;
  readonly entry: string;
  readonly timeoutS: number;
  readonly permissions: readonly string[];
  /** JSON Schema of the arguments; null where it takes any object. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly digest: Buffer;
}

/** From the one that it was stored with. */
const FAIL = statement({
  name: 'fail_skill',
  params: { digest: 'bytea', reason: 'text' },
  row: { name: 'text' },
  text: `UPDATE skills SET status = 'error', status_reason = :reason WHERE digest = :digest AND status = 'active' RETURNING name`,
});
const OFFERED = statement({
  name: 'offered_skills',
  row: {
    name: 'text',
    description: 'text',
    runtime: of<SkillRuntime>('text'),
    entry: 'text?',
    timeout_s: 'int4',
    permissions: 'text[]',
    parameters: of<Readonly<Record<string, unknown>> | null>('jsonb?'),
    digest: 'bytea',
  },
  pipelined: true,
  text: `SELECT name, description, runtime, entry, timeout_s, permissions, parameters, digest FROM skills WHERE status = 'active' ORDER BY name`,
});
const OPEN = statement({
  name: 'open_skill',
  params: { name: 'text' },
  row: { instructions: 'text', paths: 'text[]' },
  text: `UPDATE skills SET invocations = invocations + 1, last_used = now() WHERE name = :name AND status = 'active'
RETURNING instructions, (SELECT coalesce(array_agg(f.path ORDER BY f.path), '{}') FROM skill_files f WHERE f.skill = skills.name AND lower(f.path) <> 'skill.md') AS paths`,
});
const USE = statement({
  name: 'use_skill',
  params: { name: 'text', digest: 'bytea' },
  row: { name: 'text' },
  text: `UPDATE skills SET invocations = invocations + 1, last_used = now() WHERE name = :name AND digest = :digest AND status = 'active' RETURNING name`,
});
const READ_FILE = statement({
  name: 'read_skill_file',
  params: { name: 'text', path: 'text' },
  row: { content: 'text?' },
  text: `SELECT f.content FROM skill_files f JOIN skills s ON s.name = f.skill WHERE f.skill = :name AND f.path = :path AND s.status = 'active'`,
});
const BUNDLE = statement({
  name: 'skill_bundle',
  params: { digest: 'bytea' },
  row: { path: 'text', bytes: 'bytea' },
  text: `SELECT f.path, coalesce(f.bytes, convert_to(f.content, 'UTF8')) AS bytes FROM skill_files f JOIN skills s ON s.name = f.skill WHERE s.digest = :digest ORDER BY f.path`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [FAIL, OFFERED, OPEN, USE, READ_FILE, BUNDLE];

/** Skills as the agent uses them. */
export class SkillUseStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes the skill of that digest from the agent, until a person gives it back.
   * @returns its name; null where none of that digest is active
   */
  async fail(digest: Buffer, reason: string): Promise<string | null> {
    const [row] = await this.#database.query(FAIL, { digest, reason });
    return row?.name ?? null;
  }

  /** What the agent is offered at this moment. */
  async offered(): Promise<OfferedSkill[]> {
    const rows = await this.#database.query(OFFERED);
    return rows.map(({ name, description, runtime, entry, timeout_s: timeoutS, permissions, parameters, digest }) => {
      const code = runtime === 'none' || entry === null ? null : { runtime, entry, timeoutS, permissions, parameters, digest };
      return { name, description, code };
    });
  }

  /** Its instructions and the paths of its other files, counted as a use; null where it is not offered any more. */
  async open(name: string): Promise<{ readonly instructions: string; readonly paths: readonly string[] } | null> {
    const [row] = await this.#database.query(OPEN, { name });
    return row ?? null;
  }

  /** Counts a use of its code. @returns false where this very one is not offered any more */
  async use(name: string, digest: Buffer): Promise<boolean> {
    const [row] = await this.#database.query(USE, { name, digest });
    return row !== undefined;
  }

  /** The files of a digest by path, SKILL.md among them; none where it is not installed any more. */
  async bundle(digest: Buffer): Promise<ReadonlyMap<string, Buffer>> {
    const rows = await this.#database.query(BUNDLE, { digest });
    return new Map(rows.map(({ path, bytes }) => [path, bytes]));
  }

  /** null where it has no such file of text, or is not offered any more. */
  async readFile(name: string, path: string): Promise<string | null> {
    const [row] = await this.#database.query(READ_FILE, { name, path });
    return row?.content ?? null;
  }
}
