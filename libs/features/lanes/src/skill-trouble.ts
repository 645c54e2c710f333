import type { GateTrouble } from './wire.schema.js';

/**
 * What went wrong with a call. `failed`: the skill itself, by its exit code; `timeout`, `output_too_large`: it was ended; `busy`,
 * `no_lane`, `away`: it did not run, and may another time; `disabled`: it has cost too many lanes; `lane_lost`: it, or something else,
 * ended its lane, and it may have had effects.
 */
export type SkillTroubleKind = GateTrouble | 'failed' | 'timeout' | 'output_too_large' | 'cancelled' | 'away';

/** What is known beside the sentence. */
interface SkillTroubleDetails extends ErrorOptions {
  readonly errors?: string;
  readonly refused?: readonly string[];
  readonly costLane?: boolean;
  readonly isGivenUp?: boolean;
}

/** A call that gave no output. The message is a sentence that may be told. */
export class SkillTrouble extends Error {
  readonly kind: SkillTroubleKind;
  /** The end of what it wrote to stderr. */
  readonly errors: string;
  /** What it was not let do. */
  readonly refused: readonly string[];
  /** Its lane was lost, or is made anew. */
  readonly costLane: boolean;
  /** The skill is not run any more. */
  readonly isGivenUp: boolean;

  constructor(
    kind: SkillTroubleKind,
    message: string,
    { errors = '', refused = [], costLane, isGivenUp, cause }: SkillTroubleDetails = {},
  ) {
    super(message, { cause });
    this.kind = kind;
    this.errors = errors;
    this.refused = refused;
    this.costLane = costLane ?? (kind === 'lane_lost' || kind === 'disabled');
    this.isGivenUp = isGivenUp ?? kind === 'disabled';
  }
}
