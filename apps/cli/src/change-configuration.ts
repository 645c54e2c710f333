import type { Tree } from '@openclaw/config';
import { type ChangedConfig, changeByHand } from '@openclaw/configuration';
import type { LiveSettings } from '@openclaw/settings';
import type { Terminal } from './command.types.js';
import { OPERATOR } from './operator.js';
import { withDatabase } from './with-database.js';

/** Changes the configuration by a merge patch, as `PUT /config` does: validated whole, kept as a revision, audited, watched. */
export function changeConfiguration(terminal: Terminal, settings: LiveSettings, patch: Tree): Promise<ChangedConfig> {
  return withDatabase(terminal, 'configuration', (database) => changeByHand(OPERATOR, { database, settings, patch }));
}
