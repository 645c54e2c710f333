const MANIFEST = /^skill\.md$/i;
const FOLDERS_TOLD_MAX = 30;

/** The folder of a package that is the skill, ending in a slash or empty, or why there is none. */
export type FoundFolder = { readonly folder: string } | { readonly problem: string };

/** Whether a file of that name, without folders, is a skill's SKILL.md. */
export function isManifest(name: string): boolean {
  return MANIFEST.test(name);
}

/**
 * The one folder with a SKILL.md, however deep; the one at the top where there are several.
 * @param asked the folder that shall be it, with or without the package's one top folder
 */
export function findFolder(paths: readonly string[], asked?: string): FoundFolder {
  const folders = paths
    .filter((path) => isManifest(path.slice(path.lastIndexOf('/') + 1)))
    .map((path) => path.slice(0, path.lastIndexOf('/') + 1));
  const top = topOf(paths);
  if (asked !== undefined) {
    const wanted = asked === '.' ? '' : `${asked.replace(/^\.\//, '').replace(/\/$/, '')}/`;
    const found = [wanted, `${top}${wanted}`].find((folder) => folders.includes(folder));
    return found === undefined ? { problem: `has no ${wanted}SKILL.md` } : { folder: found };
  }
  const [first, ...others] = folders;
  if (first === undefined) return { problem: 'must have SKILL.md' };
  if (others.length === 0) return { folder: first };
  if (folders.includes(top)) return { folder: top };
  const told = folders
    .slice(0, FOLDERS_TOLD_MAX)
    .map((folder) => folder.replace(/\/$/, ''))
    .sort();
  const more = folders.length > told.length ? `, and ${String(folders.length - told.length)} more` : '';
  return { problem: `must have SKILL.md in one folder, and has it in ${told.join(', ')}${more}; choose one with \`path\`` };
}

/** The one folder that all is in; empty where there is none. */
function topOf(paths: readonly string[]): string {
  const [only, ...others] = new Set(paths.map((path) => path.slice(0, path.indexOf('/') + 1)));
  return others.length === 0 ? (only ?? '') : '';
}
