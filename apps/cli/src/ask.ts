import type { Terminal } from './command.types.js';
import { UsageError } from './usage-error.js';

/** Whether a person can be asked: both ends are a terminal that moves its cursor. */
export function canAsk({ input, screen }: Terminal): boolean {
  return input?.isTTY === true && screen?.hasCursor === true;
}

/** Asks for a yes; no where nobody can be asked, and where the question is left. The question is talk: it is on standard error. */
export async function confirmed(question: string, terminal: Terminal): Promise<boolean> {
  if (!canAsk(terminal)) return false;
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message: question, initialValue: false, output: process.stderr })) === true;
}

/** Asks for a secret, which is not shown. @throws UsageError where the question is left */
export async function askSecret(question: string): Promise<string> {
  const { password } = await import('@clack/prompts');
  const answer = await password({ message: question, output: process.stderr });
  if (typeof answer !== 'string') throw new UsageError('nothing was given');
  return answer;
}
