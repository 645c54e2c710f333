import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { InstalledSkill, Skill } from '@openclaw/sdk';
import { columnsOf } from '../columns-of.js';
import type { Completion, Terminal } from '../command.types.js';
import { HURRIED } from '../known-conversations.js';
import { defineCommand } from '../define-command.js';
import { EXIT } from '../exit-codes.js';
import { connect } from '../gateway-client.js';
import { given } from '../given.js';
import { flag, JSON_FLAG, required, text } from '../options.js';
import { printableLine, toJson } from '../printable.js';
import { toTable } from '../to-table.js';

const MANIFEST = 'SKILL.md';
const FILES_MAX = 1000;
const NAME = required('the skill', { complete: completeSkill });

export const skillsList = defineCommand({
  options: { json: JSON_FLAG },
  run: async ({ options }, terminal) => {
    const skills = await (await connect(terminal)).skills.list();
    const row = ({ name, version, status, invocations, description }: Skill): string[] => [
      name,
      version,
      status,
      String(invocations),
      description,
    ];
    const table = (): string => toTable(['NAME', 'VERSION', 'STATUS', 'USED', 'DESCRIPTION'], skills.map(row), columnsOf(terminal));
    terminal.out(options.json ? skills.map((skill) => `${toJson(skill)}\n`).join('') : table());
    return EXIT.ok;
  },
});

export const skillsInstall = defineCommand({
  details: ['Prints what to look at before it is used. The same package twice is installed once.'],
  args: { path: required(`a folder with ${MANIFEST}, or that file`) },
  options: {
    replace: flag('take the place of the skill of that name'),
    digest: text('<sha256>', 'refuse any other package than this one'),
    json: JSON_FLAG,
  },
  run: async ({ args, options }, terminal) => {
    const files = await filesOf(args.path);
    const installed = await (
      await connect(terminal)
    ).skills.install({ files, replace: options.replace, ...given({ digest: options.digest }) });
    if (options.json) terminal.out(`${toJson(installed)}\n`);
    else tell(installed, terminal);
    return EXIT.ok;
  },
});

export const skillsEnable = changing('active');
export const skillsDisable = changing('disabled');

export const skillsRemove = defineCommand({
  args: { name: NAME },
  run: async ({ args: { name } }, terminal) => {
    await (await connect(terminal)).skills.remove(name);
    terminal.out(`${name} is removed\n`);
    return EXIT.ok;
  },
});

function changing(status: 'active' | 'disabled'): ReturnType<typeof defineCommand> {
  return defineCommand({
    args: { name: NAME },
    run: async ({ args: { name } }, terminal) => {
      const skill = await (await connect(terminal)).skills.setStatus(name, status);
      terminal.out(`${skill.name} is ${skill.status}\n`);
      return EXIT.ok;
    },
  });
}

/** The text files of a package by their path, with `/` between folders on every system. */
async function filesOf(path: string): Promise<Record<string, string>> {
  const found = await stat(path);
  const folder = found.isDirectory() ? path : dirname(path);
  const paths = found.isDirectory() ? await pathsUnder(folder) : [join(folder, basename(path))];
  if (paths.length > FILES_MAX) throw new Error(`${path} has more than ${String(FILES_MAX)} files`);
  const texts = await Promise.all(
    paths.map(async (file): Promise<[string, string]> => [relative(folder, file).split(sep).join('/'), await readFile(file, 'utf8')]),
  );
  return Object.fromEntries(found.isDirectory() ? texts : texts.map(([, content]) => [MANIFEST, content]));
}

async function pathsUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).split(sep).includes('.git'));
}

function tell({ skill, findings, permissions_in_words: permissions, changes = [] }: InstalledSkill, terminal: Terminal): void {
  terminal.out(`${skill.name} ${skill.version} is ${skill.status}, ${skill.digest}\n`);
  const lines = [
    ...findings.map(({ level, where, message }) => `${level}: ${where}: ${message}`),
    ...permissions,
    ...changes.map((change) => `changed: ${change}`),
  ];
  for (const line of lines) terminal.err(`openclaw: ${printableLine(line)}\n`);
}

async function completeSkill(terminal: Terminal): Promise<readonly Completion[]> {
  const skills = await (await connect(terminal, HURRIED)).skills.list();
  return skills.map(({ name, description }) => ({ value: name, description }));
}
