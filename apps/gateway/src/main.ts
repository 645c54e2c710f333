/**
 * The gateway: config ─► token ─► rooms ─► HTTP and WebSocket. Stops on SIGTERM.
 */
import { ConfigError, dataFolder, loadConfig, processEnvironment, readOrCreateToken, secretsOf } from '@openclaw/config';
import { type Config, VERSION } from '@openclaw/words';
import { createLogger, type Logger, Redactor, stopOnSignal } from '@openclaw/telemetry';
import { composeGateway } from './compose-gateway.js';
import { createApp } from './create-app.js';
import { stopGateway } from './stop-gateway.js';

const STOP_MS_MAX = 28_000;

async function main(): Promise<void> {
  const config = loadConfig();
  const kept = config.gateway.auth.token === '' && config.gateway.auth.enabled ? await readOrCreateToken(dataFolder(processEnvironment())) : null;
  const gatewayToken = kept?.token ?? config.gateway.auth.token;
  const redactor = new Redactor([gatewayToken, ...secretsOf(config)]);
  const logger = createLogger({ level: config.gateway.logging.level, component: 'gateway', redactor });
  if (kept?.created) logger.info({}, 'a gateway token was made; show it with "docker compose exec gateway openclaw token show"');
  await serve(config, gatewayToken, logger);
}

async function serve(config: Config, gatewayToken: string, logger: Logger): Promise<void> {
  const gateway = composeGateway({ config, gatewayToken, version: VERSION, logger });
  await gateway.start();
  const app = await createApp(gateway);
  stopOnSignal(() => stopGateway(app, gateway), STOP_MS_MAX, logger);
  const { port, bind } = config.gateway;
  await app.listen({ port, host: bind });
  logger.info({ port, bind }, 'gateway listening');
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof ConfigError ? thrown.message : String(thrown instanceof Error ? thrown.stack : thrown)}\n`);
  process.exit(1);
});
