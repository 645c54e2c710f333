import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@openclaw/errors';
import semver from 'semver';
import { z } from 'zod';
import type { FetchBytes } from './fetch-through-worker.js';
import { readFolder } from './read-folder.js';
import type { GivenPackage } from './read-package.js';
import { unpackPackage } from './unpack-package.js';

/** A package as it came from somewhere. */
export interface OpenedPackage {
  readonly given: GivenPackage;
  /** The archive itself, where it came as one: its own sum is as good as that of its files. */
  readonly archive: Buffer | null;
  /** For whoever asks later where it came from. */
  readonly source: string;
  /** What the registry says that it is; null where it says nothing. */
  readonly digest: string | null;
}

/** Where a skill of a registry is. */
interface Listed {
  readonly version: string;
  readonly url: string;
  readonly digest: string | null;
}

/** Read leniently: what one entry lacks is no reason to lose the others. */
const indexSchema = z.object({ skills: z.array(z.unknown()).max(10_000) });
const entrySchema = z.object({ name: z.string(), version: z.string(), url: z.string().min(1).max(2000), digest: z.string().nullish() });
const INDEX_BYTES_MAX = 4_194_304;
const INDEX = 'index.json';
/** The skills that come with this version. */
const BUNDLED = fileURLToPath(new URL('../../../../skills/', import.meta.url));

/** Registries in their order: `bundled`, a folder of this machine, or the https address of an `index.json`. */
export class Registries {
  readonly #places: () => readonly string[];
  readonly #fetch: FetchBytes;

  constructor(places: () => readonly string[], fetch: FetchBytes) {
    this.#places = places;
    this.#fetch = fetch;
  }

  /**
   * The skill of the first registry that has it.
   * @param version exactly that; the newest that is no pre-release where it is left out
   * @throws Fault `not_found` that names the versions there are, `upstream_error` where a registry cannot be read
   */
  async open(name: string, version?: string): Promise<OpenedPackage> {
    const others: string[] = [];
    for (const place of this.#places()) {
      const listed = (await this.#list(place)).filter((each) => each.name === name);
      const chosen = choose(listed, version);
      if (chosen) return this.#take(place, name, chosen);
      others.push(...listed.map((each) => each.version));
    }
    if (others.length === 0) throw new Fault('not_found', `No configured registry has a skill named ${name}.`);
    const versions = [...new Set(others)].sort(semver.rcompare).slice(0, 50);
    throw new Fault('not_found', `No configured registry has ${version ?? 'a release'} of ${name}. There are ${versions.join(', ')}.`, {
      details: { versions },
    });
  }

  async #list(place: string): Promise<z.infer<typeof entrySchema>[]> {
    const bytes = isFolder(place) ? await readFile(join(folderOf(place), INDEX)).catch(unreadable(place)) : await this.#fetch(place);
    const { data } = indexSchema.safeParse(parse(bytes.subarray(0, INDEX_BYTES_MAX).toString()));
    if (!data) throw notRead(place, 'it is no index of skills');
    return data.skills.flatMap((entry) => entrySchema.safeParse(entry).data ?? []).filter((entry) => semver.valid(entry.version) !== null);
  }

  async #take(place: string, name: string, { version, url, digest }: Listed): Promise<OpenedPackage> {
    const source = `${place}#${name}@${version}`;
    if (!isFolder(place)) {
      const address = URL.parse(url, place)?.href ?? url;
      const archive = await this.#fetch(address);
      return { given: await unpackPackage(archive, address), archive, source, digest };
    }
    const path = normalize(url);
    if (isAbsolute(path) || path.split('/').includes('..') || url.includes(':'))
      throw notRead(place, `the address of ${name} leaves its folder`);
    const file = join(folderOf(place), path);
    const about = await stat(file).catch(unreadable(place));
    if (about.isDirectory()) return { given: await readFolder(file), archive: null, source, digest };
    const archive = await readFile(file);
    return { given: await unpackPackage(archive, url), archive, source, digest };
  }
}

function choose(listed: readonly z.infer<typeof entrySchema>[], version: string | undefined): Listed | null {
  const fitting = listed.filter((each) =>
    version === undefined
      ? semver.prerelease(each.version) === null
      : semver.eq(each.version, semver.valid(version) ?? '0.0.0') && semver.valid(version) !== null,
  );
  const [newest] = fitting.sort((a, b) => semver.rcompare(a.version, b.version));
  return newest === undefined ? null : { version: newest.version, url: newest.url, digest: newest.digest ?? null };
}

function isFolder(place: string): boolean {
  return place === 'bundled' || isAbsolute(place);
}

function folderOf(place: string): string {
  return place === 'bundled' ? BUNDLED : place;
}

function unreadable(place: string): (thrown: unknown) => never {
  return (thrown) => {
    if (Error.isError(thrown) && 'code' in thrown) throw notRead(place, 'it cannot be read here');
    throw thrown;
  };
}

function notRead(place: string, reason: string): Fault {
  return new Fault('upstream_error', `The registry ${place} gives nothing: ${reason}.`, {
    details: { provider: place, upstream_status: null, retryable: false, reason },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}
