/** One Docker Compose project of our own, driven as a user would: by the command line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Below the range from which systems give out ports: a client that retries one of those can end up connected to itself. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/**
 * Runs a program to its end.
 * @param options `env` is added to this process's; `print` shows the output as it comes instead of keeping it; `timeoutMs` kills it
 * @returns its exit code (null where a signal ended it), output and errors
 */
export async function run(program, args, { env = {}, print = false, timeoutMs = 600_000, cwd = ROOT } = {}) {
  const output = print ? 'inherit' : 'pipe';
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', output, output], timeout: timeoutMs });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name]?.setEncoding('utf8').on('data', (text) => {
      texts[name] += text;
    });
  const [code] = await once(child, 'close');
  return { code, ...texts };
}

/** Ends the process with a sentence that says what to do where Docker or its Compose cannot be used. */
export async function requireDocker(otherwise = '') {
  const versions = await run('docker', ['compose', 'version']).catch(() => null);
  const fail = (reason) => {
    console.error(`${reason}${otherwise}`);
    process.exit(1);
  };
  if (versions === null) fail('Docker is not installed: https://docs.docker.com/engine/install/.');
  if (versions.code !== 0) fail('Docker has no Compose: https://docs.docker.com/compose/install/.');
  const { code, stderr } = await run('docker', ['version', '--format', '{{.Server.Version}}']);
  if (code !== 0) fail(`The Docker engine does not answer (${stderr.trim().split('\n').at(-1)}). Start it, or join the group docker.`);
}

export class ComposeProject {
  /** @param options `files` beside docker-compose.yml, or `alone` in its place; `env` for every command */
  constructor(name, { files = [], alone = 'docker-compose.yml', env = {} } = {}) {
    this.name = name;
    this.env = { COMPOSE_PROJECT_NAME: name, ...env };
    this.prefix = [alone, ...files].flatMap((file) => ['--file', file]);
  }

  /** `docker compose …`; rejects with what it said where it fails. */
  async compose(args, options = {}) {
    return this.#checked(['compose', ...this.prefix, ...args], options);
  }

  /** `docker …`, with the same environment. `both`: what it says as errors too. */
  async docker(args, options = {}) {
    return this.#checked(args, options);
  }

  /** Removes everything of this project, volumes too. */
  async remove() {
    await this.compose(['--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5']);
  }

  async #checked(args, options) {
    const { code, stdout, stderr } = await run('docker', args, { ...options, env: { ...this.env, ...options.env } });
    if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}\n${stderr}${stdout}`);
    return options.both === true ? stdout + stderr : stdout;
  }
}

/** A port of 127.0.0.1 that nobody listens on; asking again with `after` gives another. */
export async function freePort(after = FIRST_PORT + (process.pid % PORTS)) {
  const port = FIRST_PORT + ((after - FIRST_PORT + 1) % PORTS);
  const server = createServer().listen({ port, host: '127.0.0.1' });
  try {
    await once(server, 'listening');
    return port;
  } catch {
    return freePort(port);
  } finally {
    server.close();
  }
}
