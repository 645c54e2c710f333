import type { Tree } from '@openclaw/config';
import type { Database } from '@openclaw/db';
import { type LiveSettings, OverlayStore } from '@openclaw/settings';
import type { Caller } from '@openclaw/words';
import type { ChangedConfig } from './configuration.schema.js';
import { ConfigurationService } from './configuration.service.js';
import { newWatch } from './new-watch.js';
import { RevisionsStore } from './revisions.store.js';

/** A change that is made beside the API. */
export interface ChangeByHand {
  readonly database: Database;
  /** Of this process, not yet started. */
  readonly settings: LiveSettings;
  /** RFC 7396. */
  readonly patch: Tree;
}

/** Changes the configuration from a process that is neither gateway nor worker. @throws Fault `bad_request` with every problem at once */
export async function changeByHand(caller: Caller, { database, settings, patch }: ChangeByHand): Promise<ChangedConfig> {
  await settings.start(new OverlayStore(database));
  try {
    const service = new ConfigurationService(new RevisionsStore(database), settings, newWatch);
    return await service.put(caller, patch, { ifMatch: undefined, stillAdmits: () => undefined });
  } finally {
    await settings.stop();
  }
}
