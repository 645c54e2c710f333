/**
 * The agent worker: config ─► model ─► rooms ─► bells. Stops on SIGTERM.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, configFolder, loadConfig, processEnvironment, readSoul, secretsOf } from '@openclaw/config';
import { LogWriter } from '@openclaw/logs';
import { followSettings } from '@openclaw/settings';
import { createLogger, Redactor, stopOnSignal } from '@openclaw/telemetry';
import { composeWorker } from './compose-worker.js';
import { createConfiguredModel } from './create-configured-model.js';
import { SkillLanes } from './skill-lanes.js';

const CLOSE_MS = 3000;

async function main(): Promise<void> {
  const written = loadConfig();
  const soul = readSoul(configFolder(processEnvironment()));
  const redactor = new Redactor(secretsOf(written));
  const lines = new LogWriter();
  const logger = createLogger({ level: written.gateway.logging.level, component: 'reasoning', redactor, sink: lines });
  const settings = await followSettings({ written, redactor, logger });
  const { worker: limits } = settings.get();
  const { url } = settings.get().skill_gate;
  const lanes = url === '' ? undefined : new SkillLanes(url, logger);
  const worker = await composeWorker({
    settings,
    createModel: (config) => createConfiguredModel(config, logger),
    watchSettings: (overlay) => settings.start(overlay),
    soul,
    redactor,
    logger,
    lines,
    ...(lanes ? { skillRunner: lanes } : {}),
    aliveFile: join(tmpdir(), 'openclaw-worker.alive'),
  });
  const stop = async (): Promise<void> => {
    await settings.stop();
    await worker.stop();
    lanes?.stop();
  };
  stopOnSignal(stop, limits.shutdown_ms + CLOSE_MS, logger);
  await lanes?.start();
  await worker.start();
  logger.info({ model: worker.model, concurrency: limits.concurrency }, 'worker started');
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof ConfigError ? thrown.message : String(thrown instanceof Error ? thrown.stack : thrown)}\n`);
  process.exit(1);
});
