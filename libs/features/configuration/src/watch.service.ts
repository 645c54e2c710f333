import { SYSTEM } from '@openclaw/audit';
import { ConfigError, isTree, redactConfig, type Tree, valueAt, withValue } from '@openclaw/config';
import { type PresenceStore, SILENCE_MS } from '@openclaw/presence';
import type { WrittenSettings } from '@openclaw/settings';
import type { Logger } from '@openclaw/telemetry';
import type { Config } from '@openclaw/words';
import { checkOrigins } from './check-origins.js';
import { changedPaths } from './check-patch.js';
import { changesOf } from './changes-of.js';
import { type Blame, findBlame, hasWorker, isDoubtful, isEverywhere, type Seen } from './find-blame.js';
import type { RevisionsStore, WatchedRevision, Watching } from './revisions.store.js';

/** How long a change is watched before it stands. */
const WATCH_MS = 15_000;
/** How long a busy worker is waited for that is to ask the providers. */
const PATIENCE_MS = 30_000;

export interface WatchOptions {
  readonly store: RevisionsStore;
  readonly presence: Pick<PresenceStore, 'known'>;
  readonly settings: Pick<WrittenSettings, 'load'>;
  readonly logger: Logger;
}

/**
 * each second, in every gateway and in one worker: what is watched? ─► does anybody suffer from it? ─┬─ yes ─► taken back, as a revision
 *                                                                                                    └─ no, for 15 s ─► it stands
 *
 * All that it knows is in Postgres, and each step is compared and set there: whoever is alive does it, and it is done once.
 */
export class ConfigurationWatch {
  readonly #options: WatchOptions;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** One look. @returns whether anything is still watched */
  async look(): Promise<boolean> {
    const { store, presence } = this.#options;
    const watching = await store.watching();
    if (watching === null) return false;
    const seen: Seen = { processes: await presence.known(), silenceMs: SILENCE_MS };
    for (const revision of watching.watched) {
      const blame = findBlame(revision, seen);
      if (blame) {
        await this.#takeBack(revision, blame, watching);
        return true;
      }
    }
    for (const revision of watching.watched) await this.#settle(revision, seen);
    return true;
  }

  async #settle(revision: WatchedRevision, seen: Seen): Promise<void> {
    const isDue = revision.ageMs >= (revision.probed || !hasWorker(seen) ? WATCH_MS : PATIENCE_MS);
    if (!isDue || isDoubtful(seen, revision)) return;
    const isProven = revision.probed && Object.values(revision.probes).every(({ outcome }) => outcome === 'accepted');
    await this.#options.store.settle(
      revision.revision,
      isProven && isEverywhere(seen, revision.revision) ? 'confirmed' : 'unverified',
      null,
    );
  }

  /** To what was last confirmed, and no further: what others changed since stays. */
  async #takeBack(bad: WatchedRevision, blame: Blame, watching: Watching): Promise<void> {
    const { store, logger } = this.#options;
    const paths = changedPaths(bad.previous, bad.document).filter(
      (path) => blame.below?.every((key, index) => path[index] === key) ?? true,
    );
    const current = watching.current.document;
    const standing = paths.filter((path) => JSON.stringify(valueAt(current, path)) === JSON.stringify(valueAt(bad.document, path)));
    if (standing.length === 0) {
      await store.settle(bad.revision, 'superseded', blame.reason);
      return;
    }
    const without = standing.reduce<Tree>((document, path) => withValue(document, path, valueAt(watching.confirmed, path)), current);
    const before = this.#load(current);
    const [document, after, all] = this.#isSound(without)
      ? [without, this.#load(without), false]
      : [watching.confirmed, this.#load(watching.confirmed), true];
    const changes =
      before && after
        ? changesOf(current, document, before, after)
        : changedPaths(current, document).map((path) => ({ path: path.join('.'), before: null, after: null }));
    const taken = all ? watching.watched.map(({ revision }) => revision) : [bad.revision];
    const revision = await store.rollBack(
      {
        known: watching.current.revision,
        document,
        kind: 'rollback',
        of: bad.revision,
        actor: SYSTEM,
        reason: blame.reason,
        changes,
        work: [],
      },
      taken,
    );
    if (revision !== null)
      logger.error({ revision: bad.revision, by: revision, reason: blame.reason }, 'a change of the configuration was rolled back');
  }

  /** Valid, and no secret of it goes elsewhere than it was given for. */
  #isSound(document: Tree): boolean {
    const [after, written] = [this.#load(document), this.#load({})];
    if (after === null || written === null) return false;
    return checkOrigins({ sent: document, before: written, after: { ...after }, shown: redactConfig(after), written }).length === 0;
  }

  #load(document: Tree): Config | null {
    try {
      return this.#options.settings.load(document);
    } catch (thrown) {
      if (thrown instanceof ConfigError) return null;
      throw thrown;
    }
  }
}

/** The providers whose key, address or vendor a change touches. */
export function providersIn({ previous, document }: Pick<WatchedRevision, 'previous' | 'document'>): string[] {
  const touched = changedPaths(previous, document).filter(
    ([section, , key]) => section === 'providers' && (key === undefined || ['api_key', 'base_url', 'type'].includes(key)),
  );
  const [before, after] = [valueAt(previous, ['providers']), valueAt(document, ['providers'])];
  return [...new Set(touched.map(([, entry = '']) => entry))].filter((entry) =>
    [before, after].some((providers) => isTree(providers) && isTree(providers[entry])),
  );
}
