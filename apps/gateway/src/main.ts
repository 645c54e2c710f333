/**
 * The gateway: config ─► token ─► rooms ─► HTTP and WebSocket. Stops on SIGTERM.
 */
import { ConfigError, dataFolder, loadConfig, processEnvironment, readOrCreateToken, secretsOf } from '@openclaw/config';
import { followSettings, type LiveSettings, OverlayStore } from '@openclaw/settings';
import { VERSION } from '@openclaw/words';
import { createLogger, type Logger, Redactor, stopOnSignal } from '@openclaw/telemetry';
import { composeGateway } from './compose-gateway.js';
import { createApp } from './create-app.js';
import { stopGateway } from './stop-gateway.js';

const STOP_MS_MAX = 28_000;

async function main(): Promise<void> {
  const written = loadConfig();
  const redactor = new Redactor(secretsOf(written));
  const logger = createLogger({ level: written.gateway.logging.level, component: 'gateway', redactor });
  const settings = await followSettings({ written, redactor, logger });
  const { auth } = settings.get().gateway;
  const kept = auth.token === '' && auth.enabled ? await readOrCreateToken(dataFolder(processEnvironment())) : null;
  const gatewayToken = kept?.token ?? auth.token;
  redactor.learn([gatewayToken]);
  if (kept?.created) logger.info({}, 'a gateway token was made; show it with "docker compose exec gateway openclaw token show"');
  await serve(settings, gatewayToken, logger);
}

async function serve(settings: LiveSettings, gatewayToken: string, logger: Logger): Promise<void> {
  const gateway = composeGateway({ settings, gatewayToken, version: VERSION, logger, dataFolder: dataFolder(processEnvironment()) });
  await gateway.start();
  await settings.start(new OverlayStore(gateway.kernel.database));
  const app = await createApp(gateway);
  const stop = async (): Promise<void> => {
    await settings.stop();
    await stopGateway(app, gateway);
  };
  stopOnSignal(stop, STOP_MS_MAX, logger);
  const { port, bind } = gateway.config.gateway;
  await app.listen({ port, host: bind });
  logger.info({ port, bind }, 'gateway listening');
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof ConfigError ? thrown.message : String(thrown instanceof Error ? thrown.stack : thrown)}\n`);
  process.exit(1);
});
