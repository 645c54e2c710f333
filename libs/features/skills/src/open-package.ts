import { Fault } from '@openclaw/errors';
import type { FetchBytes } from './fetch-through-worker.js';
import type { OpenedPackage, Registries } from './registries.js';
import type { InstallSkill } from './skill.schema.js';
import { unpackPackage } from './unpack-package.js';

/** The package that a request names: the files themselves, an address, or a skill of a registry. */
export type OpenPackage = (asked: InstallSkill) => Promise<OpenedPackage>;

/** @param fetch how an address is read: a gateway has no way out */
export function packageOpener(registries: Pick<Registries, 'open'>, fetch: FetchBytes): OpenPackage {
  return async ({ files, source, name, version }) => {
    if (files !== undefined) {
      const given = { files: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])) };
      return { given, archive: null, source: 'files', digest: null };
    }
    if (name !== undefined) return registries.open(name, version);
    const address = source ?? '';
    checkAddress(address);
    const archive = await fetch(address);
    return { given: await unpackPackage(archive, address), archive, source: withoutQuery(address), digest: null };
  };
}

/** What can be told without asking a worker. */
function checkAddress(address: string): void {
  const url = URL.parse(address);
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return;
  throw new Fault('bad_request', 'A package is fetched from an https address without a user name or password.', {
    details: { issues: [{ path: 'source', message: 'must be an https address without a user name or password' }] },
  });
}

/** A key may stand there, and is shown to nobody. */
function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/, '');
}
