import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Fault } from '@openclaw/errors';
import { type ArchiveEntry, makeTar, makeTarGz, makeZip } from '../../../../test/support/make-archive.js';
import { readPackage } from './read-package.js';
import { unpackPackage } from './unpack-package.js';

const MANIFEST = '---\nname: house-style\ndescription: How we write.\n---\nShort sentences.';
const SKILL: ArchiveEntry = { name: 'SKILL.md', content: MANIFEST };
const KINDS = [
  ['tar.gz', makeTarGz],
  ['zip', makeZip],
] as const;

/** The paths of the skill that an archive holds. */
async function pathsIn(archive: Buffer, folder?: string): Promise<string[]> {
  return [...readPackage(await unpackPackage(archive, 'https://a.example/x'), folder).files.keys()];
}

/** Why it is refused; it always is with 400. */
async function refusal(archive: Buffer, address = 'https://a.example/x'): Promise<string> {
  try {
    readPackage(await unpackPackage(archive, address));
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    expect(thrown.code).toBe('bad_request');
    return thrown.message;
  }
  return 'taken';
}

describe.each(KINDS)('a %s', (kind, make) => {
  it('is taken with its one top folder stripped, `./` and all, and its bytes unchanged', async () => {
    const bytes = randomBytes(3000);
    expect(
      await pathsIn(
        make([
          { name: './SKILL.md', content: MANIFEST },
          { name: './a/b.md', content: 'x' },
        ]),
      ),
    ).toEqual(['SKILL.md', 'a/b.md']);
    const given = await unpackPackage(
      make([
        { name: 'top/SKILL.md', content: MANIFEST },
        { name: 'top/data.bin', content: bytes },
      ]),
      '',
    );
    expect(readPackage(given).files.get('data.bin')).toEqual(bytes);
    expect(
      await pathsIn(
        make([
          { name: 'r-main/README.md' },
          { name: 'r-main/skills/a/SKILL.md', content: MANIFEST },
          { name: 'r-main/skills/b/SKILL.md', content: MANIFEST },
        ]),
        'skills/b',
      ),
    ).toEqual(['SKILL.md']);
  });

  it('case 65: what a Mac puts in for itself is dropped, and a backslash of Windows is a separator before every check', async () => {
    const mac = [
      SKILL,
      { name: '__MACOSX/._SKILL.md', content: 'x' },
      { name: '._SKILL.md', content: 'x' },
      { name: '.DS_Store', content: 'x' },
    ];
    expect(await pathsIn(make(mac))).toEqual(['SKILL.md']);
    expect(
      await pathsIn(
        make([
          { name: 'dir\\SKILL.md', content: MANIFEST },
          { name: 'dir\\a\\b.md', content: 'x' },
        ]),
      ),
    ).toEqual(['SKILL.md', 'a/b.md']);
    expect(await refusal(make([SKILL, { name: '..\\x', content: 'x' }]))).toContain('no ..');
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', '..', 'a//b', 'a/./b', '\\\\host\\share', 'a\nb'])(
    'with the path %j is refused, wherever that stands',
    async (name) => {
      expect(await refusal(make([SKILL, { name, content: 'x' }]))).toMatch(/must be relative|damaged/);
      expect(
        await refusal(
          make([
            { name: 'top/SKILL.md', content: MANIFEST },
            { name: `top/${name}`, content: 'x' },
          ]),
        ),
      ).toMatch(/must be relative|damaged/);
    },
  );

  it('with a name that is no UTF-8 is refused', async () => {
    expect(await refusal(make([SKILL, { name: Buffer.from([0x61, 0xff, 0xfe]), content: 'x' }]))).toMatch(/UTF-8/);
  });

  it('with an entry twice, or twice where case does not count, is refused', async () => {
    expect(await refusal(make([SKILL, { name: 'a.md', content: '1' }, { name: 'a.md', content: '2' }]))).toContain('has a.md twice');
    expect(await refusal(make([SKILL, { name: 'a.md', content: '1' }, { name: './a.md', content: '2' }]))).toContain('has a.md twice');
    expect(await refusal(make([SKILL, { name: 'a.md', content: '1' }, { name: 'A.md', content: '2' }]))).toContain('is the same as');
  });

  it('of 100,000 files, or as many as its format counts, is refused', async () => {
    const many = Array.from({ length: kind === 'zip' ? 65_000 : 100_000 }, (_, index) => ({ name: `f${String(index)}` }));
    expect(await refusal(make([SKILL, ...many]))).toMatch(/more than 5000 entries|too many for its size/);
  });

  it('of zeros that unpack to a great deal is refused, and so is one file too large', async () => {
    expect(await refusal(make([SKILL, { name: 'zeros', content: Buffer.alloc(40_000_000) }]))).toMatch(/unpacks to/);
    expect(await refusal(make([SKILL, { name: 'zeros', content: Buffer.alloc(4_000_000) }]))).toMatch(/unpacks to/);
    expect(await refusal(make([SKILL, { name: 'noise', content: randomBytes(9_000_000) }]))).toContain('bytes together');
  });

  it('cut short anywhere, or with a byte changed, is refused or as it was', async () => {
    const whole = make([SKILL, { name: 'noise', content: randomBytes(5000) }]);
    for (const length of [10, 100, whole.length >> 1, whole.length - 30])
      expect(await refusal(whole.subarray(0, length))).not.toBe('taken');
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(3000) ^ 0xff, 3000);
    expect(await refusal(changed)).toMatch(/damaged/);
  });

  it('with another archive in the skill is refused: nobody sees what is in it', async () => {
    for (const nested of [makeTarGz([SKILL]), makeZip([SKILL]), makeTar([SKILL])])
      expect(await refusal(make([SKILL, { name: 'lib.bin', content: nested }]))).toContain('files.lib.bin is an archive');
  });

  it('that holds no skill, nothing, or several, is refused', async () => {
    expect(await refusal(make([{ name: 'README.md', content: 'x' }]))).toContain('must have SKILL.md');
    expect(await refusal(make([]))).not.toBe('taken');
    expect(
      await refusal(
        make([
          { name: 'a/SKILL.md', content: MANIFEST },
          { name: 'b/SKILL.md', content: MANIFEST },
        ]),
      ),
    ).toContain('in a, b; choose one with `path`');
  });
});

describe('a tar.gz', () => {
  it.each([
    ['1', 'a hard link'],
    ['2', 'a symbolic link'],
    ['3', 'a device'],
    ['4', 'a device'],
    ['6', 'a pipe'],
  ])('case 64: an entry of type %s is refused in the skill’s folder, and not followed elsewhere', async (type, message) => {
    const odd = { name: 's/x', type, linkTo: type === '1' || type === '2' ? '/etc/passwd' : '' };
    expect(await refusal(makeTarGz([{ name: 's/SKILL.md', content: MANIFEST }, odd]))).toContain(`is ${message}`);
    expect(
      await pathsIn(
        makeTarGz([
          { name: 'r/s/SKILL.md', content: MANIFEST },
          { ...odd, name: 'r/x' },
        ]),
      ),
    ).toEqual(['SKILL.md']);
  });

  it('case 63: a header of pax for all entries is no entry', async () => {
    expect(
      await pathsIn(
        makeTarGz([
          { name: 'pax_global_header', type: 'g', content: '52 comment=0123456789012345678901234567890123456789\n' },
          { name: 'r/SKILL.md', content: MANIFEST },
        ]),
      ),
    ).toEqual(['SKILL.md']);
  });

  it('gzipped twice, or gzipped and no tar, is refused', async () => {
    expect(await refusal(gzipSync(makeTarGz([SKILL])))).toContain('no tar archive within');
    expect(await refusal(gzipSync('hello'))).toContain('no tar archive within');
  });
});

describe('a zip', () => {
  it.each([0o120777, 0o020666, 0o060666, 0o010666, 0o140666])(
    'an entry with the mode %o is refused in the skill’s folder',
    async (mode) => {
      expect(await refusal(makeZip([SKILL, { name: 'x', content: '/etc/passwd', mode }]))).toMatch(
        /is a (symbolic link|device|pipe|socket)/,
      );
    },
  );

  it('case 66: two lists that differ, sizes that lie, encryption, one archive before another, and a wrong sum are refused', async () => {
    expect(await refusal(makeZip([SKILL, { name: 'a.md', localName: 'b.md', content: 'x' }]))).toContain('lists other files than it holds');
    expect(await refusal(makeZip([SKILL, { name: 'a.md', content: 'xxxx', claimedSize: 2 }]))).toMatch(/damaged/);
    expect(await refusal(makeZip([SKILL, { name: 'a.md', content: 'xxxx', claimedSize: 9 }]))).toMatch(/damaged/);
    expect(await refusal(makeZip([SKILL, { name: 'a.md', content: 'x', isEncrypted: true }]))).toContain('is encrypted');
    expect(await refusal(Buffer.concat([makeZip([SKILL]), makeZip([SKILL])]))).toMatch(/damaged|does not list|other files/);
    expect(await refusal(Buffer.concat([Buffer.from('PK\u0003\u0004 before'), makeZip([SKILL])]))).toMatch(/damaged|does not list/);
  });
});

describe('what came from an address', () => {
  it('is told by its first bytes: SKILL.md alone is taken, anything else is not', async () => {
    expect(await pathsIn(Buffer.from(`\uFEFF${MANIFEST}`))).toEqual(['SKILL.md']);
    expect(await refusal(Buffer.from('hello'))).toContain('no .tar.gz, no .zip and no SKILL.md');
    expect(await refusal(Buffer.alloc(0))).toContain('no .tar.gz');
  });

  it.each([
    ['https://github.com/o/r', 'https://github.com/o/r/archive/HEAD.tar.gz would do'],
    ['https://github.com/o/r/tree/main/skills/x', 'https://github.com/o/r/archive/main.tar.gz would do, with `path`: "skills/x"'],
    ['https://github.com/o/r/blob/main/SKILL.md', 'https://raw.githubusercontent.com/o/r/main/SKILL.md would do'],
    ['https://login.example/', 'give the address of a .tar.gz'],
  ])('case 68: the page of %s is refused with the address that would do', async (address, hint) => {
    expect(await refusal(Buffer.from('\n<!DOCTYPE html><html>'), address)).toContain(hint);
  });
});
