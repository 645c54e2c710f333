/**
 * The list of commands, and the one that is meant ─► commander's tree: words, options, help, the nearest name for a typo
 */
import { Argument, Command as Parser, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ArgumentSpec, ArgumentSpecs, Call, Command, CommandEntry, OptionSpec, OptionSpecs } from './command.types.js';
import { UsageError } from './usage-error.js';

/** What a command line comes to: a text to print, or a command with what it was called with. */
export type Parsed = { readonly help: string } | { readonly call: Call<ArgumentSpecs, OptionSpecs> };

/** A command that was found by its words, with its file loaded. */
export interface FoundCommand {
  readonly entry: CommandEntry;
  readonly command: Command;
}

/**
 * Reads a command line without the program's own name.
 * @param found the command that the words name; null where they name none
 * @throws UsageError for what is wrong with it
 */
export async function parseCommand(
  args: readonly string[],
  commands: readonly CommandEntry[],
  found: FoundCommand | null,
  columns: number,
): Promise<Parsed> {
  let help = '';
  const calls: Call<ArgumentSpecs, OptionSpecs>[] = [];
  const program = treeOf(commands, found, (call) => calls.push(call));
  for (const parser of [program, ...descendants(program)]) {
    parser
      .exitOverride()
      .helpOption('-h, --help', 'show this')
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
        writeErr: () => undefined,
        getOutHelpWidth: () => columns,
        getErrHelpWidth: () => columns,
      });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.code !== 'commander.helpDisplayed') throw new UsageError(sentenceOf(thrown));
  }
  const [call] = calls;
  return call === undefined ? { help: help.endsWith('\n') ? help : `${help}\n` } : { call };
}

/** The first line of a command's help. */
export function usageOf(found: FoundCommand): string {
  const parser = new Parser(`openclaw ${found.entry.name}`);
  fill(parser, found.command, () => undefined);
  return `Usage: ${parser.name()} ${parser.usage()}`;
}

function treeOf(
  commands: readonly CommandEntry[],
  found: FoundCommand | null,
  called: (call: Call<ArgumentSpecs, OptionSpecs>) => void,
): Parser {
  const program = new Parser('openclaw').helpCommand(false).allowExcessArguments(false);
  for (const entry of commands) {
    const words = entry.name.split(' ');
    let parser = program;
    for (const word of words)
      parser =
        parser.commands.find((child) => child.name() === word) ?? parser.command(word).helpCommand(false).allowExcessArguments(false);
    parser.description(entry.summary);
    if (found?.entry === entry) fill(parser, found.command, called);
  }
  return program;
}

function fill(parser: Parser, command: Command, called: (call: Call<ArgumentSpecs, OptionSpecs>) => void): void {
  const given: { name: string; value: string }[] = [];
  const initial = Object.fromEntries(Object.entries(command.options).map(([name, spec]) => [name, spec.initial]));
  for (const [name, spec] of Object.entries(command.args)) parser.addArgument(argumentOf(name, spec));
  for (const [name, spec] of Object.entries(command.options))
    parser.addOption(optionOf(name, spec, (value) => given.push({ name, value })));
  if (command.details.length > 0) parser.addHelpText('after', `\n${command.details.join('\n')}`);
  parser.action(() => {
    const values = Object.keys(command.args).map((name, index): [string, unknown] => [name, parser.processedArgs[index]]);
    called({ args: Object.fromEntries(values), options: { ...initial, ...parser.opts() }, given });
  });
}

function argumentOf(name: string, { shape, summary, values }: ArgumentSpec<unknown>): Argument {
  const word = kebab(name);
  const argument = new Argument(shape === 'required' ? `<${word}>` : shape === 'optional' ? `[${word}]` : `[${word}...]`, summary);
  return values === undefined ? argument : argument.choices(values);
}

function optionOf(name: string, spec: OptionSpec<unknown>, note: (value: string) => void): Option {
  const { placeholder, summary, short } = spec;
  const long = `--${kebab(name)}${placeholder === null ? '' : ` ${placeholder}`}`;
  const option = new Option(short === undefined ? long : `-${short}, ${long}`, summary);
  if (placeholder === null) return option;
  return option.argParser((value: string, before: unknown) => {
    note(value);
    try {
      return spec.read(value, before ?? spec.initial);
    } catch (thrown) {
      if (thrown instanceof UsageError) throw new InvalidArgumentError(thrown.message);
      throw thrown;
    }
  });
}

function descendants(parser: Parser): Parser[] {
  return parser.commands.flatMap((child) => [child, ...descendants(child)]);
}

/** commander's own, on one line: `error: unknown command 'sned'\n(Did you mean send?)`. */
function sentenceOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
