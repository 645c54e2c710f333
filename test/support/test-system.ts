import { loadConfig } from '@openclaw/config';
import type { Config } from '@openclaw/words';
import { type Feature, NO_SKILL_RUNNER, type SkillRunner } from '@openclaw/feature';
import type { ModelClient } from '@openclaw/language-model';
import { FEATURES } from '@openclaw/roster';
import { followSettings, type LiveSettings, OverlayStore } from '@openclaw/settings';
import { type Logger, Redactor, silentLogger } from '@openclaw/telemetry';
import { composeGateway, type Gateway } from '../../apps/gateway/src/compose-gateway.js';
import { type ChannelsProcess, composeChannels } from '../../apps/channels/src/compose-channels.js';
import { createApp } from '../../apps/gateway/src/create-app.js';
import { stopGateway } from '../../apps/gateway/src/stop-gateway.js';
import { composeWorker, type WorkerProcess } from '../../apps/worker/src/compose-worker.js';
import { createConfiguredModel } from '../../apps/worker/src/create-configured-model.js';
import type { WorkerModel } from '../../apps/worker/src/live-model.js';
import { createTestServices, type TestServices } from './test-services.js';

export const TEST_TOKEN = 'k7Qv2mXw9ZrT4bNc8LsD';

export interface TestGateway {
  readonly gateway: Gateway;
  /** http://127.0.0.1:<port> */
  readonly url: string;
  /** A request with the gateway token. `json` becomes the body. */
  request(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** @param leavingAfterMs how long callers may still wait for their reply */
  stop(leavingAfterMs?: number): Promise<void>;
}

type Stop = (leavingAfterMs?: number) => Promise<void>;

/** A system in one process, with its own database and keys: real gateways on real ports, real workers, real Postgres and Redis. */
export interface TestSystem {
  readonly services: TestServices;
  readonly config: Config;
  /** @param options `dataFolder`: where it keeps what it makes; nothing is kept by default */
  startGateway(options?: { readonly dataFolder?: string }): Promise<TestGateway>;
  /** @param skillRunner runs the code of skills; nobody by default */
  startWorker(model?: ModelClient, skillRunner?: SkillRunner): Promise<WorkerProcess>;
  startChannels(): Promise<ChannelsProcess>;
  /** Stops what still runs and drops the database. */
  close(): Promise<void>;
}

type Overrides = Readonly<Record<string, string>>;

/**
 * @param overrides environment variables of the configuration, e.g. `OPENCLAW_GATEWAY__QUEUE__MAX_SIZE`; a function of the
 * services where they depend on them, e.g. to put a proxy in between
 * @param logger hears gateways and workers; silent by default
 * @param features what they can do; all that the house can by default
 */
export async function createTestSystem(
  overrides: Overrides | ((services: TestServices) => Promise<Overrides>) = {},
  logger: Logger = silentLogger(),
  features: readonly Feature[] = FEATURES,
): Promise<TestSystem> {
  const services = await createTestServices();
  const chosen = typeof overrides === 'function' ? await overrides(services) : overrides;
  const source = { env: { ...baseEnvironment(services), ...chosen } };
  const config = loadConfig(source);
  const settingsOf = (): Promise<LiveSettings> => followSettings({ written: loadConfig(source), source, redactor: new Redactor(), logger });
  const running = new Set<Stop>();
  const track = (stop: Stop): Stop => {
    const once: Stop = async (leavingAfterMs) => {
      if (running.delete(once)) await stop(leavingAfterMs);
    };
    running.add(once);
    return once;
  };
  return {
    services,
    config,
    startGateway: async (options = {}) => startGateway({ ...options, settings: await settingsOf(), logger, features }, track),
    startWorker: async (model, skillRunner = NO_SKILL_RUNNER) => {
      const settings = await settingsOf();
      const createModel = (current: Config): WorkerModel => (model ? withHealth(model) : createConfiguredModel(current, logger));
      const watchSettings = (overlay: OverlayStore): Promise<void> => settings.start(overlay);
      const worker = await composeWorker({
        settings,
        createModel,
        watchSettings,
        soul: '',
        aliveFile: null,
        redactor: new Redactor(),
        logger,
        features,
        skillRunner,
      });
      await worker.start();
      const stop = async (): Promise<void> => {
        await settings.stop();
        await worker.stop();
      };
      return { model: worker.model, start: () => worker.start(), stop: track(stop) };
    },
    startChannels: async () => {
      const settings = await settingsOf();
      const channels = composeChannels({
        settings,
        watchSettings: (overlay) => settings.start(overlay),
        redactor: new Redactor(),
        logger,
        aliveFile: null,
      });
      await channels.start();
      const stop = async (): Promise<void> => {
        await settings.stop();
        await channels.stop();
      };
      return { start: () => channels.start(), stop: track(stop) };
    },
    close: async () => {
      await Promise.all([...running].map((stop) => stop()));
      await services.close();
    },
  };
}

async function startGateway(
  options: {
    readonly settings: LiveSettings;
    readonly logger: Logger;
    readonly features: readonly Feature[];
    readonly dataFolder?: string;
  },
  track: (stop: Stop) => Stop,
): Promise<TestGateway> {
  const { settings } = options;
  const gateway = composeGateway({ ...options, gatewayToken: TEST_TOKEN, version: '0.0.0-test' });
  await gateway.start();
  await settings.start(new OverlayStore(gateway.kernel.database));
  const app = await createApp(gateway);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = await app.getUrl();
  return {
    gateway,
    url,
    request: (path, { json, ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${TEST_TOKEN}`);
      if (json !== undefined) headers.set('content-type', 'application/json');
      return fetch(`${url}${path}`, { ...init, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
    },
    stop: track(async (leavingAfterMs) => {
      await settings.stop();
      await stopGateway(app, gateway, leavingAfterMs);
    }),
  };
}

function baseEnvironment(services: TestServices): Record<string, string> {
  return {
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    OPENCLAW_REDIS__PREFIX: services.prefix,
    OPENCLAW_DATA_DIR: '/nonexistent',
    GATEWAY_AUTH_TOKEN: TEST_TOKEN,
    OPENCLAW_PROVIDERS__OFFLINE_PAUSE_MS: '0',
    OPENCLAW_MEMORY__EMBEDDINGS__PROVIDER: 'off',
    OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '100000',
    OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '1000',
  };
}

function withHealth(model: ModelClient): WorkerModel {
  return {
    provider: model.provider,
    model: model.model,
    contextTokens: model.contextTokens,
    stream: (request, signal) => model.stream(request, signal),
    health: () => [],
    close: () => Promise.resolve(),
  };
}
