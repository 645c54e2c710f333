/** Memory and restarts of a stack's containers, sampled while something goes on. */
import { pause } from './mixed-load.mjs';

const EVERY_MS = 15_000;
const UNITS = { B: 1 / 1_048_576, KiB: 1 / 1024, MiB: 1, GiB: 1024 };

export class ContainerWatch {
  constructor(stack) {
    this.stack = stack;
    /** By service: {minutes, mb} in order. */
    this.samples = new Map();
  }

  /** Samples until `signal` aborts. */
  async run(signal) {
    const startedAt = performance.now();
    while (!signal.aborted) {
      await this.#sample((performance.now() - startedAt) / 60_000).catch(() => undefined); // a container that is just being made anew
      await pause(EVERY_MS, signal);
    }
  }

  /** @param fromMinutes what the start may cost is not looked at @returns one row for each service */
  async report(fromMinutes) {
    const containers = await this.stack.inspect();
    return [...this.samples].map(([service, samples]) => ({
      service,
      restarts: containers
        .filter(({ Config }) => Config.Labels['com.docker.compose.service'] === service)
        .reduce((sum, { RestartCount }) => sum + RestartCount, 0),
      firstMb: samples[0].mb,
      lastMb: samples.at(-1).mb,
      mostMb: Math.max(...samples.map(({ mb }) => mb)),
      mbPerMinute: slopeOf(samples.filter(({ minutes }) => minutes >= fromMinutes)),
    }));
  }

  async #sample(minutes) {
    const ids = (await this.stack.compose('ps', '--quiet')).trim().split('\n').filter(Boolean);
    const services = new Map(
      (await this.stack.inspect()).map(({ Id, Config }) => [Id.slice(0, 12), Config.Labels['com.docker.compose.service']]),
    );
    const lines = (await this.stack.docker('stats', '--no-stream', '--format', '{{.ID}} {{.MemUsage}}', ...ids)).trim().split('\n');
    for (const line of lines) {
      const [id, used] = line.split(' ');
      const [, amount, unit] = /^([\d.]+)(\w+)$/.exec(used) ?? [];
      const service = services.get(id.slice(0, 12));
      if (!service || !unit) continue;
      const samples = this.samples.get(service) ?? [];
      this.samples.set(service, [...samples, { minutes, mb: Number(amount) * UNITS[unit] }]);
    }
  }
}

/** Least squares, in MB a minute; 0 for fewer than three samples. */
function slopeOf(samples) {
  if (samples.length < 3) return 0;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ minutes }) => minutes)), mean(samples.map(({ mb }) => mb))];
  const above = samples.reduce((sum, { minutes, mb }) => sum + (minutes - x) * (mb - y), 0);
  const below = samples.reduce((sum, { minutes }) => sum + (minutes - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}
