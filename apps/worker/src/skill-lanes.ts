import { Fault } from '@openclaw/errors';
import type { SkillAnswer, SkillCall, SkillRunner } from '@openclaw/feature';
import { type GateReport, LaneRunner, type SkillOutput, SkillTrouble, type SkillTroubleKind } from '@openclaw/lanes';
import type { Logger } from '@openclaw/telemetry';
import type { SandboxHealth } from '@openclaw/words';

const ASK_EVERY_MS = 2000;
const UNKNOWN = 'skill-gate has not answered yet.';
/** What says nothing of the skill: it did not run. */
const NOT_RUN: readonly SkillTroubleKind[] = ['busy', 'no_lane', 'away', 'unauthorized', 'bundle_wanted'];

/** Runs the code of skills in lanes, and knows whether there are any: the gate is asked every two seconds. */
export class SkillLanes implements SkillRunner {
  readonly #runner: LaneRunner;
  readonly #logger: Logger;
  #report: GateReport | null = null;
  #trouble = UNKNOWN;
  #timer: NodeJS.Timeout | undefined;

  /** @param gateUrl with name and password */
  constructor(gateUrl: string, logger: Logger) {
    this.#runner = new LaneRunner(gateUrl);
    this.#logger = logger;
  }

  /** Resolves when the gate has been asked for the first time. */
  async start(): Promise<void> {
    await this.#ask();
    this.#timer = setInterval(() => void this.#ask(), ASK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#runner.close();
  }

  refusal(): string | null {
    if (this.#report === null) return this.#trouble;
    return this.#report.lanes > 0 ? null : toSentence(this.#report.refused ?? 'no lane is connected');
  }

  sandbox(): SandboxHealth {
    if (this.#report === null) return { lanes: 0, runtime: null, landlock: null, refused: this.#trouble };
    const { lanes, runtime, landlock, unbounded, refused } = this.#report;
    return { lanes, runtime, landlock, ...(unbounded ? { unbounded } : {}), ...(refused === null ? {} : { refused }) };
  }

  async run(call: SkillCall): Promise<SkillAnswer> {
    const { permissions, ...rest } = call;
    try {
      return toAnswer(await this.#runner.run({ ...rest, hosts: permissions.network }), permissions.filesystem);
    } catch (thrown) {
      if (!(thrown instanceof SkillTrouble)) throw thrown;
      if (NOT_RUN.includes(thrown.kind)) throw new Fault('service_unavailable', thrown.message, { cause: thrown });
      return toFailure(thrown);
    }
  }

  async #ask(): Promise<void> {
    const before = this.refusal();
    try {
      this.#report = await this.#runner.report();
      // eslint-disable-next-line no-catch-all/no-catch-all -- whatever it is, skills cannot be run, and why is told
    } catch (thrown) {
      this.#report = null;
      this.#trouble = thrown instanceof SkillTrouble ? thrown.message : 'skill-gate gave no answer that is understood.';
    }
    const now = this.refusal();
    if (now !== before) this.#logger.info({ refusal: now }, now === null ? 'skills can be run' : 'no skill can be run');
  }
}

function toAnswer({ output, files, refused, costLane, isGivenUp }: SkillOutput, filesystem: readonly string[]): SkillAnswer {
  const [declared, others] = [true, false].map((is) => files.filter(({ name }) => filesystem.includes(`write:${name}`) === is));
  return {
    output,
    files: (declared ?? []).map(({ name, content }) => ({ name, bytes: content })),
    refused: [...refused, ...(others ?? []).map(({ name }) => `to give the file ${JSON.stringify(name)}, which it does not declare`)],
    failure: null,
    costLane,
    givenUp: isGivenUp ? 'It has cost three lanes.' : null,
  };
}

function toFailure({ message, errors, refused, costLane, isGivenUp }: SkillTrouble): SkillAnswer {
  const failure = errors.trim() === '' ? message : `${message} ${errors.trim()}`;
  return { output: '', files: [], refused, failure, costLane, givenUp: isGivenUp ? 'It has cost three lanes.' : null };
}

function toSentence(reason: string): string {
  return `${reason.slice(0, 1).toUpperCase()}${reason.slice(1)}.`;
}
