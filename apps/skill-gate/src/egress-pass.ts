import type { Duplex } from 'node:stream';

const BYTES_MAX = 64 * 1024 * 1024;
const CONNECTIONS_MAX = 100;
const OPEN_MAX = 16;
const REASONS_MAX = 20;

/** What one call may do on the network: where to, how much, and until when. */
export class EgressPass {
  /** Lower case; `*.` before one for all below it. */
  readonly hosts: readonly string[];
  readonly #open = new Set<Duplex>();
  readonly #refused = new Set<string>();
  #bytes = 0;
  #connections = 0;
  #isOver = false;

  constructor(hosts: readonly string[]) {
    this.hosts = hosts.map((host) => host.toLowerCase());
  }

  /** What it was not let do. */
  get refused(): readonly string[] {
    return [...this.#refused];
  }

  /** Takes a connection in, which ends with the call at the latest; one too many is closed. */
  admit(connection: Duplex): void {
    this.#connections += 1;
    if (this.#isOver || this.#open.size >= OPEN_MAX || this.#connections > CONNECTIONS_MAX) {
      this.refuse(`more than ${String(OPEN_MAX)} connections at once, or ${String(CONNECTIONS_MAX)} in all`);
      connection.destroy();
      return;
    }
    this.#open.add(connection);
    connection.once('close', () => this.#open.delete(connection));
  }

  /** Counts bytes, either way; beyond the limit everything is closed. */
  spend(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= BYTES_MAX || this.#isOver) return;
    this.refuse(`more than ${String(BYTES_MAX / 1024 / 1024)} MiB over the network`);
    this.end();
  }

  refuse(reason: string): void {
    if (this.#refused.size < REASONS_MAX) this.#refused.add(reason);
  }

  /** Closes everything. */
  end(): void {
    this.#isOver = true;
    for (const connection of this.#open) connection.destroy();
  }
}
