import { loadConfig, secretsOf } from '@openclaw/config';
import { Database } from '@openclaw/db';
import { createLogger, Redactor } from '@openclaw/telemetry';
import type { Terminal } from './command.types.js';

/** Lends the configured database to `use`, and closes it. @param component what the log lines of it are told as */
export async function withDatabase<T>(terminal: Terminal, component: string, use: (database: Database) => Promise<T>): Promise<T> {
  const config = loadConfig(terminal);
  const logger = createLogger({
    level: 'warn',
    component,
    redactor: new Redactor(secretsOf(config)),
    destination: { write: terminal.err },
  });
  const database = new Database({ url: config.database.url, poolMax: 2, logger, applicationName: 'openclaw-cli' });
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
