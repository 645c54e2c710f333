import { z } from 'zod';
import { editDistance } from './edit-distance.js';
import { parametersSchema } from './parameters.schema.js';
import { permissionsSchema } from './permissions.schema.js';

/** Names that the house's own tools are called by, without an underscore: what has one is no name of a skill anyway. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['recall', 'remember']);
/** Characters of a skill's name. */
export const NAME_CHARACTERS_MAX = 64;
const SEMVER = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?$/;
const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const TIMEOUT_S = 30;
const TIMEOUT_MAX_S = 300;

/** A skill's name: kebab-case, and also the name of the tool that opens it. */
export const skillNameSchema = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text; put it in quotes') })
  .superRefine((name, context) => {
    if (NAME.test(name) && name.length <= NAME_CHARACTERS_MAX) return;
    const other = nameLike(name);
    const rule = `must be small letters and digits, in words joined by hyphens, begin with a letter, and be at most ${String(NAME_CHARACTERS_MAX)} characters`;
    context.addIssue({ code: 'custom', message: other === '' ? rule : `${rule}; ${other} would do` });
  });

/** Where its code begins, relative to SKILL.md. */
const entrySchema = z.string({ error: 'must be the path of a file of the skill' }).min(1).max(200);

/** The front matter of SKILL.md. What is not ours is kept and shown, and grants nothing. */
export const frontMatterSchema = z
  .looseObject({
    name: skillNameSchema,
    description: z
      .string({ error: 'is required and must be text' })
      .transform((text) => text.replace(/\s+/g, ' ').trim())
      .pipe(z.string().min(1).max(1024)),
    version: z
      .string({ error: 'must be text such as "1.0.0"; put it in quotes' })
      .regex(SEMVER, { error: 'must be a semantic version such as 1.0.0' })
      .default('0.0.0'),
    runtime: z
      .enum(['none', 'node', 'python'], { error: 'must be node or python, or left out where there are instructions only' })
      .default('none'),
    entry: entrySchema.optional(),
    timeout: z.number({ error: 'must be seconds, as a number' }).int().min(1).max(TIMEOUT_MAX_S).default(TIMEOUT_S),
    permissions: permissionsSchema,
    parameters: parametersSchema.optional(),
  })
  .superRefine((written, context) => {
    for (const [path, message] of written.runtime === 'none' ? withoutCode(written) : withCode(written.runtime, written.entry))
      context.addIssue({ code: 'custom', path: [path], message });
  });
/** The front matter of SKILL.md, validated. */
export type FrontMatter = z.infer<typeof frontMatterSchema>;

const ENDINGS = { node: /\.[mc]?js$/, python: /\.py$/ };

function withCode(runtime: 'node' | 'python', entry: string | undefined): (readonly [string, string])[] {
  if (entry === undefined) return [['entry', `is required where runtime is ${runtime}: the file that is run`]];
  return ENDINGS[runtime].test(entry)
    ? []
    : [['entry', `must be a file that ${runtime} runs: ${runtime === 'node' ? '.mjs, .cjs or .js' : '.py'}`]];
}

function withoutCode({
  entry,
  parameters,
  permissions,
}: {
  readonly entry?: string | undefined;
  readonly parameters?: unknown;
  readonly permissions: readonly string[];
}): (readonly [string, string])[] {
  if (entry !== undefined) return [['runtime', 'is required where there is an entry: node or python']];
  if (parameters !== undefined) return [['runtime', 'is required where there are parameters: node or python']];
  return permissions.length > 0 ? [['permissions', 'are for code, and this has none: no runtime is named']] : [];
}

/** The front matter's own keys. */
const OURS: readonly string[] = [
  'name',
  'version',
  'description',
  'author',
  'license',
  'runtime',
  'entry',
  'timeout',
  'permissions',
  'parameters',
  'triggers',
  'tags',
];

/** The key that somebody may have meant who wrote this one; null where it is ours, or like none. */
export function meantKey(key: string): string | null {
  if (OURS.includes(key) || key.length > 20) return null;
  return OURS.find((ours) => editDistance(key.toLowerCase(), ours) <= (ours.length > 5 ? 2 : 1)) ?? null;
}

function nameLike(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .slice(0, 1000)
    .split(/[^a-z0-9]/)
    .filter((word) => word !== '');
  return words
    .join('-')
    .replace(/^[0-9-]+/, '')
    .slice(0, NAME_CHARACTERS_MAX)
    .replace(/-$/, '');
}
