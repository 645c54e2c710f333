/**
 * Whether the model of a run may have read what neither its person nor the agent said. Once it may, it may to the end of the run: what it
 * keeps from then on is not to be believed as theirs.
 */
export class Trust {
  #isLost: boolean;

  constructor(isLost = false) {
    this.#isLost = isLost;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  lose(): void {
    this.#isLost = true;
  }
}
