import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const WINDOW_MS = 1000;
/** How long the loop may have stood still within the last two windows before this process counts as hung. */
const STALL_MS_MAX = 1000;
const NANOSECONDS = 1_000_000;

/** Whether the event loop keeps up: while it stands still nobody is served, and every other check looks well afterwards. */
export class LoopWatch {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #worstBefore = 0;
  #timer: NodeJS.Timeout | null = null;

  start(): void {
    this.#delays.enable();
    this.#timer = setInterval(() => {
      this.#worstBefore = this.#delays.max;
      this.#delays.reset();
    }, WINDOW_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#delays.disable();
  }

  /** True where it stood still for a second or longer within the last one or two seconds that it could look at. */
  get isLagging(): boolean {
    return Math.max(this.#worstBefore, this.#delays.max) / NANOSECONDS >= STALL_MS_MAX;
  }
}
