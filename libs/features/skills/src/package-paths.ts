import type { Issue } from '@openclaw/words';

const PATH_CHARACTERS_MAX = 200;
const DEPTH_MAX = 8;

/** A package with one such path is nobody's honest mistake: none of it is taken, whatever part of it is the skill. */
export function checkHostile(paths: readonly string[]): Issue[] {
  const hostile = paths.filter(
    (path) => /[\p{Cc}\uFFFD\\]/u.test(path) || path.split('/').some((part) => part === '' || part === '.' || part === '..'),
  );
  return hostile.map((path) => ({
    path: `files.${path.slice(0, PATH_CHARACTERS_MAX)}`,
    message: 'must be relative UTF-8, with no backslash, no control character, no empty part, no . and no ..',
  }));
}

/** What is wrong with the paths of a skill's files, on any system, whatever they are unpacked with. */
export function checkPaths(paths: readonly string[]): Issue[] {
  return [...paths.flatMap(checkPath), ...checkTwins(paths)];
}

/** A path that stays in its folder on every system. */
function checkPath(path: string): Issue[] {
  const parts = path.split('/');
  const message =
    path.length > PATH_CHARACTERS_MAX
      ? `must be at most ${String(PATH_CHARACTERS_MAX)} characters`
      : /[\p{C}\uFFFD\\:]/u.test(path)
        ? 'must have no backslash, colon or control character, and be UTF-8'
        : parts.some((part) => part === '' || part === '.' || part === '..' || part.trim() !== part)
          ? 'must be relative, with no empty part, no . and no ..'
          : parts.length > DEPTH_MAX
            ? `must be at most ${String(DEPTH_MAX)} folders deep`
            : null;
  return message === null ? [] : [{ path: `files.${path.slice(0, PATH_CHARACTERS_MAX)}`, message }];
}

/** Two names that are one on some system, and a file where another wants a folder. */
function checkTwins(paths: readonly string[]): Issue[] {
  const seen = new Map<string, string>();
  const issues: Issue[] = [];
  for (const path of paths) {
    const name = path.normalize('NFC').toLowerCase();
    const twin = seen.get(name);
    if (twin !== undefined) issues.push({ path: `files.${path}`, message: `is the same as ${twin} where case does not count` });
    seen.set(name, path);
  }
  for (const [name, path] of seen) {
    const folders = name
      .split('/')
      .slice(0, -1)
      .map((_, index, all) => all.slice(0, index + 1).join('/'));
    if (folders.some((folder) => seen.has(folder))) issues.push({ path: `files.${path}`, message: 'is in a folder that is a file' });
  }
  return issues;
}
