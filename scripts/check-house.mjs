/**
 * Walks the house and reports what no linter sees: unknown rooms, missing doorplates (README, index), names that say nothing,
 * stray barrels, unexplained exceptions, and rooms past their line budget.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { budgets, rooms } from '../house.config.mjs';

const ROLES =
  'schema|service|store|job|controller|gateway|guard|filter|pipe|decorator|module|adapter|client|tool|command|fake|fixture|config|types';
const FILE_NAME = new RegExp(`^[a-z0-9]+(-[a-z0-9]+)*(\\.(${ROLES}))?((\\.(int|e2e))?\\.spec)?\\.ts$`);
const SAYS_NOTHING = /(^|-)(utils?|helpers?|common|managers?|misc|shared)(-|\.)/;
const REEXPORT = /^export\s+(type\s+)?(\*|\{[^}]*\})\s+from\s/m;
const DISABLED_WITHOUT_REASON = /eslint-disable(?!.* -- \S)/;
const UNFINISHED = /\b(TODO|FIXME|XXX)\b/;
const README_LINES_MAX = 60;

const problems = [];
const complain = (place, problem) => problems.push(`${place}: ${problem}`);
const read = (path) => readFileSync(path, 'utf8');
const linesOf = (text) => text.trimEnd().split('\n').length;

for (const floor of ['apps', 'libs/kernel', 'libs/features']) {
  for (const { name } of readdirSync(floor, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    if (!(`${floor}/${name}` in rooms)) complain(`${floor}/${name}`, 'is not in house.config.mjs');
  }
}
for (const room of Object.keys(rooms)) {
  if (existsSync(room)) walkRoom(room);
  else complain('house.config.mjs', `names ${room}, which does not exist`);
}
for (const file of sourcesUnder('test')) walkFile(file, read(file));

for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

function walkRoom(room) {
  checkDoorplates(room);
  let lines = 0;
  for (const file of sourcesUnder(join(room, 'src'))) {
    const text = read(file);
    walkFile(file, text);
    checkBarrel(room, file, text);
    if (!file.endsWith('.spec.ts')) lines += linesOf(text);
  }
  const budget = budgets[room] ?? budgets.default;
  if (lines > budget) complain(room, `has ${lines} lines of source, its budget is ${budget} (house.config.mjs)`);
}

function checkDoorplates(room) {
  const readme = join(room, 'README.md');
  if (!existsSync(readme)) complain(room, 'has no README.md');
  else if (linesOf(read(readme)) > README_LINES_MAX) complain(readme, `is over ${README_LINES_MAX} lines`);
  if (room.startsWith('libs/') && !existsSync(join(room, 'src/index.ts'))) complain(room, 'has no src/index.ts');
  if (room.startsWith('apps/') && !existsSync(join(room, 'src/main.ts'))) complain(room, 'has no src/main.ts');
}

/** A room has one front door for everyone (index.ts) and at most one for tests (testing.ts). */
function checkBarrel(room, file, text) {
  const doors = ['index.ts', 'testing.ts'].map((door) => join(room, 'src', door));
  if (basename(file) === 'index.ts' && !doors.includes(file)) complain(file, 'is an inner barrel');
  if (!doors.includes(file) && REEXPORT.test(text)) complain(file, 're-exports; only src/index.ts does');
}

function walkFile(file, text) {
  const name = basename(file);
  if (!FILE_NAME.test(name)) complain(file, 'is not kebab-case with a known role as suffix');
  if (SAYS_NOTHING.test(name)) complain(file, 'has a name that says nothing; name it for its main export');
  text.split('\n').forEach((line, index) => {
    if (DISABLED_WITHOUT_REASON.test(line)) complain(`${file}:${index + 1}`, 'disables a rule without `-- reason`');
    if (UNFINISHED.test(line)) complain(`${file}:${index + 1}`, 'is unfinished');
  });
}

function sourcesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ entry, path }) => entry.isFile() && path.endsWith('.ts') && !/\/(node_modules|dist|generated)\//.test(path))
    .map(({ path }) => path);
}
