/**
 * The agent worker: config ─► model ─► rooms ─► bells. Stops on SIGTERM.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, configFolder, loadConfig, processEnvironment, readSoul, secretsOf } from '@openclaw/config';
import { createLogger, Redactor, stopOnSignal } from '@openclaw/telemetry';
import { composeWorker } from './compose-worker.js';
import { createConfiguredModel } from './create-configured-model.js';

const CLOSE_MS = 3000;

async function main(): Promise<void> {
  const config = loadConfig();
  const soul = readSoul(configFolder(processEnvironment()));
  const redactor = new Redactor(secretsOf(config));
  const logger = createLogger({ level: config.gateway.logging.level, component: 'reasoning', redactor });
  const model = createConfiguredModel(config, logger);
  const worker = composeWorker({ config, model, soul, redactor, logger, aliveFile: join(tmpdir(), 'openclaw-worker.alive') });
  stopOnSignal(() => worker.stop(), config.worker.shutdown_ms + CLOSE_MS, logger);
  await worker.start();
  logger.info({ model: `${model.provider}/${model.model}`, concurrency: config.worker.concurrency }, 'worker started');
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof ConfigError ? thrown.message : String(thrown instanceof Error ? thrown.stack : thrown)}\n`);
  process.exit(1);
});
