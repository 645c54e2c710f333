import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '@openclaw/db';
import { Fault } from '@openclaw/errors';
import type { WorkId } from '@openclaw/words';
import { silentLogger } from '@openclaw/telemetry';
import { type FileServer, startFileServer, testAuthority } from '../../../../test/support/file-server.js';
import { makeTarGz } from '../../../../test/support/make-archive.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { fetchPackage } from './fetch-package.job.js';
import { fetchThroughWorkers } from './fetch-through-worker.js';
import { FetchesStore } from './fetches.store.js';
import { packageOpener } from './open-package.js';
import { Registries } from './registries.js';
import { SkillsService } from './skills.service.js';
import { SkillsStore } from './skills.store.js';

const ACTOR = { tokenId: 'gateway', person: 'owner', requestId: 'r' } as never; // of an audit entry, which this test does not read
const manifest = (name: string, version: string): string =>
  `---\nname: ${name}\ndescription: What it is for.\nversion: "${version}"\n---\nBody of ${version}.`;
const archive = (name: string, version: string): Buffer => makeTarGz([{ name: 'top/SKILL.md', content: manifest(name, version) }]);
const sha = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('packages from elsewhere', () => {
  let services: TestServices;
  let database: Database;
  let server: FileServer;
  let answer: RequestListener;
  let places: string[];
  let hasWorker: boolean;
  let skills: SkillsService;
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));

  beforeAll(async () => {
    services = await createTestServices();
    database = new Database({ url: services.databaseUrl, poolMax: 4, logger: silentLogger(), applicationName: 'test' });
    server = await startFileServer((req, res) => {
      answer(req, res);
    });
    const fetches = new FetchesStore(database);
    const network = {
      resolve: () => Promise.resolve(['127.0.0.1']),
      permits: (address: string) => address === '127.0.0.1',
      ca: testAuthority,
    };
    const job = fetchPackage(fetches, () => network);
    // The worker: the bell is rung, and it does what the gateway wrote.
    const ring = async ({ id }: { readonly id: WorkId }): Promise<void> => {
      const rows = await services.sql<{ payload: unknown }>('SELECT payload FROM work ORDER BY created_at DESC LIMIT 1');
      await job.handle(rows[0]?.payload, {
        id,
        person: null,
        attempt: 1,
        isLastTry: true,
        dueAt: new Date(),
        signal: new AbortController().signal,
      });
    };
    const fetch = fetchThroughWorkers({ fetches, ring, hasWorker: () => Promise.resolve(hasWorker) });
    const registries = new Registries(() => places, fetch);
    skills = new SkillsService(new SkillsStore(database), packageOpener(registries, fetch), () => Promise.resolve(null));
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await database.close();
    await services.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    hasWorker = true;
    places = [];
  });

  const url = (path: string): string => `https://files.test:${String(server.port)}${path}`;
  const serve = (files: Readonly<Record<string, string | Buffer>>): void => {
    answer = (req, res) => {
      const body = files[req.url ?? ''];
      if (body === undefined) res.writeHead(404).end();
      else res.writeHead(200, { 'content-type': 'application/gzip' }).end(body);
    };
  };
  const install = (asked: object): ReturnType<SkillsService['install']> => skills.install(ACTOR, { replace: false, ...asked });
  const fault = async (asked: object): Promise<{ code: string; message: string }> => {
    try {
      await install(asked);
    } catch (thrown) {
      if (thrown instanceof Fault) return { code: thrown.code, message: thrown.message };
      throw thrown;
    }
    return { code: 'none', message: 'installed' };
  };
  const left = async (): Promise<number> =>
    (await services.sql<{ count: number }>('SELECT count(*)::int AS count FROM skill_fetches'))[0]?.count ?? -1;

  it('an address is fetched by a worker, whatever it calls its type, and told without its query', async () => {
    serve({ '/a.tar.gz?key=secret': archive('from-address', '1.0.0') });
    const { status, body } = await install({ source: url('/a.tar.gz?key=secret') });
    expect([status, body.skill.source, body.skill.name]).toEqual([201, url('/a.tar.gz'), 'from-address']);
    expect(await left()).toBe(0);
  });

  it('case 67: a digest may be that of the files or of the archive itself; another is 400, and nothing is kept', async () => {
    const bytes = archive('pinned', '1.0.0');
    serve({ '/p': bytes });
    expect(await fault({ source: url('/p'), digest: `sha256:${'0'.repeat(64)}` })).toMatchObject({ code: 'bad_request' });
    await expect(skills.get('pinned')).rejects.toThrow('no skill named pinned');
    const { body } = await install({ source: url('/p'), digest: sha(bytes) });
    expect((await install({ source: url('/p'), digest: body.skill.digest })).status).toBe(200);
  });

  it('400 for an address that is not allowed, a page, and what is no package; 502 where it cannot be had; 503 without a worker', async () => {
    serve({ '/page': '<!doctype html>', '/x': 'hello' });
    for (const source of ['http://files.test/x', 'ftp://files.test/x', 'file:///etc/passwd', 'https://u:p@files.test/x', 'x'])
      expect((await fault({ source })).code).toBe('bad_request');
    expect(await fault({ source: 'https://169.254.169.254/latest' })).toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('not on the public internet'),
    });
    expect(await fault({ source: url('/page') })).toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('page for people'),
    });
    expect(await fault({ source: url('/x') })).toMatchObject({ code: 'bad_request' });
    expect(await fault({ source: url('/nothing') })).toMatchObject({
      code: 'upstream_error',
      message: expect.stringContaining('status 404'),
    });
    hasWorker = false;
    expect(await fault({ source: url('/x') })).toMatchObject({ code: 'service_unavailable' });
    expect(await left()).toBe(0);
  });

  it('a redirect to an address inside is refused as that address is', async () => {
    answer = (_req, res) => res.writeHead(302, { location: 'https://10.0.0.1/x' }).end();
    expect(await fault({ source: url('/away') })).toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('not on the public internet'),
    });
  });

  it('case 69: the newest of a registry that is no pre-release, by semver; exactly that where one is named; 404 tells which there are', async () => {
    places = [url('/r/index.json')];
    const entry = (version: string): object => ({
      name: 'listed',
      version,
      description: 'x',
      url: `./listed-${version}.tar.gz`,
      digest: null,
    });
    const versions = ['1.9.0', '1.10.0', '2.0.0-beta.1'];
    const index = JSON.stringify({ skills: [{ broken: true }, ...versions.map(entry)] });
    serve({
      '/r/index.json': index,
      ...Object.fromEntries(versions.map((version) => [`/r/listed-${version}.tar.gz`, archive('listed', version)])),
    });
    expect((await install({ name: 'listed' })).body.skill).toMatchObject({
      version: '1.10.0',
      source: `${url('/r/index.json')}#listed@1.10.0`,
    });
    expect((await install({ name: 'listed', version: '2.0.0-beta.1', replace: true })).body.skill.version).toBe('2.0.0-beta.1');
    expect(await fault({ name: 'listed', version: '3.0.0' })).toEqual({
      code: 'not_found',
      message: 'No configured registry has 3.0.0 of listed. There are 2.0.0-beta.1, 1.10.0, 1.9.0.',
    });
    expect(await fault({ name: 'nobody' })).toMatchObject({ code: 'not_found' });
  });

  it('502 for a registry that cannot be read; a digest of its index that is another’s is 400', async () => {
    places = [url('/away.json')];
    serve({});
    expect((await fault({ name: 'x' })).code).toBe('upstream_error');
    places = [url('/text.json')];
    serve({ '/text.json': 'no JSON' });
    expect((await fault({ name: 'x' })).code).toBe('upstream_error');
    places = [url('/i.json')];
    serve({
      '/i.json': JSON.stringify({ skills: [{ name: 'x', version: '1.0.0', url: 'x.tar.gz', digest: `sha256:${'1'.repeat(64)}` }] }),
      '/x.tar.gz': archive('x', '1.0.0'),
    });
    expect(await fault({ name: 'x' })).toMatchObject({ code: 'bad_request', message: expect.stringContaining('another package') });
  });

  it('a folder of this machine is a registry too, of folders and archives; links in it are not followed, and nothing outside of it is read', async () => {
    places = [folder];
    mkdirSync(join(folder, 'plain'));
    writeFileSync(join(folder, 'plain', 'SKILL.md'), manifest('plain', '1.0.0'));
    writeFileSync(join(folder, 'packed.tar.gz'), archive('packed', '1.0.0'));
    mkdirSync(join(folder, 'linked'));
    writeFileSync(join(folder, 'linked', 'SKILL.md'), manifest('linked', '1.0.0'));
    symlinkSync('/etc/passwd', join(folder, 'linked', 'passwd'));
    const entry = (name: string, at: string): object => ({ name, version: '1.0.0', url: at });
    writeFileSync(
      join(folder, 'index.json'),
      JSON.stringify({
        skills: [
          entry('plain', 'plain'),
          entry('packed', './packed.tar.gz'),
          entry('linked', 'linked'),
          entry('out', '../../etc'),
          entry('abs', '/etc'),
          entry('gone', 'gone'),
        ],
      }),
    );
    expect((await install({ name: 'plain' })).body.skill).toMatchObject({ name: 'plain', source: `${folder}#plain@1.0.0` });
    expect((await install({ name: 'packed' })).status).toBe(201);
    expect(await fault({ name: 'linked' })).toMatchObject({ code: 'bad_request', message: expect.stringContaining('a symbolic link') });
    for (const name of ['out', 'abs', 'gone']) expect((await fault({ name })).code).toBe('upstream_error');
    places = ['/nonexistent'];
    expect((await fault({ name: 'plain' })).code).toBe('upstream_error');
  });
});
