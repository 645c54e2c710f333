import type { ChangedConfig, ConfigPatch, ConfigRevision, ConfigRevisionList, ShownConfig } from '../contract.gen.js';
import type { CallOptions } from '../options.js';
import { type Page, pageFrom } from '../page.js';
import { jsonIn, pathOf, type Transport } from '../transport.js';

/** What a change is made under. */
export interface ChangeOptions extends CallOptions {
  /** The `etag` that was read: where others have changed it since, nothing is done. @throws ConflictError then */
  readonly ifMatch?: string;
}

/** The configuration of every process, changed without a restart where that is possible. Wants the scope `admin`. */
export class Config {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** In force, with every secret as `***REDACTED***`, and the mark to change it under. */
  async get(options: CallOptions = {}): Promise<{ readonly config: ShownConfig; readonly etag: string | null }> {
    return this.#transport.call({ method: 'GET', path: pathOf('config'), repeatable: true }, options, async (response) => ({
      config: await jsonIn<ShownConfig>(response),
      etag: response.headers.get('etag'),
    }));
  }

  /** A merge patch: what is left out stays, null goes back to what file and environment say. */
  async update(patch: ConfigPatch, { ifMatch, ...options }: ChangeOptions = {}): Promise<ChangedConfig> {
    return this.#transport.json(
      { method: 'PUT', path: pathOf('config'), json: patch, headers: conditions(ifMatch), repeatable: true },
      options,
    );
  }

  /** Newest first. */
  async revisions(query: { readonly limit?: number; readonly offset?: number } = {}, options?: CallOptions): Promise<Page<ConfigRevision>> {
    return pageFrom(query.offset ?? 0, async (offset) => {
      const { revisions, total } = await this.#transport.json<ConfigRevisionList>(
        { method: 'GET', path: pathOf('config', 'revisions'), query: { ...query, offset }, repeatable: true },
        options,
      );
      return { items: revisions, total };
    });
  }

  async restore(revision: number, { ifMatch, ...options }: ChangeOptions = {}): Promise<ChangedConfig> {
    return this.#transport.json(
      { method: 'POST', path: pathOf('config', 'revisions', String(revision), 'restore'), headers: conditions(ifMatch), repeatable: true },
      options,
    );
  }
}

function conditions(ifMatch: string | undefined): Record<string, string> {
  return ifMatch === undefined ? {} : { 'if-match': ifMatch };
}
