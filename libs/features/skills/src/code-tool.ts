import { Fault } from '@openclaw/errors';
import type { SkillAnswer, SkillRunner, Tool, ToolOutput } from '@openclaw/feature';
import { REDACTED } from '@openclaw/words';
import { z } from 'zod';
import { toInputSchema } from './parameters.schema.js';
import { toPermissions } from './permissions.schema.js';
import type { SkillCode, SkillUseStore } from './skill-use.store.js';
import { digestText } from './skills.store.js';

/** What a skill's code is called with. */
export interface CodeParts {
  readonly skills: SkillUseStore;
  readonly runner: SkillRunner;
  readonly env: () => Readonly<Record<string, string>>;
}

/** A skill with code, as it is offered. */
interface CodeSkill {
  readonly name: string;
  readonly description: string;
  readonly code: SkillCode;
}

/** Waiting for a lane, and making it ready, over what the skill itself may take. */
const AROUND_S = 15;
/** Shorter ones are in too many texts by chance. */
const SECRET_CHARACTERS_MIN = 6;
const ANY_OBJECT = { type: 'object', properties: {} } as const;

/**
 * arguments ─► checked by its `parameters` ─► counted as a use ─► run where nothing is reached but what it declared ─► its whole output
 *
 * What runs is the bundle of the digest that was offered: where another took its place meanwhile, the model is told.
 */
export function codeTool({ name, description, code }: CodeSkill, parts: CodeParts): Tool {
  return {
    definition: { name, description, inputSchema: code.parameters ?? ANY_OBJECT },
    input: code.parameters === null ? z.looseObject({}) : toInputSchema(code.parameters),
    scope: 'message',
    retry: 'report', // what it does to other people's servers is not known
    timeoutMs: (code.timeoutS + AROUND_S) * 1000,
    execute: async (input, _call, signal) => {
      const refusal = parts.runner.refusal();
      if (refusal !== null) return { text: `${name} cannot be run: ${refusal}`, failed: true };
      if (!(await parts.skills.use(name, code.digest)))
        return { text: `There is no skill named ${name} any more, or another took its place.`, failed: true };
      const values = valuesOf(code, parts.env());
      const answer = await run({ code, input, values }, parts, signal);
      if (answer.givenUp !== null) await parts.skills.fail(code.digest, answer.givenUp);
      return toOutput(name, withoutSecrets(answer, Object.values(values)));
    },
  };
}

interface Called {
  readonly code: SkillCode;
  readonly input: unknown;
  readonly values: Readonly<Record<string, string>>;
}

async function run({ code, input, values }: Called, { skills, runner }: CodeParts, signal: AbortSignal): Promise<SkillAnswer> {
  const { digest, runtime, entry, timeoutS, permissions } = code;
  const { network, filesystem } = toPermissions(permissions);
  const bundle = async (): Promise<ReadonlyMap<string, Buffer>> => {
    const files = await skills.bundle(digest);
    if (files.size === 0) throw new Fault('not_found', 'The skill was removed meanwhile.');
    return files;
  };
  return runner.run({
    digest: digestText(digest),
    bundle,
    entry,
    runtime,
    input,
    timeoutS,
    permissions: { network, filesystem },
    env: values,
    signal,
  });
}

/** What it declares and the owner gave. */
function valuesOf({ permissions }: SkillCode, given: Readonly<Record<string, string>>): Record<string, string> {
  const declared = toPermissions(permissions).env;
  return Object.fromEntries(Object.entries(given).filter(([name]) => declared.includes(name)));
}

/** A skill is given keys to use them, not to show them to a model. */
function withoutSecrets(answer: SkillAnswer, secrets: readonly string[]): SkillAnswer {
  const clean = (text: string): string =>
    secrets.filter(({ length }) => length >= SECRET_CHARACTERS_MIN).reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
  return { ...answer, output: clean(answer.output), failure: answer.failure === null ? null : clean(answer.failure) };
}

function toOutput(name: string, { output, refused, failure }: SkillAnswer): ToolOutput {
  const refusals = refused.length === 0 ? '' : `\n[Refused on its way out: ${refused.join('; ')}]`;
  if (failure !== null) return { text: `${name} failed: ${failure}${refusals}`, failed: true };
  return `${output.trim() === '' ? '(no output)' : output}${refusals}`;
}
