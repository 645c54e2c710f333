/**
 * call ─► by digest ─► the gate knows its files? ─┬─► lane ─► output, files, what was refused
 *                                                 └─► asked again with the files
 *
 * A skill runs in a lane or not at all: there is no other way to run one, in this room or anywhere in the house.
 */
import { type Frame, splitBody } from './frame.js';
import { GateClient } from './gate-client.js';
import { SkillTrouble } from './skill-trouble.js';
import { type GateReport, LIMITS, type RunRequest, type RunResult } from './wire.schema.js';

/** One call of a skill. */
export interface SkillCall {
  /** `sha256:` over its files. */
  readonly digest: string;
  /** Its files, asked for only where neither gate nor lane has them. */
  readonly bundle: () => Promise<ReadonlyMap<string, Uint8Array>>;
  /** The file that is started. */
  readonly entry: string;
  readonly runtime: 'node' | 'python';
  /** Given as JSON on stdin. */
  readonly input: unknown;
  readonly timeoutS: number;
  /** Names, `*.` before one for all below it. None: no way out at all. */
  readonly hosts: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What a call gave. */
export interface SkillOutput {
  /** All of stdout; bytes that are no UTF-8 are replaced. */
  readonly output: string;
  /** What it left in $SKILL_OUTPUT. */
  readonly files: readonly { readonly name: string; readonly content: Buffer }[];
  /** What it was not let do, in words; a client's own error often says nothing. */
  readonly refused: readonly string[];
  /** Where its time went. */
  readonly ms: RunResult['ms'];
  /** Its lane is made anew for what it left there. */
  readonly costLane: boolean;
  /** It was one lane too many: the skill is not run any more. */
  readonly isGivenUp: boolean;
}

const ERRORS_CHARACTERS = 2000;

/** Runs skills in lanes, by way of skill-gate. */
export class LaneRunner {
  readonly #gate: GateClient;

  /** @param gateUrl with name and password */
  constructor(gateUrl: string) {
    this.#gate = new GateClient(gateUrl);
  }

  /** @throws SkillTrouble where there is no output; the signal's reason where it aborts */
  async run(call: SkillCall): Promise<SkillOutput> {
    const input = Buffer.from(JSON.stringify(call.input ?? null));
    if (input.length > LIMITS.inputBytes) throw new SkillTrouble('bad_request', 'The arguments of the skill are too large.');
    return readResult(await this.#run(call, input), call.timeoutS);
  }

  /** How the lanes are. @throws SkillTrouble where the gate does not answer */
  async report(): Promise<GateReport> {
    return this.#gate.report();
  }

  close(): void {
    this.#gate.close();
  }

  async #run({ digest, bundle, entry, runtime, timeoutS, hosts, env, signal }: SkillCall, input: Buffer): Promise<Frame<RunResult>> {
    const head: RunRequest = { digest, runtime, entry, files: null, input: input.length, timeout_s: timeoutS, env, hosts: [...hosts] };
    try {
      return await this.#gate.run(head, [input], signal);
    } catch (thrown) {
      if (!(thrown instanceof SkillTrouble && thrown.kind === 'bundle_wanted')) throw thrown;
    }
    const files = [...(await bundle())];
    return this.#gate.run(
      { ...head, files: files.map(([name, content]) => [name, content.byteLength]) },
      [...files.map(([, content]) => content), input],
      signal,
    );
  }
}

function readResult({ head, body }: Frame<RunResult>, timeoutS: number): SkillOutput {
  const [stdout = Buffer.alloc(0), stderr = Buffer.alloc(0), ...contents] = splitBody(body, [
    head.stdout,
    head.stderr,
    ...head.files.map(([, size]) => size),
  ]);
  const refused =
    head.left_out === 0
      ? head.refused
      : [
          ...head.refused,
          `${String(head.left_out)} of its files did not come back: at most ${String(LIMITS.madeFiles)} plain files and 8 MiB do`,
        ];
  const lost = { costLane: head.cost_lane, isGivenUp: head.given_up };
  const failure = failureOf(head, timeoutS);
  if (failure)
    throw new SkillTrouble(failure[0], failure[1], { errors: stderr.toString('utf8').slice(-ERRORS_CHARACTERS), refused, ...lost });
  return {
    output: stdout.toString('utf8'),
    files: head.files.map(([name], index) => ({ name, content: contents[index] ?? Buffer.alloc(0) })),
    refused,
    ms: head.ms,
    ...lost,
  };
}

/** null where it ended well. */
function failureOf(
  { why, code }: RunResult,
  timeoutS: number,
): readonly ['failed' | 'timeout' | 'output_too_large' | 'cancelled', string] | null {
  switch (why) {
    case 'exit':
      return code === 0
        ? null
        : [
            'failed',
            code !== null && code < 0
              ? `The skill was ended by signal ${String(-code)}.`
              : `The skill failed with exit code ${String(code)}.`,
          ];
    case 'timeout':
      return ['timeout', `The skill did not finish within ${String(timeoutS)} s.`];
    case 'output_too_large':
      return ['output_too_large', 'The skill wrote more than 1 MiB.'];
    case 'cancelled':
    case 'broken':
      return ['cancelled', 'The skill was ended before it finished.'];
  }
}
