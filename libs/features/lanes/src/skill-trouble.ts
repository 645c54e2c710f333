import type { GateTrouble } from './wire.schema.js';

/**
 * What went wrong with a call. `failed`: the skill itself, by its exit code; `timeout`, `output_too_large`: it was ended; `busy`,
 * `no_lane`, `away`: it did not run, and may another time; `disabled`: it has cost too many lanes; `lane_lost`: it, or something else,
 * ended its lane, and it may have had effects.
 */
export type SkillTroubleKind = GateTrouble | 'failed' | 'timeout' | 'output_too_large' | 'cancelled' | 'away';

/** A call that gave no output. The message is a sentence that may be told; `errors` is the end of what the skill wrote to stderr. */
export class SkillTrouble extends Error {
  readonly kind: SkillTroubleKind;
  readonly errors: string;
  readonly refused: readonly string[];

  constructor(
    kind: SkillTroubleKind,
    message: string,
    { errors = '', refused = [], cause }: { errors?: string; refused?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.errors = errors;
    this.refused = refused;
  }
}
