/** The whole stack as a user has it: their commands, their port, their folder; under a name and on a port of its own. */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ComposeProject, freePort, run } from '../../scripts/compose-project.mjs';

const REQUEST_TIMEOUT_MS = 40_000;

/** A check: what is guaranteed, and how to see it. It throws where the guarantee does not hold. `always`: others build on it. */
export const check = (name, see, { always = false } = {}) => ({ name, see, always });

/** Every field that a user could have set in the shell is taken away: the stack starts with nothing configured. */
const UNSET = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(OPENCLAW_|OPENAI_|ANTHROPIC_|GOOGLE_API|OLLAMA_|GATEWAY_AUTH_TOKEN$|DATABASE_URL$|REDIS_URL$)/.test(name))
    .map((name) => [name, undefined]),
);

export class Stack {
  /** @param options `files` and `env` beside those that a user has */
  static async create({ files = [], env = {} } = {}) {
    const name = `openclaw-compose-test-${process.pid}`;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), `${name}-`));
    chmodSync(folder, 0o755); // the processes in the containers are another user
    const home = join(folder, 'home');
    mkdirSync(home);
    return new Stack({ name, port, folder, home, files, env });
  }

  constructor({ name, port, folder, home, files, env: more }) {
    Object.assign(this, { name, port, folder, home, url: `http://127.0.0.1:${port}`, token: '', refusals: 0 });
    const env = {
      ...UNSET,
      OPENCLAW_PORT: String(port),
      OPENCLAW_HOME: home,
      OPENCLAW_IMAGE: `${name}:local`,
      OPENCLAW_EMBEDDER_IMAGE: `${name}-embedder:local`,
      OPENCLAW_SKILLS_IMAGE: `${name}-skills:local`,
      COMPOSE_ENV_FILES: '/dev/null',
      ...more,
    };
    this.project = new ComposeProject(name, {
      env,
      files: [...(existsSync('.env') ? ['test/compose/docker-compose.unset.yml'] : []), ...files],
    });
  }

  /** `docker compose …` */
  compose(...args) {
    return this.project.compose(args);
  }

  /** `docker …` */
  docker(...args) {
    return this.project.docker(args);
  }

  up(...args) {
    return this.compose('up', '--detach', '--wait', ...args);
  }

  /** What a command in the running container of a service prints, without the last line's end. */
  async exec(service, ...args) {
    return (await this.compose('exec', '--no-TTY', service, ...args)).trimEnd();
  }

  /** A script in the user's shell, with the token in TOKEN; curl fails there where the gateway answers with an error. */
  async shell(script, { failing = '--fail-with-body' } = {}) {
    const env = { ...this.project.env, TOKEN: this.token, FAILING: failing };
    const { code, stdout, stderr } = await run(
      'bash',
      ['-euo', 'pipefail', '-c', `curl() { command curl --silent --show-error $FAILING "$@"; }\n${script}`],
      { env },
    );
    if (code !== 0) throw new Error(`the shell ended with ${code}\n${stderr}${stdout}\n${script}`);
    return stdout;
  }

  async takeToken() {
    this.token = await this.exec('gateway', 'openclaw', 'token', 'show');
  }

  /** Writes gateway.yaml into the user's folder and lets gateway and workers read it. */
  async configure(yaml) {
    writeFileSync(join(this.home, 'gateway.yaml'), yaml, { mode: 0o644 });
    await this.up('--force-recreate', 'gateway', 'worker');
  }

  /** @returns what `docker inspect` knows of the containers of a service, stopped ones too; of all without a service */
  async inspect(...services) {
    const ids = (await this.compose('ps', '--all', '--quiet', ...services)).trim().split('\n').filter(Boolean);
    return JSON.parse(await this.docker('inspect', ...ids));
  }

  /** One request; a status is never a failure. `ms` counts from the call to the end of the body. */
  async call(method, path, { body, headers = {}, token = this.token, timeoutMs = REQUEST_TIMEOUT_MS } = {}) {
    const startedAt = performance.now();
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
      ms: performance.now() - startedAt,
    };
  }

  /** Sends a message; `fields` join the body. */
  say(message, fields = {}, options = {}) {
    return this.call('POST', '/api/v1/message', { ...options, body: { channel: 'api', message, ...fields } });
  }

  /** Sends a message without waiting, again under the same key where it is refused for now, and returns its id and conversation. */
  async accepted(message, fields = {}) {
    const headers = { 'idempotency-key': randomUUID() };
    const { answer } = await until('the message is accepted', async () => {
      const { status, body } = await this.say(message, { ...fields, wait_for_response: false }, { headers });
      if (status === 503) this.refusals += 1;
      else if (status !== 202 && status !== 200) throw new Error(`expected 202, got ${status}: ${JSON.stringify(body)}`);
      return status < 300 && body; // 200: it was taken at first already, and is answered
    });
    return answer;
  }

  async statusOf(id) {
    return (await this.call('GET', `/api/v1/message/${id}/status`)).body;
  }

  async remove() {
    await this.project.remove();
    await this.docker('image', 'rm', '--force', `${this.name}:local`, `${this.name}-embedder:local`, `${this.name}-skills:local`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Asks again until the answer is there. A question that throws counts as not answered yet. */
export async function until(what, ask, { withinMs = 30_000, everyMs = 100 } = {}) {
  const startedAt = performance.now();
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return { answer, ms: performance.now() - startedAt };
      last = answer;
    } catch (thrown) {
      last = thrown;
    }
    if (performance.now() - startedAt > withinMs) throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
