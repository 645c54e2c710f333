import { utimes, writeFile } from 'node:fs/promises';

const EVERY_MS = 2000;

/** Touches a file while the event loop turns and Postgres answers: what a container's health check looks at. */
export class Heartbeat {
  readonly #file: string | null;
  readonly #ping: () => Promise<void>;
  #timer: NodeJS.Timeout | null = null;

  constructor(file: string | null, ping: () => Promise<void>) {
    this.#file = file;
    this.#ping = ping;
  }

  start(): void {
    void this.#beat();
    this.#timer = setInterval(() => void this.#beat(), EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    const now = new Date();
    await this.#ping()
      .then(() => utimes(file, now, now).catch(() => writeFile(file, '')))
      // A missed beat shows in the file's age, which is the whole point of it.
      .catch(() => undefined);
  }
}
