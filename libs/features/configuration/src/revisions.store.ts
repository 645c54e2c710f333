import { writeAudit, type Actor } from '@openclaw/audit';
import { type Database, of, type Query, statement, type Statement } from '@openclaw/db';
import { type Overlay, OverlayStore } from '@openclaw/settings';
import { type NewWork, WorkStore } from '@openclaw/work';
import type { REVISION_KINDS, REVISION_STATUSES, Revision } from './configuration.schema.js';

export type RevisionStatus = (typeof REVISION_STATUSES)[number];
export type RevisionKind = (typeof REVISION_KINDS)[number];

/** A change that is to be written. */
export interface NewRevision {
  /** The revision that it was made from. */
  readonly known: string;
  readonly document: Overlay['document'];
  readonly kind: RevisionKind;
  /** What is restored or taken back; null for a plain change. */
  readonly of: number | null;
  readonly actor: Actor;
  readonly reason: string | null;
  readonly changes: Revision['changes'];
  /** Whoever looks whether it works. */
  readonly work: readonly NewWork[];
}

/** What a provider said to its key. */
export interface Probe {
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  readonly status: number | null;
}

/** A change that is watched. */
export interface WatchedRevision {
  readonly revision: number;
  readonly document: Overlay['document'];
  /** The overlay before it. */
  readonly previous: Overlay['document'];
  readonly createdAt: Date;
  /** By Postgres' clock. */
  readonly ageMs: number;
  /** Whether the providers that it touches were asked. */
  readonly probed: boolean;
  readonly probes: Readonly<Record<string, Probe>>;
}

/** All that is watched, oldest first, and what surrounds it. */
export interface Watching {
  readonly watched: readonly WatchedRevision[];
  readonly current: Overlay;
  /** The overlay of the last revision before them that stood. */
  readonly confirmed: Overlay['document'];
}

/** So many are kept; older ones cannot be restored any more. */
const REVISIONS_MAX = 500;
const AUDITED_PATHS_MAX = 50;
const ACTIONS = { put: 'config.changed', restore: 'config.restored', rollback: 'config.rolled_back' } as const;
const COLUMNS = 'revision, kind, of_revision, status, reason, created_at, token_id, changed_by, request_id, changes';
const ROW = {
  revision: 'int8',
  kind: of<RevisionKind>('text'),
  of_revision: 'int8?',
  status: of<RevisionStatus>('text'),
  reason: 'text?',
  created_at: 'timestamptz',
  token_id: 'text',
  changed_by: 'text',
  request_id: 'text',
  changes: of<Revision['changes']>('jsonb'),
} as const;

const ADD = statement({
  name: 'add_settings_revision',
  params: {
    revision: 'int8',
    document: of<object>('jsonb'),
    kind: 'text',
    of: 'int8?',
    tokenId: 'text',
    changedBy: 'text',
    requestId: 'text',
    reason: 'text?',
    changes: of<object>('jsonb'),
    status: 'text',
    max: 'int8',
  },
  text: `WITH forgotten AS (DELETE FROM settings_revisions WHERE revision <= :revision - :max)
INSERT INTO settings_revisions (revision, document, kind, of_revision, token_id, changed_by, request_id, reason, changes, status, settled_at)
VALUES (:revision, :document, :kind, :of, :tokenId, :changedBy, :requestId, :reason, :changes, :status, CASE WHEN :status <> 'watched' THEN now() END)`,
});
const FIND = statement({
  name: 'find_settings_revision',
  params: { revision: 'int8' },
  row: { document: of<Record<string, unknown>>('jsonb') },
  text: 'SELECT document FROM settings_revisions WHERE revision = :revision',
});
const WATCHED = statement({
  name: 'watched_settings_revisions',
  row: {
    revision: 'int8',
    document: of<Record<string, unknown>>('jsonb'),
    previous: of<Record<string, unknown> | null>('jsonb?'),
    created_at: 'timestamptz',
    age_ms: 'float8',
    probes: of<Record<string, Probe> | null>('jsonb?'),
    confirmed: of<Record<string, unknown> | null>('jsonb?'),
  },
  text: `SELECT r.revision, r.document, before.document AS previous, r.created_at, (extract(epoch FROM clock_timestamp() - r.created_at) * 1000)::float8 AS age_ms, r.probes,
  (SELECT good.document FROM settings_revisions good WHERE good.revision < r.revision AND good.status IN ('confirmed', 'unverified') ORDER BY good.revision DESC LIMIT 1) AS confirmed
FROM settings_revisions r LEFT JOIN settings_revisions before ON before.revision = r.revision - 1 WHERE r.status = 'watched' ORDER BY r.revision`,
});
const SETTLE = statement({
  name: 'settle_settings_revision',
  params: { revision: 'int8', status: 'text', reason: 'text?' },
  text: `UPDATE settings_revisions SET status = :status, reason = :reason, settled_at = now() WHERE revision = :revision AND status = 'watched'`,
});
const NOTE_PROBES = statement({
  name: 'note_settings_probes',
  params: { revision: 'int8', probes: of<object>('jsonb') },
  text: 'UPDATE settings_revisions SET probes = :probes WHERE revision = :revision AND probes IS NULL',
});
const LIST = statement({
  name: 'list_settings_revisions',
  params: { limit: 'int4', offset: 'int4' },
  row: ROW,
  text: `SELECT ${COLUMNS} FROM settings_revisions ORDER BY revision DESC LIMIT :limit OFFSET :offset`,
});
const COUNT = statement({
  name: 'count_settings_revisions',
  row: { total: 'int4' },
  text: 'SELECT count(*)::int4 AS total FROM settings_revisions',
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [ADD, FIND, WATCHED, SETTLE, NOTE_PROBES, LIST, COUNT];

/** What the API changed, now and before. */
export class RevisionsStore {
  readonly #database: Database;
  readonly #overlay: OverlayStore;
  readonly #work: WorkStore;

  constructor(database: Database) {
    this.#database = database;
    this.#overlay = new OverlayStore(database);
    this.#work = new WorkStore(database);
  }

  async current(): Promise<Overlay> {
    return this.#overlay.read();
  }

  /** Overlay, revision, audit and the work that watches it, or nothing. @returns its number; null where another change came first */
  async add(change: NewRevision): Promise<number | null> {
    return this.#database.transaction((query) => this.#add(query, change));
  }

  /** As {@link add}; of these revisions it is known from then on that they were taken back. */
  async rollBack(change: NewRevision, taken: readonly number[]): Promise<number | null> {
    return this.#database
      .transaction(async (query) => {
        for (const revision of taken) await query(SETTLE, { revision, status: 'rolled_back', reason: change.reason });
        const revision = await this.#add(query, change);
        if (revision === null) throw new Stale();
        return revision;
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof Stale) return null;
        throw thrown;
      });
  }

  async #add(query: Query, { known, document, kind, of: ofRevision, actor, reason, changes, work }: NewRevision): Promise<number | null> {
    const revision = await this.#overlay.write(known, document, query);
    if (revision === null) return null;
    const { tokenId, person: changedBy, requestId } = actor;
    const status = work.length > 0 ? 'watched' : 'confirmed';
    await query(ADD, {
      ...{ revision, document, kind, tokenId, changedBy, requestId, reason, changes, status },
      of: ofRevision,
      max: REVISIONS_MAX,
    });
    await this.#work.enqueue(work, query);
    const paths = changes.slice(0, AUDITED_PATHS_MAX).map(({ path }) => path);
    const details = {
      paths,
      more: changes.length - paths.length,
      ...(ofRevision === null ? {} : { of: ofRevision }),
      ...(reason === null ? {} : { reason }),
    };
    await writeAudit(query, actor, { action: ACTIONS[kind], target: revision, details });
    return Number(revision);
  }

  /** null where nothing is. */
  async watching(): Promise<Watching | null> {
    const rows = await this.#database.query(WATCHED);
    const [first] = rows;
    if (!first) return null;
    const watched = rows.map(({ revision, document, previous, created_at: createdAt, age_ms: ageMs, probes }) => ({
      ...{ document, createdAt, ageMs },
      revision: Number(revision),
      previous: previous ?? {},
      probed: probes !== null,
      probes: probes ?? {},
    }));
    return { watched, current: await this.#overlay.read(), confirmed: first.confirmed ?? {} };
  }

  /** How it turned out, once. */
  async settle(revision: number, status: RevisionStatus, reason: string | null): Promise<void> {
    await this.#database.query(SETTLE, { revision, status, reason });
  }

  /** What the providers said that it touches, once. */
  async noteProbes(revision: number, probes: Readonly<Record<string, Probe>>): Promise<void> {
    await this.#database.query(NOTE_PROBES, { revision, probes });
  }

  /** The overlay as of then; null where that is not known. Revision 0 is none at all. */
  async documentOf(revision: number): Promise<Overlay['document'] | null> {
    if (revision === 0) return {};
    const [row] = await this.#database.query(FIND, { revision });
    return row?.document ?? null;
  }

  /** Newest first. */
  async list(page: { readonly limit: number; readonly offset: number }): Promise<{ revisions: Revision[]; total: number }> {
    const [rows, [count]] = await Promise.all([this.#database.query(LIST, page), this.#database.query(COUNT)]);
    const revisions = rows.map(
      ({ revision, of_revision: ofRevision, created_at: createdAt, token_id: tokenId, changed_by: person, ...rest }) => ({
        revision: Number(revision),
        of: ofRevision === null ? null : Number(ofRevision),
        created_at: createdAt.toISOString(),
        actor: { token_id: tokenId, person },
        ...rest,
      }),
    );
    return { revisions, total: count?.total ?? 0 };
  }
}

/** Another change came first: what was written with this one is not to be. */
class Stale extends Error {}
