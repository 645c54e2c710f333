import { z } from 'zod';
import { NAME_CHARACTERS_MAX } from './front-matter.schema.js';

const STATUSES = ['active', 'disabled', 'error'] as const;
/** Whether it is offered to the agent. */
export type SkillStatus = (typeof STATUSES)[number];

const RUNTIMES = ['none', 'node', 'python'] as const;
/** What runs its code. */
export type SkillRuntime = (typeof RUNTIMES)[number];

const EXAMPLE = {
  name: 'house-style',
  version: '1.2.0',
  description: 'How we write: short sentences, no exclamation marks. Use for any text that leaves the house.',
  status: 'active',
  status_reason: null,
  runtime: 'none',
  source: 'files',
  digest: `sha256:${'0'.repeat(64)}`,
  permissions: { network: [], filesystem: [], shell: false, env: [] },
  installed_at: '2026-11-30T12:00:00.000Z',
  last_used: null,
  invocations: 0,
} as const;

/** A skill as lists tell it. */
export const skillSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    status: z.enum(STATUSES).describe('`error`: it is wanted and cannot be used, see `status_reason`'),
    status_reason: z.string().nullable(),
    runtime: z.enum(RUNTIMES).describe('What runs its code; `none` where it is instructions alone'),
    source: z.string().describe('Where it came from: `files`, an address, or a registry'),
    digest: z.string().describe('`sha256:` over its files: sorted path, length, bytes'),
    permissions: z
      .object({ network: z.array(z.string()), filesystem: z.array(z.string()), shell: z.boolean(), env: z.array(z.string()) })
      .describe('What its code may reach, and nothing else'),
    installed_at: z.iso.datetime(),
    last_used: z.iso.datetime().nullable(),
    invocations: z.number().int().describe('How often the agent has opened or run it'),
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
    name: z.string().min(1).max(NAME_CHARACTERS_MAX).optional().describe('A skill of a configured registry'),
    version: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('With `name`: that one; the newest that is no pre-release where it is left out'),
    source: z.string().min(1).max(2000).optional().describe('An https address of a .tar.gz, a .zip or a SKILL.md'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, { error: 'must be `sha256:` and 64 hexadecimal digits' })
      .optional()
      .describe('Refuse any other package than this one'),
    replace: z.boolean().default(false).describe('Take the place of the skill of that name'),
  })
  .refine(({ files, name, source }) => [files, name, source].filter((given) => given !== undefined).length === 1, {
    error: 'give one of files, name and source',
  })
  .meta({
    id: 'InstallSkill',
    examples: [{ files: { 'SKILL.md': '---\nname: house-style\ndescription: How we write.\n---\nShort sentences.' } }],
  });
/** What installs a skill, validated. */
export type InstallSkill = z.infer<typeof installSkillSchema>;

/** Something in a package that known attacks have too. */
export const findingSchema = z.object({
  level: z.enum(['info', 'warning']),
  where: z.string().describe('Path, and line'),
  message: z.string(),
});
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
