/** What Redis holds while something goes on, and how often it was at its limit. */
import { pause } from './mixed-load.mjs';

const EVERY_MS = 2000;
const BYTES_PER_MB = 1_048_576;

export class RedisWatch {
  constructor(stack) {
    this.stack = stack;
    this.samples = [];
    this.maxMb = null;
  }

  /** Lets Redis hold so much and no more. */
  async limit(mb) {
    this.maxMb = mb;
    await this.#ask(`config set maxmemory ${mb}mb`);
  }

  /** Samples until `signal` aborts. */
  async run(signal) {
    while (!signal.aborted) {
      await this.#sample().catch(() => undefined); // Redis is just being made anew
      await pause(EVERY_MS, signal);
    }
  }

  summary() {
    const most = (name) => Math.max(0, ...this.samples.map((sample) => sample[name])).toFixed(1);
    const full = this.samples.filter(({ refused }) => refused > 0).length;
    return `held ${most('mb')} MB at most${this.maxMb ? ` of ${this.maxMb}` : ''}, ${(this.samples.at(-1)?.mb ?? 0).toFixed(1)} MB at the end; refused to write in ${full} of ${this.samples.length} looks`;
  }

  async #sample() {
    const info = await this.#ask('info memory errorstats');
    const read = (pattern) => Number(pattern.exec(info)?.[1] ?? 0);
    const refusals = read(/errorstat_OOM:count=(\d+)/);
    this.samples.push({ mb: read(/used_memory:(\d+)/) / BYTES_PER_MB, refused: refusals - (this.refusals ?? 0) });
    this.refusals = refusals;
  }

  #ask(command) {
    return this.stack.exec('redis', 'sh', '-c', `REDISCLI_AUTH="$(cat /run/openclaw/redis/password)" redis-cli ${command}`);
  }
}
