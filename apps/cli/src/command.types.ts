import type { Readable, Writable } from 'node:stream';
import type { Environment } from '@openclaw/config';

/** What a command sees of the world, so that a test can give it another one. */
export interface Terminal {
  readonly env: Environment;
  /** The home folder; that of the user where absent. */
  readonly homeDir?: string;
  /** Results, for people and pipes: written as they are, line ends included. */
  readonly out: (text: string) => unknown;
  /** Progress and complaints. */
  readonly err: (text: string) => unknown;
  /** Where results that are no text go. */
  readonly output?: Writable;
  /** What is typed or piped in; nothing where absent. */
  readonly input?: Readable & { readonly isTTY?: boolean };
  /** Aborts with an `Interruption` at Ctrl-C, SIGTERM, and when whoever reads the results has gone. */
  readonly signal?: AbortSignal;
  /** For a command that goes on after Ctrl-C: `handler` is called instead of the process being ended. @returns how to have it as before */
  readonly onInterrupt?: (handler: () => void) => () => void;
  /** What the results are shown on; a pipe or a file where absent. */
  readonly screen?: Screen;
  /** Whether a person reads the complaints as they come. */
  readonly isWatched?: boolean;
}

/** A terminal that a person sits at. */
export interface Screen {
  /** Now: a window can be made narrower. At least 1. */
  readonly columns: () => number;
  readonly hasColors: boolean;
  /** Whether the cursor can be moved: false where `TERM` is `dumb`. */
  readonly hasCursor: boolean;
}

/** Why a command is to end before it is done. */
export class Interruption extends Error {
  /** What the process then ends with. */
  readonly exitCode: number;

  constructor(what: string, exitCode: number) {
    super(what);
    this.name = 'Interruption';
    this.exitCode = exitCode;
  }
}

/** What a word of a command line can become, for Tab. */
export interface Completion {
  readonly value: string;
  readonly description: string;
}

/** Looks for what a word can become. Fails quietly: whatever it throws is nothing. */
export type Completer = (terminal: Terminal) => Promise<readonly Completion[]>;

/** An option of a command; made by the functions of options.ts. */
export interface OptionSpec<Value> {
  /** What stands behind it, such as `<n>`; null for one that is there or not. */
  readonly placeholder: string | null;
  readonly summary: string;
  /** A letter, such as `n` for `-n`. */
  readonly short?: string;
  readonly initial: Value;
  /** @param before the value so far: that of the option before, where it is given more than once @throws UsageError */
  read(text: string, before: Value): Value;
  readonly values?: readonly string[];
  readonly complete?: Completer;
}

/** A word of a command line that is no option. */
export interface ArgumentSpec<Value> {
  /** As the usage shows it: `<id>`, `[id]`, `[text...]`. */
  readonly shape: 'required' | 'optional' | 'rest';
  readonly summary: string;
  readonly values?: readonly string[];
  readonly complete?: Completer;
  /** Its type alone; never there. */
  readonly of?: Value;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec<unknown>>>;
export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec<unknown>>>;

/** What a command line said. */
export interface Call<Arguments extends ArgumentSpecs, Options extends OptionSpecs> {
  readonly args: { readonly [Name in keyof Arguments]: Arguments[Name] extends ArgumentSpec<infer Value> ? Value : never };
  readonly options: { readonly [Name in keyof Options]: Options[Name] extends OptionSpec<infer Value> ? Value : never };
  /** The options in the order in which they were given. */
  readonly given: readonly { readonly name: string; readonly value: string }[];
}

/** A command, as its file gives it. */
export interface Command {
  /** Lines of its help below the usage. */
  readonly details: readonly string[];
  readonly args: ArgumentSpecs;
  readonly options: OptionSpecs;
  /** Does the work. Resolves to the exit code. Throws a UsageError for a wrong call, anything else for a failure. */
  run(call: Call<ArgumentSpecs, OptionSpecs>, terminal: Terminal): Promise<number>;
}

/** A line of the list of commands: what the help needs without the command's file. */
export interface CommandEntry {
  /** One or two words: `send`, `token show`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}
