const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(\s|$)/;

/**
 * Cuts Markdown that comes in pieces into blocks that are complete: up to an empty line, a heading, or the end of a fence. What it gives,
 * joined, is what it was given, but for empty lines between blocks.
 */
export class MarkdownBlocks {
  #rest = '';
  #lines: string[] = [];
  #fence: string | null = null;

  /** @returns the blocks that are complete now */
  add(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line));
  }

  /** @returns what is left */
  end(): string[] {
    const blocks = this.#rest === '' ? [] : this.#take(this.#rest);
    this.#rest = '';
    this.#fence = null;
    return [...blocks, ...this.#finished()];
  }

  #take(line: string): string[] {
    const fence = FENCE.exec(line)?.[1] ?? null;
    if (this.#fence !== null) {
      this.#lines.push(line);
      if (fence === null || !fence.startsWith(this.#fence) || line.trim() !== fence) return [];
      this.#fence = null;
      return this.#finished();
    }
    if (fence !== null) {
      const before = this.#finished();
      this.#fence = fence;
      this.#lines.push(line);
      return before;
    }
    if (line.trim() === '') return this.#finished();
    if (!HEADING.test(line)) {
      this.#lines.push(line);
      return [];
    }
    return [...this.#finished(), line];
  }

  #finished(): string[] {
    const block = this.#lines.join('\n');
    this.#lines = [];
    return block === '' ? [] : [block];
  }
}
