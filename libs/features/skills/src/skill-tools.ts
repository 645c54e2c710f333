import { defineTool, describeInput, PIECE_CHARACTERS, tellPiece, type Tool } from '@openclaw/feature';
import { z } from 'zod';
import type { OfferedSkill, SkillsStore } from './skills.store.js';

const INPUT = describeInput(
  z.strictObject({
    file: z.string().max(200).optional().describe('A file of the skill that its instructions name; the instructions where it is left out'),
    from: z.number().int().min(0).max(10_000_000).default(0).describe('Characters to skip'),
  }),
);

/** Each skill that is active as a tool of its name: called, it gives its instructions. */
export async function skillTools(skills: SkillsStore): Promise<readonly Tool[]> {
  return (await skills.offered()).map((skill) => openSkill(skill, skills));
}

function openSkill({ name, description }: OfferedSkill, skills: SkillsStore): Tool {
  return defineTool({
    name,
    description: `Opens a skill, which gives instructions to follow. ${description}`,
    ...INPUT,
    scope: 'message',
    retry: 'safe',
    execute: async ({ file, from }) => {
      const text = file === undefined ? await instructionsOf(name, skills) : await skills.readFile(name, file);
      if (text !== null) return pieceOf(text, from);
      return { text: file === undefined ? `There is no skill named ${name} any more.` : `The skill ${name} has no file ${JSON.stringify(file)}.`, failed: true };
    },
  });
}

async function instructionsOf(name: string, skills: SkillsStore): Promise<string | null> {
  const opened = await skills.open(name);
  if (!opened) return null;
  return opened.paths.length === 0 ? opened.instructions : `${opened.instructions}\n\n[Files of this skill: ${opened.paths.join(', ')}]`;
}

function pieceOf(text: string, from: number): string {
  const to = from + PIECE_CHARACTERS;
  return tellPiece(text.slice(from, to).toWellFormed(), to < text.length ? to : null);
}
