/** Gate and lanes as docker-compose.yml has them, without the rest of the stack, and calls of what is in test/skills/attacks. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ComposeProject, freePort } from '../../scripts/compose-project.mjs';

const ATTACKS = new URL('attacks/', import.meta.url);
const SERVICES = ['skill-gate', 'skill-runner', 'origin', 'inside'];

/** A skill of one file, or more. */
export function bundleOf(name, more = {}) {
  const files = new Map([[name, readFileSync(new URL(name, ATTACKS))], ...Object.entries(more)]);
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(`${path}:${content.length}:`).update(content);
  return { files, digest: `sha256:${hash.digest('hex')}` };
}

export class SkillStage {
  /** @param options `files` of Compose beside ours; `build` the images first; `lanes` how many */
  static async start({ files = [], build = true, lanes = 2 } = {}) {
    const port = await freePort();
    const project = new ComposeProject(`openclaw-skills-test-${process.pid}`, {
      files: ['test/skills/docker-compose.skills.yml', ...files],
      env: { OPENCLAW_GATE_PORT: String(port), COMPOSE_ENV_FILES: '/dev/null' },
    });
    const stage = new SkillStage(project, port);
    try {
      await project.compose(['build', 'skill-runner', ...(build ? ['secrets'] : [])]);
      await project.compose(['up', '--detach', '--wait', '--scale', `skill-runner=${lanes}`, ...SERVICES]);
      await stage.#connect(port, lanes);
      return stage;
    } catch (thrown) {
      console.error(await project.compose(['logs', '--tail', '20']).catch(String));
      await stage.remove();
      throw thrown;
    }
  }

  constructor(project, port) {
    Object.assign(this, { project, port, runner: null });
  }

  /** One call; `end` says how it ended (`ok`, or the kind of trouble), and nothing throws. */
  async call(name, { more, input = { a: 1 }, timeoutS = 5, hosts = [], env = {}, signal = new AbortController().signal } = {}) {
    const { files, digest } = bundleOf(name, more);
    const call = {
      digest,
      bundle: async () => files,
      entry: name,
      runtime: name.endsWith('.py') ? 'python' : 'node',
      input,
      timeoutS,
      hosts,
      env,
      signal,
    };
    const startedAt = performance.now();
    const told = await this.runner.run(call).then(
      (result) => ({ end: 'ok', ...result }),
      (thrown) => ({
        end: thrown.kind ?? 'thrown',
        output: '',
        files: [],
        errors: thrown.errors ?? String(thrown),
        refused: thrown.refused ?? [],
        message: thrown.message,
      }),
    );
    return { ...told, tookMs: performance.now() - startedAt };
  }

  /** Until so many lanes take calls: one that was given up is made anew. */
  async ready(lanes, withinMs = 30_000) {
    const until = performance.now() + withinMs;
    for (;;) {
      const report = await this.runner.report().catch(() => null);
      if (report?.lanes === lanes || performance.now() > until) return report;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What `docker inspect` knows of each lane. */
  async inspectLanes() {
    const ids = (await this.project.compose(['ps', '--quiet', 'skill-runner'])).trim().split('\n').filter(Boolean);
    return JSON.parse(await this.project.docker(['inspect', ...ids]));
  }

  /** What a lane's PID 1 holds, in KB; and that of the gate. */
  async memory() {
    const of = async (service, index) =>
      Number(
        /VmRSS:\s+(\d+)/.exec(
          await this.project.compose(['exec', '--no-TTY', '--index', String(index), service, 'cat', '/proc/1/status']),
        )?.[1] ?? 0,
      );
    const lanes = (await this.inspectLanes()).length;
    return {
      lanes: await Promise.all(Array.from({ length: lanes }, (_, index) => of('skill-runner', index + 1))),
      gate: await this.#gateMemory(),
    };
  }

  async remove() {
    this.runner?.close();
    await this.project.remove();
  }

  async #connect(port, lanes) {
    const { LaneRunner } = await import('../../libs/features/lanes/dist/index.js');
    const password = (await this.project.compose(['exec', '--no-TTY', 'skill-gate', 'cat', '/run/openclaw/skills/password'])).trim();
    this.runner = new LaneRunner(`http://worker:${encodeURIComponent(password)}@127.0.0.1:${port}`);
    await this.ready(lanes);
  }

  /** The process itself, without docker-init before it. */
  async #gateMemory() {
    const told = await this.project.compose([
      'exec',
      '--no-TTY',
      'skill-gate',
      'sh',
      '-c',
      'for p in /proc/[0-9]*; do grep -qa skill-gate/dist $p/cmdline && cat $p/status; done',
    ]);
    return Math.max(...[...told.matchAll(/VmRSS:\s+(\d+)/g)].map(([, kb]) => Number(kb)));
  }
}
