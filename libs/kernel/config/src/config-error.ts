import type { Issue } from '@openclaw/words';

/**
 * Everything that is wrong with a configuration, at once. `problems` have the dotted path of a key, the name of a variable or a
 * file; the message is the same as a list that a person can work through. Neither holds a secret.
 */
export class ConfigError extends Error {
  readonly problems: readonly Issue[];

  constructor(problems: readonly Issue[]) {
    super(describe(problems));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function describe(problems: readonly Issue[]): string {
  const title = problems.length === 1 ? 'The configuration has a problem:' : `The configuration has ${String(problems.length)} problems:`;
  return [title, ...problems.map((problem) => `  - ${problem.path}: ${problem.message}`)].join('\n');
}
