import {
  ConfigError,
  configText,
  hiddenVariables,
  type HiddenVariable,
  loadConfig,
  type LoadConfigOptions,
  secretsOf,
} from '@openclaw/config';
import type { Logger, Redactor } from '@openclaw/telemetry';
import type { Config } from '@openclaw/words';
import { LiveSettings } from './live-settings.js';
import { type Overlay, readOverlay } from './overlay.store.js';

export interface FollowSettingsOptions {
  /** What file and environment say, as `loadConfig(source)` gave it. */
  readonly written: Config;
  readonly source?: LoadConfigOptions;
  /** Learns the secrets of each new configuration before anybody uses them. */
  readonly redactor: Redactor;
  /** Takes the level of each new configuration. */
  readonly logger: Logger;
}

/**
 * The settings of a process, begun with what is written and what the API changed; once started they follow both, and set the log's
 * level. Where Postgres is away, or what the API changed fits no more, the process begins without and the log says so.
 */
export async function followSettings({ written, source = {}, redactor, logger }: FollowSettingsOptions): Promise<LiveSettings> {
  const load = (overlay: Overlay['document']): Config => {
    const config = loadConfig({ ...source, overlay });
    redactor.learn(secretsOf(config));
    return config;
  };
  const overlay = await readOverlay(written.database.url, logger);
  const started = overlay.revision === '0' ? written : loadOr(written, () => load(overlay.document), logger);
  const hidden = (document: Overlay['document']): HiddenVariable[] => hiddenVariables({ ...source, overlay: document });
  for (const { path, variable } of hidden(overlay.document)) {
    logger.warn({ path, variable }, 'a variable that the API has changed the key of has no effect; PUT null there to let it count again');
  }
  const settings = new LiveSettings({ started, load, hidden, text: () => configText(source), logger });
  const follow = (now: Config, before: Config): void => {
    if (now.gateway.logging.level !== before.gateway.logging.level) logger.level = now.gateway.logging.level;
  };
  follow(started, written);
  settings.onChange(follow);
  return settings;
}

function loadOr(written: Config, load: () => Config, logger: Logger): Config {
  try {
    return load();
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    logger.error({ err: thrown }, 'what the API changed of the settings fits no more; started without');
    return written;
  }
}
