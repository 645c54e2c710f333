import type { OpenClawClient, RunEvent, RunStream } from '@openclaw/sdk';
import type { Terminal } from '../command.types.js';
import { completeConversation, newestConversation, SHELL } from '../known-conversations.js';
import { defineCommand } from '../define-command.js';
import { describeFailure } from '../describe-failure.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { connect, PATIENT } from '../gateway-client.js';
import { given } from '../given.js';
import { flag, text, whole } from '../options.js';
import { MarkdownBlocks } from '../markdown-blocks.js';
import { printable, printableLine } from '../printable.js';
import { QuestionSource } from '../question-source.js';
import { renderBlock } from '../render-markdown.js';

/** Ctrl-C twice within this leaves. */
const TWICE_MS = 2000;
const HINT = 'Ctrl-C stops an answer, twice leaves; Ctrl-D leaves. /new begins anew, a line that ends in \\ goes on.\n';
const SECONDS = 600;

export const chat = defineCommand({
  details: [
    'Each line is a question; one that ends in \\ goes on in the next. /new begins a new conversation, /quit leaves, as Ctrl-D does.',
    'Ctrl-C stops the answer that is being made, twice within two seconds leaves. Questions may be piped in, one a line.',
  ],
  options: {
    conversation: text('<id>', 'go on with it', { short: 'c', complete: completeConversation }),
    continue: flag('go on with the newest conversation that was begun at a shell'),
    person: text('<person>', 'whose it is, for tokens that may say so'),
    timeout: whole('<seconds>', 'how long to wait for an answer', { min: 1, max: 86_400, initial: SECONDS }),
  },
  run: async ({ options }, terminal) => {
    const client = await connect(terminal, PATIENT);
    const conversation = options.conversation ?? (options.continue ? await newestConversation(client) : undefined);
    return new Chat(client, terminal, { conversation, person: options.person, timeoutMs: options.timeout * 1000 }).run();
  },
});

interface ChatOptions {
  readonly conversation: string | undefined;
  readonly person: string | undefined;
  readonly timeoutMs: number;
}

/**
 * question ─► the run's events ─► blocks as they are complete ─► the screen ─► the next question
 */
class Chat {
  readonly #client: OpenClawClient;
  readonly #terminal: Terminal;
  readonly #options: ChatOptions;
  readonly #questions: QuestionSource;
  #conversation: string | undefined;
  #answering: AbortController | null = null;
  #interruptedAt = -Infinity;
  #hasLeft = false;

  constructor(client: OpenClawClient, terminal: Terminal, options: ChatOptions) {
    this.#client = client;
    this.#terminal = terminal;
    this.#options = options;
    this.#conversation = options.conversation;
    this.#questions = new QuestionSource(terminal, () => {
      this.#interrupt();
    });
  }

  /** @returns 0 at the end of the questions; 130 after Ctrl-C twice; what the last answer failed with, where they are piped in */
  async run(): Promise<number> {
    const isTyped = this.#terminal.input?.isTTY === true;
    if (isTyped) this.#terminal.err(HINT);
    const ignore = this.#terminal.onInterrupt?.(() => {
      this.#interrupt();
    });
    try {
      const last = await this.#converse();
      if (this.#hasLeft) return EXIT.interrupted;
      return isTyped ? EXIT.ok : last;
    } finally {
      ignore?.();
      this.#questions.close();
    }
  }

  /** @returns what the last answer ended with */
  async #converse(): Promise<number> {
    let last: number = EXIT.ok;
    for (let question = await this.#questions.next(); question !== null && !this.#hasLeft; question = await this.#questions.next()) {
      const said = question.trim();
      if (said === '/quit') break;
      if (said === '/new') this.#conversation = undefined;
      else if (said !== '') last = await this.#answer(question);
    }
    return last;
  }

  /** Never throws: the next question can be asked, whatever became of this one. */
  async #answer(message: string): Promise<number> {
    const { person, timeoutMs } = this.#options;
    this.#answering = new AbortController();
    const { signal } = this.#answering;
    const stream = this.#client.messageStream(
      { channel: SHELL, message, ...given({ person, conversation_id: this.#conversation }) },
      { signal, cancelOnAbort: true, timeoutMs },
    );
    try {
      await this.#show(stream);
      return EXIT.ok;
      // eslint-disable-next-line no-catch-all/no-catch-all -- told as the program's edge would tell it; the conversation goes on
    } catch (thrown) {
      this.#terminal.err(signal.aborted ? 'openclaw: stopped\n' : describeFailure(thrown, false));
      return signal.aborted ? EXIT.interrupted : exitCodeOf(thrown);
    } finally {
      this.#conversation = stream.conversationId ?? this.#conversation;
      this.#answering = null;
    }
  }

  async #show(stream: RunStream): Promise<void> {
    if (!this.#terminal.screen) {
      const { content } = await stream.reply();
      this.#terminal.out(`${printable(content).replace(/\n$/, '')}\n`);
      return;
    }
    const blocks = new MarkdownBlocks();
    try {
      for await (const event of stream) this.#take(event, blocks);
    } finally {
      this.#print(blocks.end());
    }
    for (const { message } of (await stream.reply()).warnings ?? []) this.#terminal.err(`openclaw: ${printableLine(message)}\n`);
  }

  #take(event: RunEvent, blocks: MarkdownBlocks): void {
    if (event.type === 'token') this.#print(blocks.add(event.content));
    else if (event.type === 'skill_call') this.#terminal.err(`· ${printableLine(event.skill)}\n`);
    else if (event.type === 'restart') {
      blocks.end();
      this.#terminal.err('openclaw: the agent begins again\n');
    }
  }

  /** An empty line stands between blocks, and after the last. */
  #print(blocks: readonly string[]): void {
    const { screen, out } = this.#terminal;
    if (screen) for (const block of blocks) out(`${renderBlock(block, screen)}\n`);
  }

  #interrupt(): void {
    const isTwice = performance.now() - this.#interruptedAt < TWICE_MS;
    this.#interruptedAt = performance.now();
    if (isTwice) {
      this.#hasLeft = true;
      this.#answering?.abort();
      this.#questions.close();
      this.#terminal.out('\n');
      return;
    }
    if (this.#answering) {
      this.#answering.abort();
      return;
    }
    if (!this.#questions.clear()) this.#terminal.err('\nCtrl-C again leaves\n');
    this.#questions.prompt();
  }
}
