/** What arrives for one reader, in order, until it ends or fails. */
export class Mailbox<Item> implements AsyncIterable<Item> {
  readonly #waiting: Item[] = [];
  #wake: (() => void) | null = null;
  #ended: { readonly failure: Error | null } | null = null;

  put(item: Item): void {
    if (this.#ended) return;
    this.#waiting.push(item);
    this.#wake?.();
  }

  /** Nothing comes any more; `failure` is thrown once what came is read. */
  end(failure: Error | null = null): void {
    this.#ended ??= { failure };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for (;;) {
      yield* this.#waiting.splice(0);
      if (this.#waiting.length > 0) continue;
      if (this.#ended) {
        if (this.#ended.failure !== null) throw this.#ended.failure;
        return;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = null;
    }
  }
}
