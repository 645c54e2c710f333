import type { ArgumentSpecs, Call, Command, OptionSpecs, Terminal } from './command.types.js';

type None = Readonly<Record<string, never>>;

/** A command with the types of its options and arguments. */
export function defineCommand<const Arguments extends ArgumentSpecs = None, const Options extends OptionSpecs = None>(spec: {
  readonly details?: readonly string[];
  readonly args?: Arguments;
  readonly options?: Options;
  run(call: Call<Arguments, Options>, terminal: Terminal): Promise<number>;
}): Command {
  return {
    details: spec.details ?? [],
    args: spec.args ?? {},
    options: spec.options ?? {},
    // The parser fills exactly the names of `args` and `options`, each read by its own specification.
    run: (call, terminal) => spec.run(call as Call<Arguments, Options>, terminal),
  };
}
