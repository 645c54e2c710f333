import type { SandboxHealth } from '@openclaw/words';

/** One call of a skill's code. */
export interface SkillCall {
  /** Of the bundle, as `sha256:` and 64 hexadecimal digits: what was shown and stored is what runs. */
  readonly digest: string;
  /**
   * The files of that digest, by path, SKILL.md among them. Asked for only where they are not known yet.
   * @throws Fault where they are gone
   */
  readonly bundle: () => Promise<ReadonlyMap<string, Buffer>>;
  /** The file that is run, a path of the bundle. */
  readonly entry: string;
  readonly runtime: 'node' | 'python';
  /** The arguments, given as JSON on its standard input. */
  readonly input: unknown;
  /** How long it may take, in seconds. */
  readonly timeoutS: number;
  /**
   * All that it may reach: hosts (`*.` before one for all below it, `*` for any public one) and files by name (`read:<name>`,
   * `write:<name>`).
   */
  readonly permissions: { readonly network: readonly string[]; readonly filesystem: readonly string[] };
  /** The values that it declares and the owner gave. Never logged. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A file that a skill made under a name that it had declared. */
export interface SkillFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What came of a call. */
export interface SkillAnswer {
  /** Its whole standard output as UTF-8, what is none replaced; bounded by the runner. */
  readonly output: string;
  readonly files: readonly SkillFile[];
  /** What it asked of the network and was refused, each a sentence. */
  readonly refused: readonly string[];
  /**
   * null where it ended by itself with exit status 0; else why it failed, a sentence with the end of its standard error. Not yet redacted.
   */
  readonly failure: string | null;
  /** The lane that it ran in had to be made anew, or was lost. */
  readonly costLane: boolean;
  /** Why it must not be run any more, a sentence for the owner; null where it may. */
  readonly givenUp: string | null;
}

/** Runs the code of skills where it reaches nothing that it was not given. */
export interface SkillRunner {
  /** Why nothing can be run here now, a sentence for the owner; null where it can. Never waits. */
  refusal(): string | null;
  /** Where it would run, for /status. */
  sandbox(): SandboxHealth;
  /** @throws Fault `service_unavailable` where nothing can be run now, and the signal's reason once that aborts */
  run(call: SkillCall): Promise<SkillAnswer>;
}

const REFUSAL = 'This host has no lane to run a skill’s code in.';

/** Where nothing isolates it, no code is run. */
export const NO_SKILL_RUNNER: SkillRunner = {
  refusal: () => REFUSAL,
  sandbox: () => ({ lanes: 0, runtime: null, landlock: null, refused: REFUSAL }),
  run: () => Promise.reject(new Error(REFUSAL)),
};
