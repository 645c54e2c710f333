/** One page of a list, and the way to the next ones: `for await (const item of page)` goes through all from here on. */
export class Page<Item> implements AsyncIterable<Item> {
  readonly items: readonly Item[];
  /** Of all pages together. */
  readonly total: number;
  readonly #next: (() => Promise<Page<Item>>) | null;

  /** @param next how to get the one after it; null for the last */
  constructor(items: readonly Item[], total: number, next: (() => Promise<Page<Item>>) | null) {
    this.items = items;
    this.total = total;
    this.#next = next;
  }

  get hasNext(): boolean {
    return this.#next !== null;
  }

  /** @returns null after the last */
  async next(): Promise<Page<Item> | null> {
    return this.#next === null ? null : this.#next();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for (let page: Page<Item> | null = this; page !== null; page = await page.next()) yield* page.items; // eslint-disable-line @typescript-eslint/no-this-alias -- the first of a walk
  }
}

/** A list that is asked for by `limit` and `offset`. @param fetch gets the part that begins at an offset */
export async function pageFrom<Item>(
  offset: number,
  fetch: (offset: number) => Promise<{ readonly items: readonly Item[]; readonly total: number }>,
): Promise<Page<Item>> {
  const { items, total } = await fetch(offset);
  const after = offset + items.length;
  return new Page(items, total, items.length > 0 && after < total ? () => pageFrom(after, fetch) : null);
}
