import { RootCommand } from '@bomb.sh/tab';
import type { Command, CommandEntry, Completer, Completion, Terminal } from './command.types.js';
import { EXIT } from './exit-codes.js';
import { printableLine } from './printable.js';

/** Answers the shell when Tab is pressed: `openclaw complete -- conversations show co`. Nothing goes wrong in front of a prompt. */
export async function complete(line: readonly string[], commands: readonly CommandEntry[], terminal: Terminal): Promise<number> {
  const words = line[0] === '--' ? line.slice(1) : line;
  const entry = namedBy(words, commands);
  const root = new RootCommand();
  for (const each of commands) declare(root, each);
  if (entry) await describe(root, entry, terminal);
  root.parse([...words]); // prints by itself
  return EXIT.ok;
}

function namedBy(words: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const named = commands.filter(({ name }) => name.split(' ').every((word, index) => word === words[index]));
  return named.toSorted((one, other) => other.name.length - one.name.length)[0];
}

function declare(root: RootCommand, { name, summary }: CommandEntry): void {
  const [first = '', second] = name.split(' ');
  if (second !== undefined && !root.commands.has(first)) root.command(first, '');
  root.command(name, summary);
}

/** Only the command that is meant is loaded, and asked for the values of its words. */
async function describe(root: RootCommand, { name, summary, load }: CommandEntry, terminal: Terminal): Promise<void> {
  const command: Command = await load();
  const declared = root.command(name, summary);
  for (const [option, { placeholder, summary: what, short, values, complete: look }] of Object.entries(command.options)) {
    const long = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (placeholder === null) declared.option(long, what, short);
    else {
      const found = await valuesOf(values, look, terminal);
      declared.option(
        long,
        what,
        (add) => {
          for (const { value, description } of found) add(value, description);
        },
        short,
      );
    }
  }
  for (const [argument, { shape, values, complete: look }] of Object.entries(command.args)) {
    const found = await valuesOf(values, look, terminal);
    declared.argument(
      argument,
      (add) => {
        for (const { value, description } of found) add(value, description);
      },
      shape === 'rest',
    );
  }
}

async function valuesOf(
  values: readonly string[] | undefined,
  look: Completer | undefined,
  terminal: Terminal,
): Promise<readonly Completion[]> {
  if (values !== undefined) return values.map((value) => ({ value, description: '' }));
  if (look === undefined) return [];
  const found = await look(terminal).catch(() => []); // an error would stand in the prompt
  return found.map(({ value, description }) => ({ value, description: printableLine(description) }));
}
