import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from './command.types.js';

const PROMPT = '› ';

/** Where the questions of a conversation come from: a keyboard, or a pipe of one a line. A line that ends in `\` goes on in the next. */
export class QuestionSource {
  readonly #lines: Interface;
  readonly #waiting: string[] = [];
  readonly #isTyped: boolean;
  #isMuted = false;
  #isOver = false;
  #wake: () => void = () => undefined;

  /** @param interrupted told of Ctrl-C at a keyboard that is read key by key */
  constructor(terminal: Terminal, interrupted: () => void) {
    const { input, screen } = terminal;
    if (input === undefined) throw new Error('there is no standard input');
    const hasKeys = input.isTTY === true && screen?.hasCursor === true;
    this.#isTyped = input.isTTY === true;
    this.#lines = createInterface({ input, output: this.#echo(terminal), terminal: hasKeys, prompt: PROMPT, historySize: 1000 });
    this.#lines.on('line', (line) => {
      this.#waiting.push(line);
      this.#wake();
    });
    this.#lines.on('SIGINT', interrupted);
    this.#lines.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** The next question; null at the end. What is typed before is kept, unseen until it is its turn. */
  async next(): Promise<string | null> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === null) return lines.length === 0 ? null : lines.join('\n');
      if (!line.endsWith('\\')) return [...lines, line].join('\n');
      lines.push(line.slice(0, -1));
    }
  }

  /** Takes back what is typed so far. @returns whether there was anything */
  clear(): boolean {
    const had = this.#lines.line !== '';
    if (had) this.#lines.write(null, { ctrl: true, name: 'u' });
    return had;
  }

  prompt(): void {
    if (this.#isTyped && !this.#isOver) this.#lines.prompt(true);
  }

  close(): void {
    this.#lines.close();
  }

  async #line(): Promise<string | null> {
    this.#isMuted = false;
    if (this.#waiting.length === 0) this.prompt();
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#isMuted = true;
    return this.#waiting.shift() ?? null;
  }

  /** What readline draws: nothing for a pipe, and nothing while an answer is on the screen. */
  #echo({ out, screen }: Terminal): Writable {
    const echo = new Writable({
      write: (chunk: Buffer | string, _encoding, done) => {
        if (this.#isTyped && !this.#isMuted) out(chunk.toString());
        done();
      },
    });
    return Object.defineProperty(echo, 'columns', { get: () => screen?.columns() ?? 80 });
  }
}
