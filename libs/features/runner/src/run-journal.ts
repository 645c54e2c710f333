import type { CallResult, DecidedStep, Journal, RecordedStep } from '@openclaw/agent';
import type { Fence, JournalStore, StoredJournal } from '@openclaw/conversations';
import { type Lease, untilWritten } from '@openclaw/work';

/** Thrown when this attempt no longer owns its run: nothing more is written, published or called. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease of this run is lost');
    this.name = 'LeaseLost';
  }
}

/** The attempt that writes. */
interface Owner {
  readonly fence: Fence;
  readonly lease: Lease;
}

/**
 * The agent's journal in Postgres. Turns that only read stay in memory until a turn with effects follows: repeating them
 * costs nothing, and an ordinary message needs no write here at all.
 */
export class RunJournal implements Journal {
  readonly steps: readonly RecordedStep[];
  readonly #store: JournalStore;
  readonly #owner: Owner;
  readonly #readOnlyTools: ReadonlySet<string>;
  #turn: number;
  #waiting: { step: DecidedStep; results: Map<string, CallResult> }[] = [];

  /** @param stored what earlier attempts wrote */
  constructor(store: JournalStore, owner: Owner, stored: StoredJournal, readOnlyTools: ReadonlySet<string>) {
    this.#store = store;
    this.#owner = owner;
    this.#readOnlyTools = readOnlyTools;
    this.steps = stored.steps.map((step) => toRecordedStep(step, stored));
    this.#turn = this.steps.length;
  }

  async recordStep(step: DecidedStep): Promise<void> {
    this.#waiting.push({ step, results: new Map() });
    if (!step.calls.every((call) => this.#readOnlyTools.has(call.name))) await this.#writeWaiting();
  }

  async beginCall(callId: string): Promise<void> {
    await this.#write((store, fence) => store.beginCall(fence, callId));
  }

  async endCall(callId: string, result: CallResult): Promise<void> {
    const waiting = this.#waiting.find(({ step }) => step.calls.some((call) => call.callId === callId));
    if (waiting) waiting.results.set(callId, result);
    else await this.#write((store, fence) => store.endCall(fence, callId, result));
  }

  async #writeWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { step, results } of waiting) {
      this.#turn += 1;
      const turn = this.#turn;
      await this.#write((store, fence) => store.recordStep(fence, turn, step));
      for (const [callId, result] of results) await this.#write((store, fence) => store.endCall(fence, callId, result));
    }
  }

  /** @throws LeaseLost where another attempt has the run */
  async #write(write: (store: JournalStore, fence: Fence) => Promise<boolean>): Promise<void> {
    const { fence, lease } = this.#owner;
    if (!(await untilWritten(() => write(this.#store, fence), lease))) throw new LeaseLost();
  }
}

function toRecordedStep(stored: unknown, journal: StoredJournal): RecordedStep {
  const step = stored as DecidedStep; // this class wrote it
  return {
    ...step,
    calls: step.calls.map((call) => ({
      ...call,
      began: journal.results.has(call.callId),
      result: (journal.results.get(call.callId) as CallResult | null | undefined) ?? null, // likewise
    })),
  };
}
