/** Writes skills/index.json, the list of the registry that comes with this version. With --check it only compares. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';

const FOLDER = 'skills';
const INDEX = join(FOLDER, 'index.json');

const names = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const text = `${JSON.stringify({ skills: names.map(describe) }, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(INDEX, text);
else if (readFileSync(INDEX, 'utf8') !== text) throw new Error(`${INDEX} is not that of its folders: run node scripts/generate-skills.mjs`);

function describe(name) {
  const { description, version } = parse(
    readFileSync(join(FOLDER, name, 'SKILL.md'), 'utf8')
      .split('\n---\n', 1)[0]
      .slice(4),
  );
  return { name, version, description, url: name, digest: digestOf(join(FOLDER, name)) };
}

/** As the gateway reckons it: sorted path and bytes, each with its length. */
function digestOf(folder) {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort((a, b) => (a < b ? -1 : 1));
  for (const path of paths) {
    const bytes = readFileSync(join(folder, path));
    hash.update(`${Buffer.byteLength(path)}:${path}${bytes.length}:`).update(bytes);
  }
  return `sha256:${hash.digest('hex')}`;
}
