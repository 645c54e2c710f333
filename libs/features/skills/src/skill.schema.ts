import { z } from 'zod';

/** Names that the house's own tools are called by, without an underscore: what has one is no name of a skill anyway. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['recall', 'remember']);
const NAME_CHARACTERS_MAX = 64;
const SEMVER = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?$/;

/** A skill's name: kebab-case, and also the name of the tool that opens it. */
export const skillNameSchema = z
  .string()
  .max(NAME_CHARACTERS_MAX)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, { error: 'must be small letters and digits, in words joined by hyphens, and begin with a letter' })
  .refine((name) => !RESERVED_NAMES.has(name), { error: 'is the name of one of the agent’s own tools' });

const NOT_RUN = 'is not in this version: it has no sandbox, and runs no code of skills. Leave it out where the instructions are enough';

/** The front matter of SKILL.md. What is not ours is kept and shown, and grants nothing. */
export const frontMatterSchema = z.looseObject({
  name: skillNameSchema,
  description: z.string({ error: 'is required and must be text' }).trim().min(1).max(1024),
  version: z.string({ error: 'must be text such as "1.0.0"; put it in quotes' }).regex(SEMVER, { error: 'must be a semantic version such as 1.0.0' }).default('0.0.0'),
  runtime: z.literal('none', { error: NOT_RUN }).optional(),
  entry: z.undefined({ error: NOT_RUN }).optional(),
  parameters: z.undefined({ error: NOT_RUN }).optional(),
  permissions: z.array(z.string()).max(0, { error: NOT_RUN }).optional(),
});
/** The front matter of SKILL.md, validated. */
export type FrontMatter = z.infer<typeof frontMatterSchema>;

const STATUSES = ['active', 'disabled', 'error'] as const;
/** Whether it is offered to the agent. */
export type SkillStatus = (typeof STATUSES)[number];

const EXAMPLE = {
  name: 'house-style', version: '1.2.0', description: 'How we write: short sentences, no exclamation marks. Use for any text that leaves the house.', status: 'active', source: 'files',
  digest: `sha256:${'0'.repeat(64)}`, permissions: { network: [], filesystem: [], shell: false, env: [] }, installed_at: '2026-11-30T12:00:00.000Z', last_used: null, invocations: 0,
} as const;

/** A skill as lists tell it. */
export const skillSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    status: z.enum(STATUSES),
    source: z.string().describe('Where it came from: `files`'),
    digest: z.string().describe('`sha256:` over its files: sorted path, length, bytes'),
    permissions: z.object({ network: z.array(z.string()), filesystem: z.array(z.string()), shell: z.boolean(), env: z.array(z.string()) }).describe('What its code may reach; none has code in this version'),
    installed_at: z.iso.datetime(),
    last_used: z.iso.datetime().nullable(),
    invocations: z.number().int().describe('How often the agent has opened it'),
  })
  .meta({ id: 'Skill', examples: [EXAMPLE] });
/** A skill as lists tell it. */
export type Skill = z.infer<typeof skillSchema>;

/** A skill, whole. */
export const skillDetailsSchema = skillSchema
  .extend({
    instructions: z.string().describe('The body of SKILL.md'),
    manifest: z.record(z.string(), z.unknown()).describe('Its front matter'),
    files: z.array(z.object({ path: z.string(), size: z.number().int().describe('Bytes') })),
  })
  .meta({ id: 'SkillDetails' });
/** A skill, whole. */
export type SkillDetails = z.infer<typeof skillDetailsSchema>;

/** Every skill. */
export const skillListSchema = z.object({ skills: z.array(skillSchema), total: z.number().int() }).meta({ id: 'SkillList' });
/** Every skill. */
export type SkillList = z.infer<typeof skillListSchema>;

/** What installs a skill. */
export const installSkillSchema = z
  .strictObject({
    files: z.record(z.string().max(1000), z.string()).optional().describe('The package itself: text by path, SKILL.md among them'),
    path: z.string().min(1).max(200).optional().describe('The folder in the package that is the skill, where it is not the only one'),
    name: z.string().min(1).max(NAME_CHARACTERS_MAX).optional().describe('A skill of a configured registry; this version has none'),
    version: z.string().min(1).max(100).optional(),
    source: z.string().min(1).max(2000).optional().describe('An address to fetch the package from; not in this version'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be `sha256:` and 64 hexadecimal digits' })
      .optional()
      .describe('Refuse any other package than this one'),
    replace: z.boolean().default(false).describe('Take the place of the skill of that name'),
  })
  .refine(({ files, name, source }) => [files, name, source].filter((given) => given !== undefined).length === 1, { error: 'give one of files, name and source' })
  .meta({ id: 'InstallSkill', examples: [{ files: { 'SKILL.md': '---\nname: house-style\ndescription: How we write.\n---\nShort sentences.' } }] });
/** What installs a skill, validated. */
export type InstallSkill = z.infer<typeof installSkillSchema>;

/** Something in a package that known attacks have too. */
export const findingSchema = z.object({ level: z.enum(['info', 'warning']), where: z.string().describe('Path, and line'), message: z.string() });
/** Something in a package that known attacks have too. */
export type Finding = z.infer<typeof findingSchema>;

/** What came of installing. */
export const installedSkillSchema = z
  .object({
    skill: skillSchema,
    findings: z.array(findingSchema).describe('What to look at before it is used; nothing is refused for it'),
    permissions_in_words: z.array(z.string()),
    changes: z.array(z.string()).optional().describe('With `replace`: what is different from the one before'),
  })
  .meta({ id: 'InstalledSkill' });
/** What came of installing. */
export type InstalledSkill = z.infer<typeof installedSkillSchema>;
