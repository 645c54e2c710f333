/**
 * The gateway: config ─► token ─► rooms ─► HTTP and WebSocket. Stops on SIGTERM.
 */
import { ConfigError, dataFolder, loadConfig, processEnvironment, readOrCreateToken, secretsOf } from '@openclaw/config';
import { LogWriter } from '@openclaw/logs';
import { followSettings, type LiveSettings, OverlayStore } from '@openclaw/settings';
import { VERSION } from '@openclaw/words';
import { createLogger, Redactor, stopOnSignal } from '@openclaw/telemetry';
import { composeGateway, type GatewayOptions } from './compose-gateway.js';
import { createApp } from './create-app.js';
import { stopGateway } from './stop-gateway.js';

const STOP_MS_MAX = 28_000;

async function main(): Promise<void> {
  const written = loadConfig();
  const redactor = new Redactor(secretsOf(written));
  const lines = new LogWriter();
  const logger = createLogger({ level: written.gateway.logging.level, component: 'gateway', redactor, sink: lines });
  const settings = await followSettings({ written, redactor, logger });
  const { auth } = settings.get().gateway;
  const kept = auth.token === '' && auth.enabled ? await readOrCreateToken(dataFolder(processEnvironment())) : null;
  const gatewayToken = kept?.token ?? auth.token;
  redactor.learn([gatewayToken]);
  if (kept?.created) logger.info({}, 'a gateway token was made; show it with "docker compose exec gateway openclaw token show"');
  await serve({ settings, gatewayToken, version: VERSION, logger, lines, dataFolder: dataFolder(processEnvironment()) }, settings);
}

async function serve(options: GatewayOptions, settings: LiveSettings): Promise<void> {
  const gateway = composeGateway(options);
  await gateway.start();
  await settings.start(new OverlayStore(gateway.kernel.database));
  const app = await createApp(gateway);
  const stop = async (): Promise<void> => {
    await settings.stop();
    await stopGateway(app, gateway);
  };
  stopOnSignal(stop, STOP_MS_MAX, options.logger);
  const { port, bind } = gateway.config.gateway;
  await app.listen({ port, host: bind });
  options.logger.info({ port, bind }, 'gateway listening');
}

main().catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof ConfigError ? thrown.message : String(thrown instanceof Error ? thrown.stack : thrown)}\n`);
  process.exit(1);
});
