import { defineTool, describeInput, PIECE_CHARACTERS, type SkillRunner, tellPiece, type Tool } from '@openclaw/feature';
import { z } from 'zod';
import { codeTool } from './code-tool.js';
import type { SkillUseStore } from './skill-use.store.js';

/** What the tools of skills work with. */
export interface SkillParts {
  readonly skills: SkillUseStore;
  readonly runner: SkillRunner;
  /** The values that skills may be given, as they are now. */
  readonly env: () => Readonly<Record<string, string>>;
}

const FROM = z.number().int().min(0).max(10_000_000).default(0).describe('Characters to skip');
const INPUT = describeInput(
  z.strictObject({
    file: z.string().max(200).optional().describe('A file of the skill that its instructions name; the instructions where it is left out'),
    from: FROM,
  }),
);
const INPUT_OF_ANY = describeInput(
  z.strictObject({
    skill: z.string().max(100).describe('Its name'),
    file: z.string().max(200).optional().describe('A file of it that its instructions name; the instructions where it is left out'),
    from: FROM,
  }),
);

/** Each skill that is active as a tool of its name: called, it gives its instructions, or runs its code. */
export async function skillTools(parts: SkillParts): Promise<readonly Tool[]> {
  const offered = await parts.skills.offered();
  const tools = offered.map(({ name, description, code }) =>
    code === null ? openSkill(name, description, parts.skills) : codeTool({ name, description, code }, parts),
  );
  return offered.some(({ code }) => code !== null) ? [...tools, openAny(parts.skills)] : tools;
}

function openSkill(name: string, description: string, skills: SkillUseStore): Tool {
  return defineTool({
    name,
    description: `Opens a skill, which gives instructions to follow. ${description}`,
    ...INPUT,
    scope: 'message',
    retry: 'safe',
    execute: ({ file, from }) => open(name, file, from, skills),
  });
}

/** What runs when it is called has instructions too, which are read apart. */
function openAny(skills: SkillUseStore): Tool {
  return defineTool({
    name: 'skill_instructions',
    description:
      'Reads the instructions of a skill that is a tool, or a file that they name, for when its description is not enough to use it.',
    ...INPUT_OF_ANY,
    scope: 'message',
    retry: 'safe',
    execute: ({ skill, file, from }) => open(skill, file, from, skills),
  });
}

async function open(
  name: string,
  file: string | undefined,
  from: number,
  skills: SkillUseStore,
): Promise<string | { text: string; failed: true }> {
  const text = file === undefined ? await instructionsOf(name, skills) : await skills.readFile(name, file);
  if (text !== null) return pieceOf(text, from);
  return {
    text: file === undefined ? `There is no skill named ${name} any more.` : `The skill ${name} has no file ${JSON.stringify(file)}.`,
    failed: true,
  };
}

async function instructionsOf(name: string, skills: SkillUseStore): Promise<string | null> {
  const opened = await skills.open(name);
  if (!opened) return null;
  return opened.paths.length === 0 ? opened.instructions : `${opened.instructions}\n\n[Files of this skill: ${opened.paths.join(', ')}]`;
}

function pieceOf(text: string, from: number): string {
  const to = from + PIECE_CHARACTERS;
  return tellPiece(text.slice(from, to).toWellFormed(), to < text.length ? to : null);
}
