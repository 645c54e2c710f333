import type { ArgumentSpec, Completer, OptionSpec } from './command.types.js';
import { UsageError } from './usage-error.js';

/** There or not. */
export function flag(summary: string, short?: string): OptionSpec<boolean> {
  return { placeholder: null, summary, initial: false, read: () => true, ...(short === undefined ? {} : { short }) };
}

/** A text; undefined where it is not given. */
export function text(
  placeholder: string,
  summary: string,
  more: { readonly short?: string; readonly complete?: Completer } = {},
): OptionSpec<string | undefined> {
  return { placeholder, summary, initial: undefined, read: (given) => given, ...more };
}

/** A text that can be given several times. */
export function list(
  placeholder: string,
  summary: string,
  more: { readonly short?: string; readonly values?: readonly string[] } = {},
): OptionSpec<readonly string[]> {
  return {
    placeholder,
    summary: `${summary}; may be given more than once`,
    initial: [],
    read: (given, before) => [...before, given],
    ...more,
  };
}

/** A whole number within bounds. @param initial undefined for none */
export function whole<Initial extends number | undefined>(
  placeholder: string,
  summary: string,
  { short, min, max, initial }: { readonly short?: string; readonly min: number; readonly max: number; readonly initial: Initial },
): OptionSpec<number | Initial> {
  const read = (given: string): number => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : NaN;
    if (!(value >= min && value <= max))
      throw new UsageError(`${placeholder} is a number from ${String(min)} to ${String(max)}, not ${JSON.stringify(given)}`);
    return value;
  };
  return {
    placeholder,
    summary: initial === undefined ? summary : `${summary} (${String(initial)})`,
    initial,
    read,
    ...(short === undefined ? {} : { short }),
  };
}

/** One of a few words; undefined where it is not given. */
export function choice<const Value extends string>(
  placeholder: string,
  summary: string,
  values: readonly Value[],
): OptionSpec<Value | undefined> {
  return { placeholder, summary: `${summary}: ${values.join(', ')}`, initial: undefined, read: (given) => oneOf(values, given), values };
}

/** `--json`, on every command that reads. */
export const JSON_FLAG: OptionSpec<boolean> = flag('for programs: JSON on standard output; a failure is JSON on standard error');

/** A word that must be there. */
export function required(
  summary: string,
  more: { readonly values?: readonly string[]; readonly complete?: Completer } = {},
): ArgumentSpec<string> {
  return { shape: 'required', summary, ...more };
}

/** A word that may be left out. */
export function optional(
  summary: string,
  more: { readonly values?: readonly string[]; readonly complete?: Completer } = {},
): ArgumentSpec<string | undefined> {
  return { shape: 'optional', summary, ...more };
}

/** All words that are left, none among them. */
export function rest(summary: string): ArgumentSpec<readonly string[]> {
  return { shape: 'rest', summary };
}

/** @throws UsageError where the word is none of them */
export function oneOf<Value extends string>(values: readonly Value[], given: string): Value {
  const found = values.find((value) => value === given);
  if (found === undefined) throw new UsageError(`${JSON.stringify(given)} is none of ${values.join(', ')}`);
  return found;
}
