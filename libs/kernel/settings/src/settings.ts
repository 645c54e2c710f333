import type { Config } from '@openclaw/words';

/** The configuration in force, which may change while the process runs. */
export interface Settings {
  /** A snapshot: consistent in itself, frozen, and never changed. Ask anew for each piece of work; cheap. */
  get(): Config;
  /** Calls `listener` after each change, with what is in force now and what was. Returns what ends it. A listener must not throw. */
  onChange(listener: (now: Config, before: Config) => void): () => void;
}

/** Settings that never change, for tests and tools. */
export function fixedSettings(config: Config): Settings {
  return { get: () => config, onChange: () => () => undefined };
}
