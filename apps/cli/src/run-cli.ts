import { Interruption, type CommandEntry, type Terminal } from './command.types.js';
import { commands } from './commands.js';
import { describeFailure } from './describe-failure.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import type { FoundCommand } from './parse-command.js';
import { UsageError } from './usage-error.js';
import { VERSION } from './version.js';

/** Where nothing says how wide it is. */
const COLUMNS = 80;

/**
 * Runs one command line, without the program's own name. Resolves to the exit code (docs/cli.md). Never throws: a failure is one clear
 * line (a wrong configuration: one line per problem; with `--json` the error's body), never a stack.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const words = asked(args);
  let found: FoundCommand | null = null;
  try {
    found = await find(words);
    return await run(words, found, terminal);
    // eslint-disable-next-line no-catch-all/no-catch-all -- the edge of the program: whatever it was becomes a line and an exit code
  } catch (thrown) {
    return await failed(thrown, { found, asJson: args.includes('--json') }, terminal);
  }
}

async function run(words: readonly string[], found: FoundCommand | null, terminal: Terminal): Promise<number> {
  const [first] = words;
  if (first === undefined) throw new UsageError('a command is required');
  if (isHelp(first)) return print(terminal, overview());
  if (first === '--version' || first === '-V') return print(terminal, `${VERSION}\n`);
  if (first === 'complete') return (await import('./complete.js')).complete(words.slice(1), commands, terminal);
  return found === null ? explain(words, first, terminal) : call(words, found, terminal);
}

async function call(words: readonly string[], found: FoundCommand, terminal: Terminal): Promise<number> {
  const { parseCommand } = await import('./parse-command.js'); // --help need not wait for it
  const parsed = await parseCommand(words, commands, found, columnsOf(terminal));
  return 'help' in parsed ? print(terminal, parsed.help) : found.command.run(parsed.call, terminal);
}

/** The help of a group, or what is wrong with words that are no command. */
async function explain(words: readonly string[], first: string, terminal: Terminal): Promise<number> {
  const parts = partsOf(first);
  if (parts.length > 0 && words.length === 1) throw new UsageError(`${first} needs one of ${parts.join(', ')} behind it`);
  const { parseCommand } = await import('./parse-command.js');
  const parsed = await parseCommand(parts.length > 0 ? words : words.filter((word) => !isHelp(word)), commands, null, columnsOf(terminal));
  return print(terminal, 'help' in parsed ? parsed.help : '');
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

async function failed(
  thrown: unknown,
  { found, asJson }: { readonly found: FoundCommand | null; readonly asJson: boolean },
  terminal: Terminal,
): Promise<number> {
  const reason: unknown = terminal.signal?.aborted === true ? terminal.signal.reason : thrown;
  if (reason instanceof Interruption) return reason.exitCode;
  terminal.err(describeFailure(thrown, asJson && !(thrown instanceof UsageError)));
  if (!(thrown instanceof UsageError)) return exitCodeOf(thrown);
  const { usageOf } = await import('./parse-command.js');
  terminal.err(`\n${found === null ? 'Usage: openclaw <command> [options]; openclaw help lists the commands' : usageOf(found)}\n`);
  return EXIT.misused;
}

/** `help token show` is `token show --help`. */
function asked(args: readonly string[]): readonly string[] {
  return args[0] === 'help' ? [...args.slice(1), '--help'] : args;
}

/** The longest name that the words begin with: `backup verify` before `backup`. */
async function find(words: readonly string[]): Promise<FoundCommand | null> {
  const named = commands.filter(({ name }) => name.split(' ').every((word, index) => word === words[index]));
  const [entry] = named.toSorted((one, other) => other.name.length - one.name.length);
  return entry === undefined ? null : { entry, command: await entry.load() };
}

function partsOf(first: string): string[] {
  return commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.slice(first.length + 1));
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text);
  return EXIT.ok;
}

function columnsOf({ screen }: Terminal): number {
  return screen?.columns() ?? COLUMNS;
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const line = ({ name, summary }: CommandEntry): string => `  ${name.padEnd(width)}   ${summary}`;
  return [
    'Usage: openclaw <command> [options]',
    '',
    ...commands.map(line),
    '',
    '  openclaw help <command>   more about one of them',
    '  openclaw --version        the version',
    '',
  ].join('\n');
}
