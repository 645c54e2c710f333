import { stat, statfs } from 'node:fs/promises';
import { connect as openSocket } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { OpenClawClient, Status } from '@openclaw/sdk';
import type { Terminal } from './command.types.js';
import { baseUrlOf, connect, findGatewayToken } from './gateway-client.js';
import { VERSION } from './version.js';

/** What a look at one thing came to. */
export interface Finding {
  readonly what: string;
  readonly verdict: 'ok' | 'warning' | 'wrong';
  readonly says: string;
  /** What to do about it. */
  readonly advice?: string;
}

const PATIENCE_MS = 5000;
const OTHERS = 0o077;
const FREE_MIN = 1_073_741_824;
const NODE_MIN = 22;
const LOOPBACK = /^(localhost|127\.|\[::1\])/;

/** Looks at everything that can be seen from here, what is near first; a look that cannot be had is a finding too. */
export async function* examine(terminal: Terminal): AsyncGenerator<Finding, void> {
  yield nodeVersion();
  yield* await secretFiles(terminal);
  yield await disk(terminal);
  yield* address(terminal);
  const reach = await reachability(terminal);
  yield reach;
  if (reach.verdict === 'wrong') return;
  const client = await connect(terminal, { timeoutMs: PATIENCE_MS });
  yield* await health(client);
  yield* await system(client, terminal);
}

function nodeVersion(): Finding {
  const isOld = Number(process.versions.node.split('.')[0]) < NODE_MIN;
  return finding('node', isOld ? 'warning' : 'ok', process.versions.node, isOld ? `use Node ${String(NODE_MIN)} or later` : undefined);
}

/** Files that hold a token or a key, where there are any. */
async function secretFiles({ env, homeDir }: Terminal): Promise<Finding[]> {
  const data = env['OPENCLAW_DATA_DIR'] ?? join(homeDir ?? homedir(), '.openclaw');
  const files = [env['OPENCLAW_TOKEN_FILE'], join(data, 'gateway-token'), join(env['OPENCLAW_CONFIG_DIR'] ?? data, 'gateway.yaml'), '.env'];
  const found = await Promise.all(files.map(async (file) => (file === undefined || file === '' ? null : secretFile(file))));
  return found.filter((one) => one !== null);
}

async function secretFile(file: string): Promise<Finding | null> {
  const mode = (await stat(file).catch(() => null))?.mode; // none, or not for us to see
  if (mode === undefined) return null;
  if ((mode & OTHERS) === 0) return finding('secrets', 'ok', `${file} can be read by its owner alone`);
  return finding('secrets', 'warning', `${file} can be read by others`, `chmod 600 ${file}, unless a process of another user must read it`);
}

async function disk({ env, homeDir }: Terminal): Promise<Finding> {
  const folder = env['OPENCLAW_DATA_DIR'] ?? homeDir ?? homedir();
  const space = await statfs(folder).catch(() => null); // it may not exist yet
  if (space === null) return finding('disk', 'warning', `${folder} cannot be looked at`, 'does it exist?');
  const free = space.bavail * space.bsize;
  const says = `${(free / FREE_MIN).toFixed(1)} GiB are free at ${folder}`;
  return finding(
    'disk',
    free < FREE_MIN ? 'warning' : 'ok',
    says,
    free < FREE_MIN ? 'Postgres stops taking what is written when the disk is full: docker system df' : undefined,
  );
}

function address(terminal: Terminal): Finding[] {
  const { protocol, host } = new URL(baseUrlOf(terminal));
  if (protocol === 'https:' || LOOPBACK.test(host)) return [];
  return [
    finding('exposure', 'warning', `the token goes to ${host} unencrypted`, 'use an SSH tunnel, a VPN or https: docs/remote-access.md'),
  ];
}

async function reachability(terminal: Terminal): Promise<Finding> {
  const base = baseUrlOf(terminal);
  const { hostname, port, protocol } = new URL(base);
  const code = await new Promise<string | null>((resolve) => {
    const socket = openSocket({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      timeout: PATIENCE_MS,
    });
    const end = (result: string | null): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => {
      end(null);
    });
    socket.once('timeout', () => {
      end('no answer');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message);
    });
  });
  if (code === null) return finding('port', 'ok', `somebody listens at ${base}`);
  return finding(
    'port',
    'wrong',
    `nobody is reached at ${base}: ${code}`,
    'docker compose up -d --wait; another address goes in OPENCLAW_BASE_URL, another port in OPENCLAW_PORT',
  );
}

async function health(client: OpenClawClient): Promise<Finding[]> {
  try {
    const { status, version, checks = {} } = await client.health();
    const parts = Object.entries(checks).map(([name, state]) =>
      finding(name, state === 'ok' ? 'ok' : 'wrong', String(state), state === 'ok' ? undefined : `docker compose logs ${name}`),
    );
    const isSame = version === VERSION;
    const versions = finding(
      'version',
      isSame ? 'ok' : 'warning',
      `gateway ${version}, this program ${VERSION}`,
      isSame ? undefined : 'use the program of the gateway’s version',
    );
    return [finding('gateway', status === 'ok' ? 'ok' : 'wrong', status), versions, ...parts];
    // eslint-disable-next-line no-catch-all/no-catch-all -- whatever it is, it is what was looked for
  } catch (thrown) {
    return [refused('gateway', thrown)];
  }
}

async function system(client: OpenClawClient, terminal: Terminal): Promise<Finding[]> {
  try {
    return statusFindings(await client.status());
    // eslint-disable-next-line no-catch-all/no-catch-all -- whatever it is, it is what was looked for
  } catch (thrown) {
    const isMissing = (await findGatewayToken(terminal)) === null;
    return [
      isMissing
        ? finding('token', 'wrong', 'there is none', 'GATEWAY_AUTH_TOKEN=$(docker compose exec gateway openclaw token show)')
        : refused('token', thrown),
    ];
  }
}

function statusFindings(status: Status): Finding[] {
  return [finding('token', 'ok', 'it is let in'), ...processes(status), ...models(status), ...waiting(status)];
}

function processes({ gateway, workers }: Status): Finding[] {
  const isOpen = !gateway.auth_enabled;
  return [
    isOpen
      ? finding('exposure', 'wrong', 'authentication is off', 'gateway.auth.enabled: true')
      : finding('exposure', 'ok', 'every request wants a token'),
    workers.length > 0
      ? finding('workers', 'ok', `${String(workers.length)} alive`)
      : finding('workers', 'wrong', '0 alive', 'nothing is answered: docker compose logs worker'),
  ];
}

function models({ reasoning, memory: { embedder } }: Status): Finding[] {
  const name = `${reasoning.primary_provider}/${reasoning.primary_model}`;
  const isBuiltin = reasoning.primary_provider === 'builtin';
  const broken = reasoning.providers.filter(({ state }) => state !== 'closed');
  return [
    isBuiltin ? finding('model', 'warning', name, 'connect one: README.md, “Connect a model”') : finding('model', 'ok', name),
    ...broken.map((one) =>
      finding(
        'provider',
        'warning',
        `${one.name} does not answer: ${one.last_error ?? 'no reason is known'}`,
        'docker compose exec worker openclaw provider check',
      ),
    ),
    ...(embedder.state === 'unavailable'
      ? [finding('embedder', 'warning', `memory is searched by words alone: ${embedder.last_error ?? ''}`, 'docker compose logs embedder')]
      : []),
  ];
}

function waiting({ queue, restart_pending: pending, overrides }: Status): Finding[] {
  return [
    ...(queue.failed > 0
      ? [finding('work', 'warning', `${String(queue.failed)} pieces have failed for good`, 'openclaw work list --dead')]
      : []),
    ...(pending.length > 0
      ? [finding('config', 'warning', `${pending.join(', ')} count from the next start on`, 'docker compose restart gateway worker')]
      : []),
    ...overrides.map(({ path, variable }) =>
      finding('config', 'warning', `${variable} has no effect: the API changed ${path}`, `openclaw config set ${path} null`),
    ),
  ];
}

function refused(what: string, thrown: unknown): Finding {
  return finding(what, 'wrong', Error.isError(thrown) ? thrown.message : String(thrown));
}

function finding(what: string, verdict: Finding['verdict'], says: string, advice?: string): Finding {
  return { what, verdict, says, ...(advice === undefined ? {} : { advice }) };
}
