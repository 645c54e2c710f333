import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@openclaw/config';
import pg from 'pg';
import { createTestServices, type TestServices } from './test-services.js';
import { TEST_TOKEN } from './test-system.js';
import { until } from './until.js';

/** A line of a process's log, as it stands there. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** One process that a test started, and no other. */
export interface TestProcess {
  readonly pid: number;
  readonly log: readonly LogLine[];
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, null after a signal that it did not handle. */
  readonly exited: Promise<number | null>;
}

export interface GatewayProcess extends TestProcess {
  readonly url: string;
  /** A request with the gateway token. `json` becomes the body. */
  request(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
}

/** Gateways and workers as they are deployed: processes of their own from the built code, on one database and key prefix. */
export interface ProcessSystem {
  readonly services: TestServices;
  startGateway(env?: Readonly<Record<string, string>>): Promise<GatewayProcess>;
  startWorker(env?: Readonly<Record<string, string>>): Promise<TestProcess>;
  startChannels(env?: Readonly<Record<string, string>>): Promise<TestProcess>;
  /** Kills what still runs and drops the database. */
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GATEWAY = 'apps/gateway/dist/main.js';
const WORKER = 'apps/worker/dist/main.js';
const CHANNELS = 'apps/channels/dist/main.js';
const BUILD_LOCK = 4712;
const START_MS = 60_000;

/** @param env variables for every process; those of the environment reach none of them */
export async function createProcessSystem(env: Readonly<Record<string, string>> = {}): Promise<ProcessSystem> {
  const services = await createTestServices();
  await build();
  const dataFolder = mkdtempSync(join(tmpdir(), 'processes-'));
  const shared = { ...baseEnvironment(services), OPENCLAW_DATA_DIR: dataFolder, ...env };
  const running = new Set<TestProcess>();
  const ports = freePorts();
  const start = async (script: string, more: Readonly<Record<string, string>>, started: string): Promise<TestProcess> => {
    const process = startProcess(script, { ...shared, ...more });
    running.add(process);
    void process.exited.then(() => running.delete(process));
    await logged(process, started);
    return process;
  };
  return {
    services,
    startGateway: async (more = {}) => {
      const port = String((await ports.next()).value);
      return toGateway(await start(GATEWAY, { ...more, OPENCLAW_PORT: port }, 'gateway listening'), `http://127.0.0.1:${port}`);
    },
    startWorker: (more = {}) => start(WORKER, more, 'worker started'),
    startChannels: (more = {}) => start(CHANNELS, more, 'channels started'),
    close: async () => {
      const left = [...running];
      for (const process of left) process.signal('SIGKILL');
      await Promise.all(left.map((process) => process.exited));
      rmSync(dataFolder, { recursive: true });
      await services.close();
    },
  };
}

/** Waits for a line of the log; fails at once where the process ends before. */
export async function logged(process: TestProcess, message: string, timeoutMs = START_MS): Promise<LogLine> {
  let code: number | null | undefined;
  void process.exited.then((exitCode) => {
    code = exitCode;
  });
  const line = await until(
    `"${message}" in the log of ${String(process.pid)}`,
    () => process.log.find((each) => each.message === message) ?? (code === undefined ? null : 'ended'),
    timeoutMs,
  );
  if (line === 'ended')
    throw new Error(`ended with ${String(code)} before "${message}": ${process.log.map((each) => each.message).join(' | ')}`);
  return line;
}

/** Ports below those which the system gives out: a client that retries one of those can end up connected to itself. */
async function* freePorts(): AsyncGenerator<number, never> {
  for (let offset = process.pid * 100; ; offset += 1) {
    const port = 20_000 + (offset % 12_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    yield port;
  }
}

function startProcess(script: string, env: Readonly<Record<string, string>>): TestProcess {
  const child = spawn(process.execPath, [script], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log: LogLine[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => log.push(toLogLine(line)));
  createInterface({ input: child.stderr }).on('line', (message) => log.push({ message }));
  const exited = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${script} could not be started`);
  return {
    pid,
    log,
    signal: (name) => {
      child.kill(name);
    },
    exited,
  };
}

function toLogLine(line: string): LogLine {
  return line.startsWith('{') ? (JSON.parse(line) as LogLine) : { message: line }; // our own logger wrote it
}

function toGateway(gateway: TestProcess, url: string): GatewayProcess {
  return {
    ...gateway,
    url,
    request: (path, { json, ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${TEST_TOKEN}`);
      if (json !== undefined) headers.set('content-type', 'application/json');
      return fetch(`${url}${path}`, { ...init, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
    },
  };
}

function baseEnvironment(services: TestServices): Record<string, string> {
  return {
    PATH: processEnvironment()['PATH'] ?? '',
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    OPENCLAW_REDIS__PREFIX: services.prefix,
    GATEWAY_AUTH_TOKEN: TEST_TOKEN,
    OPENCLAW_PROVIDERS__OFFLINE_PAUSE_MS: '0',
    OPENCLAW_GATEWAY__RATE_LIMIT__REQUESTS_PER_MINUTE: '100000',
    OPENCLAW_GATEWAY__RATE_LIMIT__BURST: '1000',
  };
}

/**
 * Brings `dist` up to the sources: a fraction of a second where it is. One test file at a time, and without regard to type
 * errors, which `npm run check` is for.
 */
export async function build(): Promise<void> {
  const client = new pg.Client({ connectionString: processEnvironment()['DATABASE_URL'] });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [BUILD_LOCK]);
    const compiler = spawn(process.execPath, ['node_modules/ts7/bin/tsc', '-b'], { cwd: ROOT, stdio: 'ignore' });
    await once(compiler, 'close');
  } finally {
    await client.end();
  }
  const missing = [GATEWAY, WORKER, CHANNELS].filter((script) => !existsSync(`${ROOT}${script}`));
  if (missing.length > 0) throw new Error(`not built: ${missing.join(', ')}; run "npm run build"`);
}
