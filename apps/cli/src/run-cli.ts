import { VERSION } from '@openclaw/words';
import type { Command, Terminal } from './command.types.js';
import { commands } from './commands.js';
import { UsageError } from './usage-error.js';

const OK = 0;
const FAILED = 1;
const MISUSED = 2;

/**
 * Runs one command line, without the program's own name. Resolves to the exit code: 0 done, 1 failed, 2 called wrongly. Never
 * throws: a failure is one clear line (a wrong configuration: one line per problem), never a stack.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
    // eslint-disable-next-line no-catch-all/no-catch-all -- the edge of the program: whatever it was becomes a line and an exit code
  } catch (thrown) {
    terminal.err(`openclaw: ${describe(thrown)}\n`);
    if (!isUsageError(thrown)) return FAILED;
    const command = findCommand(args);
    terminal.err(`\n${command === null ? overview() : usageOf(command)}`);
    return MISUSED;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) throw new UsageError('a command is required');
  if (first === '--version' || first === '-V') return print(terminal, `${VERSION}\n`);
  if (first === 'help' || isHelp(first)) return print(terminal, rest.length === 0 ? overview() : usageOf(getCommand(rest)));
  const command = getCommand(args);
  const options = args.slice(wordsOf(command).length);
  return options.some(isHelp) ? print(terminal, usageOf(command)) : command.run(options, terminal);
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text);
  return OK;
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

function getCommand(args: readonly string[]): Command {
  const command = findCommand(args);
  if (command === null) throw new UsageError(`${args.slice(0, 2).join(' ')} is not a command`);
  return command;
}

function findCommand(args: readonly string[]): Command | null {
  return commands.find((command) => wordsOf(command).every((word, index) => word === args[index])) ?? null;
}

function wordsOf(command: Command): string[] {
  return command.name.split(' ');
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'Usage: openclaw <command> [options]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}   ${command.summary}`),
    '',
    '  openclaw help <command>   more about one of them',
    '  openclaw --version        the version',
    '',
  ].join('\n');
}

function usageOf(command: Command): string {
  const details = command.details.map((line) => `  ${line}`);
  return [`Usage: openclaw ${command.name} ${command.usage}`.trimEnd(), '', `${command.name}: ${command.summary}`, ...details, ''].join('\n');
}

function describe(thrown: unknown): string {
  if (!Error.isError(thrown)) return 'failed for an unknown reason';
  const lines = thrown.name === 'ConfigError' ? thrown.message : thrown.message.split('\n').map((line) => line.trim()).join(' ');
  return lines === '' && 'code' in thrown ? String(thrown.code) : lines;
}

/** Ours, and those of node:util parseArgs. */
function isUsageError(thrown: unknown): boolean {
  if (thrown instanceof UsageError) return true;
  return Error.isError(thrown) && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS_');
}
