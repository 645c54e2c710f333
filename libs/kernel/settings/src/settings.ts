import type { HiddenVariable } from '@openclaw/config';
import type { Config } from '@openclaw/words';
import type { Overlay } from './overlay.store.js';

/** The configuration in force, which may change while the process runs. */
export interface Settings {
  /** A snapshot: consistent in itself, frozen, and never changed. Ask anew for each piece of work; cheap. */
  get(): Config;
  /** Calls `listener` after each change, with what is in force now and what was. Returns what ends it. A listener must not throw. */
  onChange(listener: (now: Config, before: Config) => void): () => void;
}

/** How the settings of a process stand, for whoever asks after them. */
export interface SettingsState {
  /** The overlay's revision that is in force here. */
  readonly revision: string;
  /** Keys that changed and wait for a restart. */
  readonly pending: readonly string[];
  /** Why what is written now is not in force; null where it is. */
  readonly problem: string | null;
  /** The overlay's revision that cannot be taken up here, where it is that revision and not the file that is wrong; else null. */
  readonly refused: string | null;
}

/** Settings that follow what is written, and can say what would come of it. */
export interface WrittenSettings extends Settings {
  readonly state: SettingsState;
  /** What the process began with: for keys that need a restart. */
  readonly started: Config;
  /** The configuration that this overlay would make of what is written now. @throws ConfigError with everything that is wrong */
  load(document: Overlay['document']): Config;
  /** The variables of this process that the overlay hides. */
  hidden(document: Overlay['document']): HiddenVariable[];
  /** Looks now, instead of within a second. Never fails. */
  refresh(): Promise<void>;
  /** Calls `listener` after each look that found something new, whatever came of it. Returns what ends it. */
  onState(listener: () => void): () => void;
}

/** Settings that never change, for tests and tools. */
export function fixedSettings(config: Config): Settings {
  return { get: () => config, onChange: () => () => undefined };
}
