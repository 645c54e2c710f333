import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveContents } from './archive-contents.js';
import type { GivenPackage } from './read-package.js';

const DEPTH_MAX = 16;

/**
 * A folder of this machine as a package, within the bounds of an archive; links are named, never followed.
 * @throws Fault `bad_request` as an archive would, and what Node throws where it cannot be read
 */
export async function readFolder(folder: string): Promise<GivenPackage> {
  const contents = new ArchiveContents();
  await readInto(contents, folder, '');
  return contents;
}

async function readInto(contents: ArchiveContents, folder: string, below: string): Promise<void> {
  if (below.split('/').length > DEPTH_MAX) return;
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const written = `${below}${entry.name}`;
    if (entry.isDirectory()) await readInto(contents, folder, `${written}/`);
    const path = entry.isDirectory() ? null : contents.enter(written);
    if (path === null) continue;
    if (!entry.isFile()) contents.odd.set(path, entry.isSymbolicLink() ? 'a symbolic link' : 'no plain file');
    else contents.files.set(path, await readOne(contents, join(folder, written)));
  }
}

async function readOne(contents: ArchiveContents, file: string): Promise<Buffer> {
  contents.take((await stat(file)).size);
  return readFile(file);
}
