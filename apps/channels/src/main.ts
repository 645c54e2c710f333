/**
 * The process that serves channels: config ─► rooms ─► platforms. Stops on SIGTERM.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, secretsOf } from '@openclaw/config';
import { LogWriter } from '@openclaw/logs';
import { followSettings } from '@openclaw/settings';
import { createLogger, Redactor, stopOnSignal } from '@openclaw/telemetry';
import { composeChannels } from './compose-channels.js';

const STOP_MS = 25_000;

async function main(): Promise<void> {
  const written = loadConfig();
  const redactor = new Redactor(secretsOf(written));
  const lines = new LogWriter();
  const logger = createLogger({ level: written.gateway.logging.level, component: 'channels', redactor, sink: lines });
  const settings = await followSettings({ written, redactor, logger });
  const channels = composeChannels({
    settings,
    watchSettings: (overlay) => settings.start(overlay),
    redactor,
    logger,
    lines,
    aliveFile: join(tmpdir(), 'openclaw-channels.alive'),
  });
  const stop = async (): Promise<void> => {
    await settings.stop();
    await channels.stop();
  };
  stopOnSignal(stop, STOP_MS, logger);
  await channels.start();
  logger.info('channels started');
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof ConfigError ? thrown.message : String(thrown instanceof Error ? thrown.stack : thrown)}\n`);
  process.exit(1);
});
