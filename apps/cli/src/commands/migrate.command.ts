import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig, readSmallFile, secretsOf } from '@openclaw/config';
import type { Config } from '@openclaw/words';
import {
  applyMigrations,
  Database,
  ensureOwner,
  grantApplication,
  isUnreachable,
  type RoleOptions,
  type ApplicationRole,
} from '@openclaw/db';
import { Fault } from '@openclaw/errors';
import { LogsStore, LogWriter, toRetention } from '@openclaw/logs';
import { createLogger, type Logger, Redactor } from '@openclaw/telemetry';
import type { Terminal } from '../command.types.js';
import { defineCommand } from '../define-command.js';
import { text, whole } from '../options.js';
import { UsageError } from '../usage-error.js';

/** Beside the apps, in the repository and in the image alike; the same from src and from dist. */
const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));
const RETRY_MS = 500;
/** How a line begins that asks nobody to act. */
const QUIET = '{"level":"info"';

/** Safe to repeat and to run from several places at once: see applyMigrations. */
export const migrate = defineCommand({
  details: [
    'The role of --application is made where it is missing, and given what it needs and no more. Where it is the superuser of an',
    'installation from before there were two, that one is renamed.',
  ],
  options: {
    wait: whole('<seconds>', 'how long to wait for Postgres to come up', { min: 0, max: 99_999, initial: 60 }),
    application: text('<role>', 'the role that gateways and workers are'),
    applicationPasswordFile: text('<path>', 'where its password stands'),
  },
  run: async ({ options }, terminal) => {
    const config = loadConfig(terminal);
    const lines = new LogWriter();
    const logger = createLogger({
      level: 'info',
      component: 'migrate',
      redactor: new Redactor(secretsOf(config)),
      destination: {
        write: (line) => {
          if (!line.startsWith(QUIET)) terminal.err(line);
        },
      }, // what went well is told in words
      sink: lines,
    });
    const { url } = config.database;
    const application = applicationOf(options.application, options.applicationPasswordFile);
    const bring = (): Promise<string[]> => migrateAs({ url, logger, ...(application ? { application } : {}) });
    const applied = await untilReachable(bring, options.wait, terminal);
    if (applied.length > 0) await keepLines(config, lines, logger);
    terminal.out(applied.length === 0 ? 'the database is up to date\n' : applied.map((name) => `applied ${name}\n`).join(''));
    return 0;
  },
});

/** What was logged goes where GET /logs finds it, now that there is such a place. Never fails. */
async function keepLines(config: Config, lines: LogWriter, logger: Logger): Promise<void> {
  const database = new Database({ url: config.database.url, poolMax: 2, logger, applicationName: 'openclaw-cli' });
  lines.start({ store: new LogsStore(database), retention: () => toRetention(config), logger });
  await lines.stop();
  await database.close();
}

function applicationOf(name: string | undefined, passwordFile: string | undefined): ApplicationRole | null {
  if (name === undefined && passwordFile === undefined) return null;
  if (name === undefined || passwordFile === undefined)
    throw new UsageError('--application and --application-password-file belong together');
  const read = readSmallFile(passwordFile);
  if (!('text' in read)) throw new Error(`${passwordFile} cannot be read (${'code' in read ? read.code : read.reason})`);
  return { name, password: read.text.trim() };
}

async function migrateAs({
  url,
  logger,
  application,
}: Omit<RoleOptions, 'application'> & { application?: ApplicationRole }): Promise<string[]> {
  if (application) await ensureOwner({ url, logger, application });
  const applied = await applyMigrations({ url, folder: MIGRATIONS, logger });
  if (application) await grantApplication({ url, logger, application });
  return applied;
}

async function untilReachable<T>(work: () => Promise<T>, waitSeconds: number, terminal: Terminal): Promise<T> {
  const deadline = performance.now() + waitSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      if (!isUnreachable(thrown)) throw thrown;
      if (performance.now() + RETRY_MS > deadline) {
        throw new Fault('service_unavailable', `Postgres could not be reached within ${String(waitSeconds)} s (${reasonOf(thrown)})`, {
          cause: thrown,
        });
      }
    }
    if (attempt === 1) terminal.err('waiting for Postgres\n');
    await delay(RETRY_MS);
  }
}

/** Node's error for a name with several addresses has a code and no message. */
function reasonOf(thrown: unknown): string {
  if (!Error.isError(thrown)) return 'unknown reason';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.message;
}
