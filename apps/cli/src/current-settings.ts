import { loadConfig, secretsOf } from '@openclaw/config';
import { followSettings, type LiveSettings } from '@openclaw/settings';
import { createLogger, Redactor } from '@openclaw/telemetry';
import type { Terminal } from './command.types.js';

/** What file and environment say, and what was changed over the API; where Postgres is away the first alone, which is said. */
export async function currentSettings(terminal: Terminal): Promise<LiveSettings> {
  const written = loadConfig(terminal);
  const redactor = new Redactor(secretsOf(written));
  const logger = createLogger({ level: 'warn', component: 'settings', redactor, destination: { write: terminal.err } });
  return followSettings({ written, source: terminal, redactor, logger });
}
