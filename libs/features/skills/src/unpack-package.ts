import { badArchive } from './archive-contents.js';
import type { GivenPackage } from './read-package.js';
import { unpackTar } from './unpack-tar.js';
import { unpackZip } from './unpack-zip.js';

const GZIP = '1f8b';
const ZIP = ['504b0304', '504b0506'];
const HEAD_BYTES = 512;

/**
 * What came from an address, by its first bytes and never by what its sender calls it: .tar.gz, .zip, or SKILL.md alone.
 * @param address for the sentence, where a page came
 * @throws Fault `bad_request`
 */
export async function unpackPackage(bytes: Buffer, address: string): Promise<GivenPackage> {
  const magic = bytes.subarray(0, 4).toString('hex');
  if (magic.startsWith(GZIP)) return unpackTar(bytes);
  if (ZIP.includes(magic)) return unpackZip(bytes);
  const head = bytes
    .subarray(0, HEAD_BYTES)
    .toString('latin1')
    .replace(/^\u00EF\u00BB\u00BF/, '')
    .trimStart()
    .toLowerCase();
  if (head.startsWith('---')) return { files: new Map([['SKILL.md', bytes]]) };
  if (head.startsWith('<')) throw badArchive(`is a page for people, not a package; ${hintFor(address)}`);
  throw badArchive('is no .tar.gz, no .zip and no SKILL.md');
}

/** The address that was probably meant. */
function hintFor(address: string): string {
  const url = URL.parse(address);
  const [owner, repository, kind, ref = 'HEAD', ...path] = url?.pathname.slice(1).split('/') ?? [];
  if (url?.hostname !== 'github.com' || !owner || !repository) return 'give the address of a .tar.gz, a .zip or a SKILL.md itself';
  if (kind === 'blob') return `https://raw.githubusercontent.com/${owner}/${repository}/${ref}/${path.join('/')} would do`;
  const folder = path.length > 0 ? `, with \`path\`: ${JSON.stringify(path.join('/'))}` : '';
  return `https://github.com/${owner}/${repository}/archive/${ref}.tar.gz would do${folder}`;
}
