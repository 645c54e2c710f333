/**
 * Holds the front doors of the rooms: what a room exports somebody else imports, and it says what it is.
 *
 * libs/<floor>/<room>/src/index.ts ─► each name ─► imported by another room, an app or a test? ─► its declaration has a doc comment?
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { rooms } from '../house.config.mjs';

/** Of the exports of all rooms together; what is left are names that say it all. */
const DOCUMENTED_MIN = 0.95;

const problems = [];
const parsed = new Map();
const doors = Object.keys(rooms).filter((room) => existsSync(join(room, 'src/index.ts')));
const used = importedNames();
const undocumented = [];
let exported = 0;

for (const room of doors) checkDoor(room);
if (undocumented.length > exported * (1 - DOCUMENTED_MIN)) {
  problems.push(
    `${undocumented.length} of ${exported} exports have no doc comment, at most ${Math.floor(exported * (1 - DOCUMENTED_MIN))} may:\n  ${undocumented.join('\n  ')}`,
  );
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

function checkDoor(room) {
  const name = `@openclaw/${room.split('/').at(-1)}`;
  for (const { exportedAs, declaredAs, path } of exportsOf(join(room, 'src/index.ts'))) {
    exported += 1;
    if (!used.has(`${name} ${exportedAs}`)) problems.push(`${room}/src/index.ts: exports ${exportedAs}, which nobody imports`);
    if (!isDocumented(path, declaredAs)) undocumented.push(`${path} ${declaredAs}`);
  }
}

/** Every name that code of another room, an app or a test takes from a room: `@openclaw/room name`. */
function importedNames() {
  const names = new Set();
  for (const path of globSync(['apps/**/*.{ts,mjs}', 'libs/**/*.{ts,mjs}', 'test/**/*.{ts,mjs}', 'scripts/*.mjs'])) {
    if (/\/(node_modules|dist|generated)\//.test(path)) continue;
    for (const [, list, from] of readFileSync(path, 'utf8').matchAll(
      /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'(@openclaw\/[\w-]+)'/g,
    )) {
      for (const name of namesIn(list)) names.add(`${from} ${name}`);
    }
    for (const [, list, from] of readFileSync(path, 'utf8').matchAll(/\{([^{}]*)\}\s*=\s*await import\('(@openclaw\/[\w-]+)'\)/g)) {
      for (const name of list
        .split(',')
        .map((each) => each.split(':')[0].trim())
        .filter(Boolean))
        names.add(`${from} ${name}`);
    }
  }
  return names;
}

function namesIn(list) {
  return list
    .split(',')
    .map(
      (each) =>
        each
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+/)[0],
    )
    .filter(Boolean);
}

/** What a front door exports, with the file and the name of its declaration. */
function exportsOf(door) {
  const found = [];
  for (const statement of parse(door).statements) {
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      const path = statement.moduleSpecifier ? join(dirname(door), statement.moduleSpecifier.text.replace(/\.js$/, '.ts')) : door;
      for (const { name, propertyName } of statement.exportClause.elements)
        found.push({ exportedAs: name.text, declaredAs: (propertyName ?? name).text, path });
    } else if (isExported(statement))
      for (const name of declaredNames(statement)) found.push({ exportedAs: name, declaredAs: name, path: door });
  }
  return found;
}

function isDocumented(path, name) {
  if (!existsSync(path)) return true; // generated, or another package's
  const declaration = parse(path).statements.find((statement) => declaredNames(statement).includes(name));
  return declaration === undefined || ts.getJSDocCommentsAndTags(declaration).length > 0;
}

function declaredNames(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText());
  return statement.name ? [statement.name.text] : [];
}

function isExported(statement) {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function parse(path) {
  if (!parsed.has(path)) parsed.set(path, ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true));
  return parsed.get(path);
}
