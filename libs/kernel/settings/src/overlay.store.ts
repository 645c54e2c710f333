import { Database, of, type Query, statement, type Statement } from '@openclaw/db';
import { Unreachable } from '@openclaw/errors';
import type { Logger } from '@openclaw/telemetry';

/** What the API changed, as a part of the tree that gateway.yaml is. */
export interface Overlay {
  /** One more at each change; '0' where there never was one. */
  readonly revision: string;
  readonly document: Readonly<Record<string, unknown>>;
}

const READ = statement({
  name: 'read_settings_overlay',
  row: { revision: 'int8', document: of<Record<string, unknown>>('jsonb') },
  text: 'SELECT revision, document FROM settings_overlay',
});

/** Compared and set: of two who changed the same revision one learns that he must look again. */
const WRITE = statement({
  name: 'write_settings_overlay',
  params: { known: 'int8', document: of<object>('jsonb') },
  row: { revision: 'int8' },
  text: `INSERT INTO settings_overlay AS overlay (revision, document) SELECT 1, :document WHERE :known = 0 OR EXISTS (SELECT FROM settings_overlay)
ON CONFLICT (single) DO UPDATE SET revision = overlay.revision + 1, document = excluded.document, updated_at = now() WHERE overlay.revision = :known
RETURNING revision`,
});

/** For the test that holds them to the schema. */
export const statements: readonly Statement[] = [READ, WRITE];

const NONE: Overlay = { revision: '0', document: {} };

/** What the API changed of the configuration. */
export class OverlayStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(): Promise<Overlay> {
    const [row] = await this.#database.query(READ);
    return row ?? NONE;
  }

  /**
   * @param known the revision that this change was made from
   * @param query the transaction that it belongs to; one of its own by default
   * @returns the new revision, null where another change came first
   */
  async write(known: string, document: Overlay['document'], query: Query = this.#database.query): Promise<string | null> {
    const [row] = await query(WRITE, { known, document });
    return row?.revision ?? null;
  }
}

/** Reads it once, before there is anything else; none where Postgres is away, which the log says. */
export async function readOverlay(url: string, logger: Logger): Promise<Overlay> {
  const database = new Database({ url, poolMax: 2, logger, applicationName: 'openclaw-settings' });
  try {
    return await new OverlayStore(database).read();
  } catch (thrown) {
    if (!(thrown instanceof Unreachable)) throw thrown;
    logger.warn({ err: thrown }, 'started without what the API changed of the settings');
    return NONE;
  } finally {
    await database.close();
  }
}
