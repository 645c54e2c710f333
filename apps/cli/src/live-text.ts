import { printable } from './printable.js';

/** Text that is shown as it comes, in pieces that may be cut anywhere: between CR and LF too. */
export class LiveText {
  readonly #write: (text: string) => unknown;
  #held = '';
  #isAtLineStart = true;

  constructor(write: (text: string) => unknown) {
    this.#write = write;
  }

  add(piece: string): void {
    const text = this.#held + piece;
    this.#held = text.endsWith('\r') ? '\r' : '';
    this.#show(this.#held === '' ? text : text.slice(0, -1));
  }

  /** Leaves the cursor at the beginning of a line. */
  end(): void {
    this.#show(this.#held);
    this.#held = '';
    if (!this.#isAtLineStart) this.#show('\n');
  }

  #show(text: string): void {
    if (text === '') return;
    this.#write(printable(text));
    this.#isAtLineStart = text.endsWith('\n');
  }
}
