import { isDeepStrictEqual } from 'node:util';
import { ConfigError, redactConfig, takeLive, type Tree } from '@openclaw/config';
import { Fault } from '@openclaw/errors';
import { invalid } from '@openclaw/feature';
import type { Overlay, WrittenSettings } from '@openclaw/settings';
import type { NewWork } from '@openclaw/work';
import type { Caller, Config, Issue } from '@openclaw/words';
import { changesOf } from './changes-of.js';
import { checkOrigins } from './check-origins.js';
import { asRead, checkLocal, checkReferences } from './check-patch.js';
import type { ChangedConfig, Revision } from './configuration.schema.js';
import { newsIn, patched } from './merge-patch.js';
import { restoreSecrets } from './restore-secrets.js';
import type { RevisionsStore } from './revisions.store.js';

/** What a change is made under. */
export interface Conditions {
  /** As the header says it; undefined where it was not sent. */
  readonly ifMatch: string | undefined;
  /** @throws Fault where the request that makes the change could not come again under this configuration */
  readonly stillAdmits: (config: Config) => void;
}

/** The configuration as it is shown, and which revision of the API's changes is in it. */
export interface ShownConfig {
  readonly config: Record<string, unknown>;
  readonly revision: number;
}

interface Draft {
  readonly overlay: Overlay;
  readonly before: Config;
  /** What the change itself brings, secrets put back. */
  readonly sent: Tree;
  readonly document: Tree;
}

/** What the API may change in all: every revision keeps the whole of it. */
const DOCUMENT_CHARACTERS_MAX = 262_144;
/** As often as other changes may come first before a caller is told to try again. */
const TRIES = 10;

/**
 * patch ─► only what is new ─► secrets put back ─► laid over ─► the whole configuration valid? ─► no secret to another address, nobody shut out
 *       ─► overlay, revision, audit, watch in one transaction, compared and set ─► looked at here at once, elsewhere within a second
 *
 * Nothing is changed until all of it is right.
 */
export class ConfigurationService {
  readonly #store: RevisionsStore;
  readonly #settings: WrittenSettings;
  readonly #watch: () => NewWork;

  /** @param watch makes the work that looks whether a change does well */
  constructor(store: RevisionsStore, settings: WrittenSettings, watch: () => NewWork) {
    this.#store = store;
    this.#settings = settings;
    this.#watch = watch;
  }

  async get(): Promise<ShownConfig> {
    const overlay = await this.#store.current();
    return { config: show(this.#effective(overlay)), revision: Number(overlay.revision) };
  }

  /** @throws Fault `bad_request` with every problem at once, `conflict` where `If-Match` is stale */
  async put(caller: Caller, patch: Tree, conditions: Conditions): Promise<ChangedConfig> {
    return this.#change(caller, conditions, { kind: 'put', of: null }, (overlay) => this.#draft(overlay, patch));
  }

  /** @throws Fault `not_found` where that revision is not known, and as {@link put} */
  async restore(caller: Caller, revision: number, conditions: Conditions): Promise<ChangedConfig> {
    const document = await this.#store.documentOf(revision);
    if (document === null) throw new Fault('not_found', 'There is no such revision; the oldest are forgotten.');
    return this.#change(caller, conditions, { kind: 'restore', of: revision }, (overlay) => ({
      overlay,
      before: this.#effective(overlay),
      sent: document,
      document,
    }));
  }

  async list(page: {
    readonly limit: number;
    readonly offset: number;
  }): Promise<{ revisions: Revision[]; total: number; limit: number; offset: number }> {
    return { ...(await this.#store.list(page)), ...page };
  }

  async #change(
    caller: Caller,
    { ifMatch, stillAdmits }: Conditions,
    what: { kind: 'put' | 'restore'; of: number | null },
    draftOf: (overlay: Overlay) => Draft,
  ): Promise<ChangedConfig> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const overlay = await this.#store.current();
      if (!matches(ifMatch, overlay.revision)) throw stale(overlay.revision);
      const draft = draftOf(overlay);
      const after = this.#validated(draft);
      stillAdmits(after);
      const document = asRead(draft.document, after);
      if (isDeepStrictEqual(document, overlay.document)) return this.#reply(Number(overlay.revision), draft, after);
      const changes = changesOf(overlay.document, document, draft.before, after);
      const revision = await this.#store.add({
        known: overlay.revision,
        document,
        ...what,
        actor: caller,
        reason: null,
        changes,
        work: [this.#watch()],
      });
      if (revision === null) continue;
      await this.#settings.refresh();
      return this.#reply(revision, { ...draft, document }, after);
    }
    throw new Fault('conflict', 'Others change the configuration at this very moment. Try again.', { details: {} });
  }

  #draft(overlay: Overlay, patch: Tree): Draft {
    const before = this.#effective(overlay);
    const shown = show(before);
    const { value, issues } = restoreSecrets(newsIn(patch, shown), before, shown);
    const sent = value as Tree; // a patch with other texts in it
    refuse([...issues, ...checkReferences(sent)]);
    return { overlay, before, sent, document: patched(overlay.document, sent) };
  }

  /** The whole of it. @throws Fault `bad_request` */
  #validated({ before, sent, document }: Draft): Config {
    refuse(
      JSON.stringify(document).length > DOCUMENT_CHARACTERS_MAX
        ? [{ path: '', message: 'is more than the API may change in all: put it into gateway.yaml' }]
        : checkLocal(document),
    );
    const after = this.#load(document);
    const written = this.#load({});
    refuse(checkOrigins({ sent, before, after: asTree(after), shown: show(after), written }));
    return after;
  }

  #load(document: Tree): Config {
    try {
      return this.#settings.load(document);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      throw invalid(thrown.problems);
    }
  }

  /** Where what is written is wrong at this moment, what is in force. */
  #effective({ document }: Overlay): Config {
    try {
      return this.#settings.load(document);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      return this.#settings.get();
    }
  }

  #reply(revision: number, { before, document }: Draft, after: Config): ChangedConfig {
    const waiting = takeLive(this.#settings.started, after).pending;
    const paths = takeLive(before, after).pending.filter((path) => waiting.includes(path));
    return {
      config: show(after),
      revision,
      restart_required: paths.length > 0,
      restart_paths: paths,
      overrides: this.#settings.hidden(document),
    };
  }
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw invalid(issues);
}

function show(config: Config): Record<string, unknown> {
  return { ...redactConfig(config) };
}

function asTree(config: Config): Tree {
  return { ...config };
}

/** RFC 9110, 13.1.1, but that a proxy's `W/` is passed over: the number means the same behind it. */
function matches(ifMatch: string | undefined, revision: string): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true;
  return ifMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${revision}"`);
}

function stale(revision: string): Fault {
  return new Fault(
    'conflict',
    'The configuration was changed since you read it. Read it anew, and send the change with the ETag of that.',
    { details: { revision: Number(revision) } },
  );
}
