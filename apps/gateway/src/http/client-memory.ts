import type { ReaderMemory } from '@openclaw/events';

/** How long a page waits for others to let go, before one of them that has stood still for as long is made to. */
const PATIENCE_MS = 1000;
/** A page that waited this long is read all the same: whoever holds what it waits for waits for something else than a client. */
const WAIT_MS_MAX = 5000;
/** What pages may make one client hold, of the bound on all: a socket that follows many runs waits for itself before others wait for it. */
const SHARE_OF_ALL = 3 / 8;
/** What a look may find beyond what was asked for: its last event is as large as one reply can be. */
const BEYOND_ASKED = 1_048_576;

/**
 * What all clients together make this process hold: replies and events that wait to be read, pages of logs and conversations on
 * their way, frames and bodies that are not yet whole. Beyond the bound new pages wait a moment; then the client is cut off that
 * has held the most for the longest, so that readers who do not read cost themselves and nobody else.
 */
export class ClientMemory {
  readonly #bytesMax: number;
  readonly #onCut: (bytes: number) => void;
  readonly #shares = new Set<ClientShare>();
  #held = 0;
  #release: PromiseWithResolvers<undefined> | null = null;

  /** @param onCut told how much a client held that was cut off */
  constructor(bytesMax: number, onCut: (bytes: number) => void) {
    this.#bytesMax = bytesMax;
    this.#onCut = onCut;
  }

  get held(): number {
    return this.#held;
  }

  /** The share of one client, until it is closed. @param cut ends the client's connection at once */
  open(cut: () => void): ClientShare {
    const share: ClientShare = new ClientShare(cut, {
      change: (bytes) => {
        this.#change(bytes);
      },
      room: (asking, bytes, signal, take) => this.#room(asking, bytes, signal, take),
      closed: () => {
        this.#shares.delete(share);
      },
    });
    this.#shares.add(share);
    return share;
  }

  #change(bytes: number): void {
    this.#held += bytes;
    if (bytes <= 0) {
      this.#release?.resolve(undefined);
      this.#release = null;
    }
    while (this.#held > this.#bytesMax && this.#cutHeaviest());
  }

  /** @param take called in one turn with the last look: of several that wait, the next must see what this one holds */
  async #room(share: ClientShare, bytes: number, signal: AbortSignal, take: () => void): Promise<void> {
    const deadline = performance.now() + WAIT_MS_MAX;
    while (!signal.aborted && (this.#isFull(bytes) || this.#isShareFull(share, bytes)) && performance.now() < deadline) {
      const release = (this.#release ??= Promise.withResolvers());
      const timer = setTimeout(() => {
        // What was taken while this process was busy is told first: nobody stands still for that.
        setImmediate(() => {
          const isOver = this.#release !== release;
          if (isOver || !this.#isFull(bytes) || !this.#cutHeaviest(PATIENCE_MS)) release.resolve(undefined);
        });
      }, PATIENCE_MS);
      await release.promise;
      clearTimeout(timer);
      if (this.#release === release) this.#release = null;
    }
    take();
  }

  #isFull(bytes: number): boolean {
    return this.#held > 0 && this.#held + bytes > this.#bytesMax;
  }

  #isShareFull(share: ClientShare, bytes: number): boolean {
    return share.bytes > 0 && share.bytes + share.looks * BEYOND_ASKED + bytes > this.#bytesMax * SHARE_OF_ALL;
  }

  /** @param stillMs who took something within that time is spared @returns false where nobody has anything to read */
  #cutHeaviest(stillMs = 0): boolean {
    const now = performance.now();
    let heaviest: ClientShare | null = null;
    for (const share of this.#shares) if (share.weight(now, stillMs) > (heaviest?.weight(now, stillMs) ?? 0)) heaviest = share;
    if (!heaviest) return false;
    this.#onCut(heaviest.bytes);
    heaviest.cutOff();
    return true;
  }
}

interface Owner {
  change(bytes: number): void;
  room(share: ClientShare, bytes: number, signal: AbortSignal, take: () => void): Promise<void>;
  closed(): void;
}

/** What one client makes this process hold. */
export class ClientShare implements ReaderMemory {
  readonly #cut: () => void;
  readonly #owner: Owner;
  #bytes = 0;
  #unread = 0;
  #looks = 0;
  #since = 0;
  #isClosed = false;

  constructor(cut: () => void, owner: Owner) {
    this.#cut = cut;
    this.#owner = owner;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Looks under way, of which nobody knows yet how much they find. */
  get looks(): number {
    return this.#looks;
  }

  /**
   * Bytes times the milliseconds since the client last took or completed any: one that reads weighs little, however much it is sent,
   * and one from whom nothing is awaited weighs nothing.
   */
  weight(now: number, stillMs: number): number {
    return this.#unread > 0 && now - this.#since >= stillMs ? this.#bytes * (now - this.#since + 1) : 0;
  }

  /** Holds so many bytes more, or fewer. Once closed it does nothing. */
  hold(change: number): void {
    if (this.#isClosed || change === 0) return;
    this.#bytes += change;
    this.#owner.change(change);
  }

  /** As {@link hold}, for what waits for the client: to be read, or to be completed. */
  pend(change: number): void {
    if (change < 0 || this.#unread === 0) this.#since = performance.now();
    this.#unread += change;
    this.hold(change);
  }

  /** Waits for room for so many bytes and holds them; at once where `signal` aborts or the share is closed. */
  async reserve(bytes: number, signal: AbortSignal): Promise<void> {
    await this.#enter(signal, bytes, () => undefined);
  }

  async take<Found extends { readonly bytes: number }>(bytes: number, signal: AbortSignal, look: () => Promise<Found>): Promise<Found> {
    await this.#enter(signal, bytes, () => {
      this.#looks += 1;
    });
    let found = 0;
    try {
      const page = await look();
      found = page.bytes;
      return page;
    } finally {
      this.#looks -= 1;
      this.hold(found - bytes);
      this.#owner.change(0);
    }
  }

  async #enter(signal: AbortSignal, bytes: number, count: () => void): Promise<void> {
    const enter = (): void => {
      count();
      this.hold(bytes);
    };
    if (this.#isClosed) enter();
    else await this.#owner.room(this, bytes, signal, enter);
  }

  /** Lets go of everything. */
  close(): void {
    if (this.#isClosed) return;
    const held = this.#bytes;
    this.hold(-held);
    this.#isClosed = true;
    this.#owner.closed();
  }

  /** Lets go of everything and ends the connection. */
  cutOff(): void {
    this.close();
    this.#cut();
  }
}
