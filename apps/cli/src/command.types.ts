import type { Environment } from '@openclaw/config';

/** What a command sees of the world, so that a test can give it another one. */
export interface Terminal {
  readonly env: Environment;
  /** The home folder; that of the user where absent. */
  readonly homeDir?: string;
  /** Results, for people and pipes: written as they are, line ends included. */
  readonly out: (text: string) => void;
  /** Progress and complaints. */
  readonly err: (text: string) => void;
}

export interface Command {
  /** One or two words: `migrate`, `token show`. */
  readonly name: string;
  readonly summary: string;
  /** What follows the name on the command line; '' for nothing. */
  readonly usage: string;
  /** Lines of `openclaw help <name>` below the usage. */
  readonly details: readonly string[];
  /**
   * Does the work; `args` is what follows the name. Resolves to the exit code. Throws a UsageError (or parseArgs' own error) for a
   * wrong call, anything else for a failure.
   */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}
