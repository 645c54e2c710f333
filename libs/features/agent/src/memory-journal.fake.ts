import type { CallResult, DecidedStep, Journal, RecordedStep } from './journal.types.js';

export type JournalOperation = 'recordStep' | 'beginCall' | 'endCall';

/** A journal in memory that can be opened again by a later attempt, and can lose its lease at any point. */
export class MemoryJournal implements Journal {
  readonly steps: readonly RecordedStep[];
  /** What was done, in order: `recordStep`, `beginCall call_1`, `endCall call_1`. */
  readonly operations: string[] = [];
  readonly #recorded: RecordedStep[];
  readonly #before: (operation: JournalOperation, nth: number) => void;

  /** @param before called ahead of each operation with its number from 0; what it throws is what the journal throws. */
  constructor(steps: readonly RecordedStep[] = [], before: (operation: JournalOperation, nth: number) => void = () => undefined) {
    this.steps = steps;
    this.#recorded = structuredClone([...steps]);
    this.#before = before;
  }

  /** The journal as the next attempt finds it. */
  reopened(before?: (operation: JournalOperation, nth: number) => void): MemoryJournal {
    return new MemoryJournal(structuredClone(this.#recorded), before);
  }

  async recordStep(step: DecidedStep): Promise<void> {
    await this.#do('recordStep', 'recordStep');
    this.#recorded.push({ ...structuredClone(step), calls: step.calls.map((call) => ({ ...call, began: false, result: null })) });
  }

  async beginCall(callId: string): Promise<void> {
    await this.#do('beginCall', `beginCall ${callId}`);
    this.#change(callId, { began: true });
  }

  async endCall(callId: string, result: CallResult): Promise<void> {
    await this.#do('endCall', `endCall ${callId}`);
    this.#change(callId, { result });
  }

  async #do(operation: JournalOperation, name: string): Promise<void> {
    this.#before(operation, this.operations.length);
    this.operations.push(name);
    await Promise.resolve();
  }

  #change(callId: string, change: { began?: boolean; result?: CallResult }): void {
    this.#recorded.forEach((step, index) => {
      this.#recorded[index] = { ...step, calls: step.calls.map((call) => (call.callId === callId ? { ...call, ...change } : call)) };
    });
  }
}
