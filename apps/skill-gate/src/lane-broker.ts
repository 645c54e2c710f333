/**
 * call ─► waits for a free lane ─► lane ─► result
 *
 * Lanes come by themselves and go as they like; a call is in one lane at most, and is never given to a second one: it may have had effects.
 */
import type { Socket } from 'node:net';
import type { GateReport, LaneHello } from '@openclaw/lanes';
import { type CallFrame, Lane, type LaneCall, LaneLostError } from './lane.js';

/** Why a call is not run. */
export class NotRunError extends Error {
  readonly kind: 'busy' | 'no_lane' | 'disabled';

  constructor(kind: NotRunError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What came of a call, where, and whether it was the skill's last. */
export interface Ran {
  readonly frame: CallFrame;
  readonly lane: string;
  readonly isGivenUp: boolean;
}

interface Waiting {
  readonly call: LaneCall;
  readonly signal: AbortSignal;
  readonly resolve: (done: Promise<Ran>) => void;
  readonly reject: (reason: unknown) => void;
}

/** A lane that is made anew is back within a second. */
const WAIT_MS = 30_000;
const WAITING_MAX = 64;
const CONNECTIONS_MAX = 64;
/** Lanes that a skill may cost before it is not run any more. */
const LOSSES_MAX = 3;
const COUNTED_MAX = 1000;
const NO_LANE = 'no lane is connected: see `docker compose logs skill-runner`';

export class LaneBroker {
  readonly #lanes = new Set<Lane>();
  readonly #losses = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  readonly #lost: (digest: string, losses: number) => void;
  #last: LaneHello | null = null;

  /** @param lost hears of each lane that a skill has cost */
  constructor(lost: (digest: string, losses: number) => void = () => undefined) {
    this.#lost = lost;
  }

  /** Takes a lane in. */
  accept(socket: Socket): void {
    if (this.#lanes.size >= CONNECTIONS_MAX) {
      socket.destroy();
      return;
    }
    const lane = new Lane(socket, () => {
      this.#changed(lane, socket);
    });
    this.#lanes.add(lane);
  }

  /** Aborting gives the place in the line up, or has the lane end the call. @throws NotRunError @throws LaneLostError */
  async run(call: LaneCall, signal: AbortSignal): Promise<Ran> {
    this.#refuse(call);
    const { promise, resolve, reject } = Promise.withResolvers<Ran>();
    const waiting: Waiting = { call, signal, resolve, reject };
    const leave = (reason: unknown): void => {
      if (this.#waiting.delete(waiting)) reject(reason);
    };
    const alarm = setTimeout(() => {
      leave(this.#noLane() ?? new NotRunError('busy', 'Every lane was busy for 30 s.'));
    }, WAIT_MS);
    const abort = (): void => {
      leave(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.add(waiting);
    this.#pump();
    return promise.finally(() => {
      clearTimeout(alarm);
      signal.removeEventListener('abort', abort);
    });
  }

  report(): GateReport {
    const taking = [...this.#lanes].flatMap(({ hello }) => (hello?.refused === null ? [hello] : []));
    const refusing = [...this.#lanes].flatMap(({ hello }) => hello?.refused ?? []);
    const [first] = taking;
    return {
      lanes: taking.length,
      busy: [...this.#lanes].filter(({ isBusy }) => isBusy).length,
      waiting: this.#waiting.size,
      runtime: (first ?? this.#last)?.runtime ?? null,
      landlock: first ? Math.min(...taking.map(({ landlock }) => landlock)) : null,
      unbounded: taking.some(({ unbounded }) => unbounded),
      refused: refusing[0] ?? (first ? null : NO_LANE),
    };
  }

  #refuse({ request: { digest } }: LaneCall): void {
    if (this.#isGivenUp(digest)) throw givenUp();
    if (this.#waiting.size >= WAITING_MAX) throw new NotRunError('busy', 'Too many calls wait for a lane.');
    const refusal = this.#noLane();
    // a lane that is made anew is waited for, a host that cannot isolate is not
    if (refusal?.message.includes(NO_LANE) === false) throw refusal;
  }

  /** null where lanes take calls. */
  #noLane(): NotRunError | null {
    const { lanes, refused } = this.report();
    return lanes > 0 ? null : new NotRunError('no_lane', `No skill can be run: ${refused ?? NO_LANE}.`);
  }

  #pump(): void {
    for (const lane of this.#lanes) {
      const [next] = this.#waiting;
      if (!next) return;
      if (!lane.isFree) continue;
      this.#waiting.delete(next);
      next.resolve(this.#runIn(lane, next));
    }
  }

  async #runIn(lane: Lane, { call, signal }: Waiting): Promise<Ran> {
    const { digest } = call.request;
    try {
      const frame = await lane.run(call, signal);
      if (!frame.head.clean) this.#count(digest);
      return { frame, lane: lane.hello?.lane ?? '', isGivenUp: this.#isGivenUp(digest) };
    } catch (thrown) {
      if (!(thrown instanceof LaneLostError)) throw thrown;
      this.#count(digest);
      throw this.#isGivenUp(digest) ? givenUp() : thrown;
    }
  }

  #isGivenUp(digest: string): boolean {
    return (this.#losses.get(digest) ?? 0) >= LOSSES_MAX;
  }

  #count(digest: string): void {
    const losses = (this.#losses.get(digest) ?? 0) + 1;
    this.#losses.delete(digest);
    this.#losses.set(digest, losses);
    this.#lost(digest, losses);
    const [oldest] = this.#losses.keys();
    if (this.#losses.size > COUNTED_MAX && oldest !== undefined) this.#losses.delete(oldest);
  }

  #changed(lane: Lane, socket: Socket): void {
    if (socket.destroyed) this.#lanes.delete(lane);
    this.#last = lane.hello ?? this.#last;
    this.#pump();
  }
}

function givenUp(): NotRunError {
  return new NotRunError('disabled', `The skill has cost ${String(LOSSES_MAX)} lanes, and is not run any more.`);
}
