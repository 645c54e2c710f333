/** Environment variables by name; a test passes its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of this process, as they are now. Apps read the environment through this alone. */
export function processEnvironment(): Environment {
  return Object.freeze({ ...process.env });
}

/** A variable's value without blanks around it; undefined where it is unset or empty, since Compose passes what nobody set as ''. */
export function findVariable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
