import { Fault } from '@openclaw/errors';
import { checkHostile } from './package-paths.js';
import type { GivenPackage } from './read-package.js';

const ENTRIES_MAX = 5000;
/** Of all that is unpacked; a repository with a skill in it may hold more than the skill. */
export const UNPACKED_BYTES_MAX = 33_554_432;
/** What systems put into archives for themselves. */
const JUNK = /(?:^|\/)(?:__MACOSX\/|\._[^/]*$|\.DS_Store$|Thumbs\.db$)/;

/** What an archive holds, bounded while it is read. */
export class ArchiveContents implements GivenPackage {
  readonly files = new Map<string, Buffer>();
  readonly odd = new Map<string, string>();
  readonly #names = new Set<string>();
  #entries = 0;
  #left = UNPACKED_BYTES_MAX;

  /**
   * The path under which an entry is kept; null where nobody wants it: a folder, or what a system put there for itself.
   * @param written as the archive has it: a backslash is a separator before every check
   * @throws Fault `bad_request` where it leaves the archive, comes twice, or is one too many
   */
  enter(written: string): string | null {
    this.#entries += 1;
    if (this.#entries > ENTRIES_MAX) throw badArchive(`holds more than ${String(ENTRIES_MAX)} entries`);
    const path = written
      .replaceAll('\\', '/')
      .replace(/^(?:\.\/)+/, '')
      .replace(/\/$/, '');
    if (path === '' || path === '.') return null;
    const [hostile] = checkHostile([path]);
    if (hostile) throw badArchive(`has ${JSON.stringify(path.slice(0, 200))} in it, and a path ${hostile.message}`);
    if (this.#names.has(path)) throw badArchive(`has ${path} twice`);
    this.#names.add(path);
    return written.endsWith('/') || written.endsWith('\\') || JUNK.test(path) ? null : path;
  }

  /** Room for so many bytes more. @throws Fault `bad_request` where there is none */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw tooMuch();
  }
}

/** It unpacks to more than is looked at. */
export function tooMuch(): Fault {
  return badArchive(`unpacks to more than ${String(UNPACKED_BYTES_MAX)} bytes, or to too many for its size`);
}

/** @param what after “it” */
export function badArchive(what: string): Fault {
  return new Fault('bad_request', `This package is not taken: it ${what}.`, { details: { issues: [{ path: 'source', message: what }] } });
}
