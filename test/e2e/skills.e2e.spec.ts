import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FEATURES } from '@openclaw/roster';
import { RESERVED_NAMES } from '@openclaw/skills';
import { localSkillRunner } from '../support/local-skill-runner.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const manifest = (name: string, body: string, more = ''): string =>
  `---\nname: ${name}\ndescription: What ${name} is for.\n${more}---\n${body}`;

describe('skills', () => {
  let system: TestSystem;
  let gateway: TestGateway;
  let other: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    [gateway, other] = [await system.startGateway(), await system.startGateway()];
    await system.startWorker();
    await system.startWorker();
  });
  afterAll(() => system.close());

  async function call(
    method: string,
    path: string,
    json?: unknown,
    at = gateway,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await at.request(`/api/v1${path}`, { method, ...(json === undefined ? {} : { json }) });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }; // each test reads what it needs
  }
  const install = (json: object): ReturnType<typeof call> => call('POST', '/skills/install', json);
  const ask = async (message: string): Promise<Record<string, unknown>> =>
    (await call('POST', '/message', { channel: 'api', message })).body;

  it('installed, told of, opened by the agent, counted, removed: the whole path with the offline responder', async () => {
    const made = await install({
      files: { 'SKILL.md': manifest('tea', 'Warm the pot first. See leaves.md.', 'version: "1.0.0"\n'), 'leaves.md': 'One spoon each.' },
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        skill: {
          name: 'tea',
          version: '1.0.0',
          status: 'active',
          status_reason: null,
          runtime: 'none',
          invocations: 0,
          source: 'files',
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
        findings: [],
      },
    });
    expect((await ask('/skills'))['content']).toContain('tea: Opens a skill, which gives instructions to follow. What tea is for.');
    const opened = await ask('/skill tea {}');
    expect(opened).toMatchObject({
      content: expect.stringContaining('Warm the pot first. See leaves.md.\n\n[Files of this skill: leaves.md]'),
      skills_used: ['tea'],
    });
    expect((await ask('/skill tea {"file":"leaves.md"}'))['content']).toContain('One spoon each.');
    expect((await ask('/skill tea {"file":"../etc/passwd"}'))['content']).toContain('has no file');
    expect((await call('GET', '/skills/tea', undefined, other)).body).toMatchObject({
      instructions: 'Warm the pot first. See leaves.md.',
      invocations: 1,
      last_used: expect.any(String),
      files: [{ path: 'SKILL.md' }, { path: 'leaves.md', size: 15 }],
    });
    expect((await call('GET', '/status')).body).toMatchObject({
      skills: { installed: 1, active: 1, sandbox: { lanes: 0, refused: 'This host has no lane to run a skill’s code in.' } },
    });
    expect((await call('DELETE', '/skills/tea', undefined, other)).status).toBe(204);
    expect((await ask('/skill tea {}'))['content']).toContain('no tool named tea');
    expect((await call('GET', '/skills')).body).toEqual({ skills: [], total: 0 });
  });

  it('events name the skill, as they name any tool', async () => {
    await install({ files: { 'SKILL.md': manifest('coffee', 'Grind it.') } });
    const { id } = (await call('POST', '/message', { channel: 'api', message: '/skill coffee {}' })).body as { id: string }; // the whole reply
    const events = await (await gateway.request(`/api/v1/message/${id}/events`)).text();
    expect(events).toMatch(/"type":"skill_call"[^\n]*"skill":"coffee"/);
    expect(events).toMatch(/"type":"skill_result"[^\n]*"skill":"coffee"[^\n]*"status":"completed"/);
    await call('DELETE', '/skills/coffee');
  });

  it('200 where that very package is installed, 409 where the name is taken, and `replace` says what is different', async () => {
    const first = { files: { 'SKILL.md': manifest('mail', 'Be brief.'), 'old.md': '' } };
    const { body } = await install(first);
    const { digest } = body['skill'] as { digest: string }; // of the reply's schema
    expect(await install({ files: { 'mail/SKILL.md': manifest('mail', 'Be brief.'), 'mail/old.md': '' }, digest })).toMatchObject({
      status: 200,
      body: { skill: { name: 'mail' } },
    });
    const second = { files: { 'SKILL.md': manifest('mail', 'Be kind.', 'version: "2.0.0"\n'), 'new.md': '' } };
    expect(await install(second)).toMatchObject({ status: 409, body: { error: 'conflict', details: { digest } } });
    expect(await install({ ...second, replace: true })).toMatchObject({
      status: 201,
      body: { changes: ['version 0.0.0 is now 2.0.0', 'the instructions are others', 'new.md is new', 'old.md is gone'] },
    });
    await call('DELETE', '/skills/mail');
  });

  it('many at once of one name: one is installed, and the others are told', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        call('POST', '/skills/install', { files: { 'SKILL.md': manifest('race', `Body ${String(index)}.`) } }, index % 2 ? gateway : other),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    await call('DELETE', '/skills/race');
  });

  it('400: another package than the digest names, what is no skill, what this version cannot do; nothing is left behind', async () => {
    const files = { 'SKILL.md': manifest('never', 'x') };
    expect(await install({ files, digest: `sha256:${'0'.repeat(64)}` })).toMatchObject({
      status: 400,
      body: { details: { digest: expect.stringMatching(/^sha256:/) } },
    });
    expect(await install({ files: { '../SKILL.md': manifest('never', 'x') } })).toMatchObject({
      status: 400,
      body: { details: { issues: [{ path: 'files.../SKILL.md' }] } },
    });
    expect(await install({ source: 'http://example.org/skill.tar.gz' })).toMatchObject({
      status: 400,
      body: { details: { issues: [{ path: 'source' }] } },
    });
    expect(await install({ files, name: 'x' })).toMatchObject({ status: 400 });
    expect(await install({ files, digest: 'md5:x' })).toMatchObject({ status: 400 });
    expect(await install({ name: 'no-such-skill' })).toMatchObject({ status: 404, body: { error: 'not_found' } });
    expect((await call('GET', '/skills')).body).toMatchObject({ total: 0 });
  });

  it('an address goes to a worker, which fetches nothing from inside: 400; what nobody knows is 502', async () => {
    for (const source of ['https://127.0.0.1:9/x.tar.gz', 'https://[::1]/x.zip', 'https://169.254.169.254/SKILL.md']) {
      expect(await install({ source })).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('not on the public internet') },
      });
    }
    expect(await install({ source: 'https://nowhere.invalid/x.tar.gz' })).toMatchObject({
      status: 502,
      body: { error: 'upstream_error', details: { provider: 'nowhere.invalid' } },
    });
    expect((await call('GET', '/skills')).body).toMatchObject({ total: 0 });
  });

  it('a skill that comes with this version is installed by its name, as its registry lists it', async () => {
    const made = await install({ name: 'proofread' });
    expect(made).toMatchObject({
      status: 201,
      body: { skill: { name: 'proofread', status: 'active', source: expect.stringMatching(/^bundled#proofread@\d/) }, findings: [] },
    });
    expect((await ask('/skill proofread {}'))['content']).toContain('meaning');
    expect(await install({ name: 'proofread', version: '99.0.0' })).toMatchObject({
      status: 404,
      body: { details: { versions: [expect.any(String)] } },
    });
    await call('DELETE', '/skills/proofread');
  });

  const adder = (version = '1.0.0', more = ''): object => ({
    files: {
      'SKILL.md': `---\nname: adder\ndescription: Adds two numbers.\nversion: "${version}"\nruntime: node\nentry: main.mjs\npermissions: [env:ADDER_KEY, network:api.example.org]\nparameters: { type: object, properties: { a: { type: number }, b: { type: number } }, required: [a, b] }\n---\nBoth are numbers.`,
      'main.mjs': `import { readFileSync } from 'node:fs';\nconst { a, b } = JSON.parse(readFileSync(0, 'utf8'));${more}\nconsole.log(JSON.stringify({ sum: a + b, key: process.env.ADDER_KEY, version: '${version}' }));`,
    },
  });

  it('a skill with code is kept whole; where no lane runs it, it says so and does not run', async () => {
    const made = await install(adder());
    expect(made).toMatchObject({
      status: 201,
      body: {
        skill: {
          name: 'adder',
          runtime: 'node',
          status: 'error',
          status_reason: expect.stringContaining('no lane'),
          permissions: { network: ['api.example.org'], filesystem: [], shell: false, env: ['ADDER_KEY'] },
        },
        permissions_in_words: expect.arrayContaining(['Both together: it can send ADDER_KEY to api.example.org.']),
      },
    });
    expect((await ask('/skill adder {"a":1,"b":2}'))['content']).toContain('adder cannot be run: This host has no lane');
    expect((await ask('/skill skill_instructions {"skill":"adder"}'))['content']).toContain('Both are numbers.');
    expect((await call('GET', '/skills')).body).toMatchObject({ skills: [{ name: 'adder', status: 'error' }] });
    expect(await install({ ...adder('2.0.0', ';0'), replace: true })).toMatchObject({
      status: 201,
      body: { changes: ['version 1.0.0 is now 2.0.0'] },
    });
    await call('DELETE', '/skills/adder');
  });

  it('where a lane runs it, the agent is given its output; it is counted, given what it declares, and never shows a key', async () => {
    const lanes = await createTestSystem({
      OPENCLAW_SKILLS__ENV: JSON.stringify({ ADDER_KEY: 'a-key-of-the-owner', OTHER_KEY: 'not-for-this-skill' }),
    });
    try {
      const [at, runner] = [await lanes.startGateway(), localSkillRunner()];
      await lanes.startWorker(undefined, runner);
      expect(await call('POST', '/skills/install', adder(), at)).toMatchObject({
        status: 201,
        body: { skill: { status: 'active', status_reason: null } },
      });
      const reply = await call('POST', '/message', { channel: 'api', message: '/skill adder {"a":1,"b":2}' }, at);
      expect(reply.body).toMatchObject({ content: expect.stringContaining('"sum":3'), skills_used: ['adder'] });
      expect(reply.body['content']).not.toContain('a-key-of-the-owner');
      expect(runner.calls).toEqual([
        {
          entry: 'main.mjs',
          input: { a: 1, b: 2 },
          timeoutS: 30,
          env: { ADDER_KEY: 'a-key-of-the-owner' },
          permissions: { network: ['api.example.org'], filesystem: [] },
        },
      ]);
      expect((await call('POST', '/message', { channel: 'api', message: '/skill adder {"a":"x"}' }, at)).body['content']).toMatch(
        /a.*number/,
      );
      expect(runner.calls).toHaveLength(1);
      expect((await call('GET', '/skills/adder', undefined, at)).body).toMatchObject({
        invocations: 1,
        files: [{ path: 'SKILL.md' }, { path: 'main.mjs' }],
      });
      await call(
        'POST',
        '/skills/install',
        { ...adder('2.0.0', ';process.stderr.write("wrong with " + process.env.ADDER_KEY);process.exit(3)'), replace: true },
        at,
      );
      expect((await call('POST', '/message', { channel: 'api', message: '/skill adder {"a":1,"b":2}' }, at)).body['content']).toMatch(
        /adder failed: .*wrong with \*\*\*REDACTED/,
      );
    } finally {
      await lanes.close();
    }
  });

  it('disabled it is offered no longer, and active again it is', async () => {
    await install({ files: { 'SKILL.md': manifest('sleep', 'Rest.') } });
    expect(await call('PATCH', '/skills/sleep', { status: 'disabled' })).toMatchObject({ status: 200, body: { status: 'disabled' } });
    expect((await ask('/skills'))['content']).not.toContain('sleep');
    await call('PATCH', '/skills/sleep', { status: 'active' });
    expect((await ask('/skills'))['content']).toContain('sleep');
    expect(await call('PATCH', '/skills/sleep', { status: 'error' })).toMatchObject({ status: 400 });
    await call('DELETE', '/skills/sleep');
  });

  it('404 for what is not there; 403 for a token without the scope admin', async () => {
    for (const [method, json] of [['GET'], ['DELETE'], ['PATCH', { status: 'active' }]] as const)
      expect((await call(method, '/skills/nobody', json)).status).toBe(404);
    const { token } = (await call('POST', '/tokens', { name: 'reader', scopes: ['read', 'message', 'memory'] })).body as { token: string }; // shown once
    for (const [method, path] of [
      ['GET', '/skills'],
      ['POST', '/skills/install'],
      ['DELETE', '/skills/tea'],
    ] as const) {
      const refused = await gateway.request(`/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(method === 'POST' ? { json: {} } : {}),
      });
      expect(refused.status).toBe(403);
    }
  });

  it('what changes skills is in the trail', async () => {
    await install({ files: { 'SKILL.md': manifest('traced', 'x') } });
    await call('PATCH', '/skills/traced', { status: 'disabled' });
    await call('DELETE', '/skills/traced');
    await until('three entries', async () => {
      const { entries } = (await call('GET', '/audit')).body as { entries: { action: string; target: string }[] }; // of the trail's schema
      const actions = entries
        .filter(({ target }) => target === 'traced')
        .map(({ action }) => action)
        .sort();
      return actions.join() === 'skill.changed,skill.installed,skill.removed';
    });
  });

  it('no tool of the house has a name that a skill may have', async () => {
    const kernel = { settings: { get: () => system.config }, database: {} } as never; // tools are asked for their names alone
    const run = { caller: { scopes: [] }, timeZone: 'UTC' } as never; // as above
    const names: string[] = [];
    for (const feature of FEATURES.filter(({ name }) => name !== 'skills')) {
      const parts = await feature.worker?.(kernel).catch(() => null);
      const tools = await parts?.tools?.(run);
      for (const { definition, aliases = [] } of tools ?? []) names.push(definition.name, ...aliases);
    }
    expect(names).toContain('recall');
    expect(names.filter((name) => !name.includes('_') && !RESERVED_NAMES.has(name))).toEqual([]);
  });
});
