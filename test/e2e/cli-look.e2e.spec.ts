import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, createToken } from '../support/api.js';
import { openclaw, plainScreen } from '../support/cli.js';
import { DirectedModel } from '../support/directed-model.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';

const SKILL = '---\nname: greeter\ndescription: Greets people.\nversion: 1.0.0\n---\nSay hello.\n';

describe('openclaw: looking at and changing what is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cli-look-'));
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem({ OPENCLAW_AGENT__TITLES: 'extract' }); // a title that a model finds comes when it will
    gateway = await system.startGateway();
    await system.startWorker(new DirectedModel().on('big', ['x'.repeat(300_000)]));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await system.close();
  });

  const cli = (...args: string[]): ReturnType<typeof openclaw> => openclaw(gateway, args);
  const lines = (text: string): string[] => text.trimEnd().split('\n');

  describe('conversations', () => {
    it('list: the last active first, as a table that fits the screen, or one object a line', async () => {
      const first = await ask(gateway, 'about pears');
      await system.services.sql(
        'UPDATE conversations SET title = $2 WHERE id = (SELECT conversation_id FROM messages WHERE content = $1 LIMIT 1)',
        ['about pears', '日本語\u001b[2J and a title that is longer than what is left'],
      );
      const second = await ask(gateway, 'about plums');
      const { code, out, err } = await openclaw(gateway, ['conversations', 'list'], { screen: plainScreen(100) });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(lines(out).map((line) => line.split(/ {2,}/)[0])).toEqual(
        ['ID', second.conversation_id, first.conversation_id].map((id) => expect.stringMatching(id.slice(0, 20))),
      );
      expect(out).toContain('日本語␛[2J');
      const { out: objects } = await cli('conversations', 'list', '--json', '--limit', '1');
      expect(JSON.parse(objects)).toMatchObject({ id: second.conversation_id });
    });

    it('list goes over pages, as far as --limit says', async () => {
      await system.services.sql(
        "INSERT INTO conversations (id, channel, person) SELECT gen_random_uuid(), 'bulk', 'owner' FROM generate_series(1, 230)",
      );
      expect(lines((await cli('conversations', 'list', '--channel', 'bulk', '--limit', '1000', '--json')).out)).toHaveLength(230);
      expect(lines((await cli('conversations', 'list', '--channel', 'bulk', '--limit', '210', '--json')).out)).toHaveLength(210);
      expect((await cli('conversations', 'list', '--channel', 'none')).out).toBe('nothing\n');
      await system.services.sql("DELETE FROM conversations WHERE channel = 'bulk'");
    });

    it('search: by what was said', async () => {
      const { conversation_id: id } = await ask(gateway, 'the zanzibar plan');
      expect((await cli('conversations', 'search', 'zanzibar')).out).toContain(id);
      expect((await cli('conversations', 'search', 'quetzalcoatl')).out).toBe('nothing\n');
      expect((await cli('conversations', 'search')).code).toBe(2);
    });

    it('show and export: all messages in order, as Markdown and as JSON', async () => {
      const { conversation_id: id } = await ask(gateway, 'one');
      for (const message of ['two', 'three']) await ask(gateway, message, { conversation_id: id });
      const { out } = await cli('conversations', 'show', id);
      expect(out.match(/^## (User|Assistant)|^(echo: )?(one|two|three)$/gm)).toEqual([
        '## User',
        'one',
        '## Assistant',
        'echo: one',
        '## User',
        'two',
        '## Assistant',
        'echo: two',
        '## User',
        'three',
        '## Assistant',
        'echo: three',
      ]);
      expect((await cli('conversations', 'export', id)).out).toBe(out);
      const shown = JSON.parse((await cli('conversations', 'show', id, '--json')).out) as { messages: { content: string }[] }; // of the contract
      expect(shown.messages.map(({ content }) => content)).toEqual(['one', 'echo: one', 'two', 'echo: two', 'three', 'echo: three']);
      expect(JSON.parse((await cli('conversations', 'export', id, '--format', 'json')).out)).toEqual([shown]);
      const all = JSON.parse((await cli('conversations', 'export', '--all', '--format', 'json')).out) as unknown[]; // an array by its own words
      expect(all).toContainEqual(shown);
      expect((await cli('conversations', 'export')).code).toBe(2);
      expect(await cli('conversations', 'show', 'conv_01h2xcejqtf2nbrexx3vqjhp41', '--json')).toMatchObject({
        code: 4,
        out: '',
        err: expect.stringContaining('"not_found"'),
      });
    });

    it('show --json: 300 kB come whole (J2)', async () => {
      const { conversation_id: id } = await ask(gateway, 'big');
      const { out } = await cli('conversations', 'show', id, '--json');
      expect(out.length).toBeGreaterThan(300_000);
      expect(JSON.parse(out)).toMatchObject({ messages: [{ content: 'big' }, { content: 'x'.repeat(300_000) }] });
    });
  });

  describe('memory', () => {
    it('search and stats', async () => {
      await gateway.request('/api/v1/memory', {
        method: 'POST',
        json: { content: 'The key lies\u001b[2J under the flowerpot', tags: ['home'] },
      });
      const { out } = await cli('memory', 'search', 'flowerpot');
      expect(out).toMatch(/^\d\.\d\d {2}mem_\S+ {2}fact {2}owner {2}\S+Z {2}#home\n {6}The key lies␛\[2J under the flowerpot\n$/);
      expect(JSON.parse((await cli('memory', 'search', 'flowerpot', '--json')).out)).toMatchObject({
        total: 1,
        results: [{ tags: ['home'] }],
      });
      expect((await cli('memory', 'search', 'quetzalcoatl')).out).toBe('nothing\n');
      expect((await cli('memory', 'stats')).out).toMatch(/^log {9}\d+ entries, /);
      expect(JSON.parse((await cli('memory', 'stats', '--json')).out)).toMatchObject({ by_type: { fact: 1 } });
    });

    it('prune: says what would go; nothing goes without a yes; the criterion is required', async () => {
      await gateway.request('/api/v1/memory', { method: 'POST', json: { content: 'unimportant', kind: 'event', importance: 0.01 } });
      const which = ['--kind', 'event', '--max-importance', '0.05'];
      expect(await cli('memory', 'prune', ...which, '--dry-run')).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^1 entries would go/),
      });
      expect(await cli('memory', 'prune', ...which)).toEqual({
        code: 1,
        out: '',
        err: 'openclaw: 1 entries would go; nothing is gone. Say --yes to have it done\n',
      });
      expect(await cli('memory', 'prune', ...which, '--yes')).toMatchObject({ code: 0, out: expect.stringMatching(/^1 entries are gone/) });
      expect(await cli('memory', 'prune', ...which, '--yes', '--json')).toMatchObject({
        code: 0,
        out: expect.stringContaining('"pruned":0'),
      });
      expect((await cli('memory', 'prune', '--yes')).code).toBe(2);
      expect((await cli('memory', 'prune', '--kind', 'dream', '--yes')).code).toBe(2);
      expect((await cli('memory', 'prune', '--max-importance', '2', '--yes')).code).toBe(2);
    });

    it('compact: asks for it', async () => {
      expect((await cli('memory', 'compact')).out).toMatch(/^work_\w+ waits to be done\n$/);
    });
  });

  it('skills: installed from a folder or a file, shown, disabled, enabled, removed', async () => {
    const package_ = join(folder, 'greeter');
    mkdirSync(join(package_, 'notes'), { recursive: true });
    writeFileSync(join(package_, 'SKILL.md'), SKILL);
    writeFileSync(join(package_, 'notes', 'more.md'), 'more');
    expect((await cli('skills', 'install', package_)).out).toMatch(/^greeter 1\.0\.0 is active, sha256:[0-9a-f]{64}\n$/);
    expect((await cli('skills', 'install', join(package_, 'SKILL.md'))).code).toBe(5);
    expect((await cli('skills', 'install', join(package_, 'SKILL.md'), '--replace')).code).toBe(0);
    expect(lines((await cli('skills', 'list')).out)[1]?.split(/ {2,}/)).toEqual(['greeter', '1.0.0', 'active', '0', 'Greets people.']);
    expect((await cli('skills', 'disable', 'greeter')).out).toBe('greeter is disabled\n');
    expect(JSON.parse((await cli('skills', 'list', '--json')).out)).toMatchObject({ name: 'greeter', status: 'disabled' });
    expect((await cli('skills', 'enable', 'greeter')).out).toBe('greeter is active\n');
    expect((await cli('skills', 'remove', 'greeter')).out).toBe('greeter is removed\n');
    expect((await cli('skills', 'disable', 'greeter')).code).toBe(4);
    expect(await cli('skills', 'install', join(folder, 'none'))).toMatchObject({ code: 1, out: '', err: expect.stringContaining('none') });
  });

  describe('config', () => {
    it('set, get, diff, revisions, restore', async () => {
      expect((await cli('config', 'set', 'agent.max_turns', '9')).out).toBe('revision 1\n');
      expect((await cli('config', 'get', 'agent.max_turns')).out).toBe('9\n');
      expect(JSON.parse((await cli('config', 'get', '--json')).out)).toMatchObject({ agent: { max_turns: 9 } });
      await cli('config', 'set', 'agent.max_turns', '10');
      expect((await cli('config', 'diff')).out).toMatch(/^agent\.max_turns: \d+ -> 10\n$/);
      expect((await cli('config', 'diff', '1')).out).toBe('agent.max_turns: 9 -> 10\n');
      expect(lines((await cli('config', 'revisions')).out)[1]).toMatch(/^2 +\S+ +put +\S+ +gateway +agent\.max_turns$/);
      expect((await cli('config', 'restore', '0')).code).toBe(0);
      expect(await cli('config', 'diff')).toEqual({ code: 0, out: '', err: 'openclaw: nothing was changed\n' });
      expect((await cli('config', 'get', 'agent.nothing')).code).toBe(4);
      expect((await cli('config', 'set', 'agent.max_turns', '"many"')).code).toBe(2);
      expect((await cli('config', 'set', 'agent..x', '1')).code).toBe(2);
    });

    it('a secret is piped in, never on the command line, and never shown', async () => {
      const secret = 'sk-compose-check-1729';
      const refused = await cli('config', 'set', 'providers.secondary.api_key', secret);
      expect(refused).toMatchObject({ code: 2, out: '' });
      expect(refused.err).not.toContain(secret);
      await cli('config', 'set', 'providers.secondary', '{"type":"openai-compatible","model":"m","base_url":"http://127.0.0.1:9/v1"}');
      expect((await openclaw(gateway, ['config', 'set', 'providers.secondary.api_key'], { input: `${secret}\n` })).code).toBe(0);
      expect((await cli('config', 'get', 'providers.secondary.api_key')).out).toBe('***REDACTED***\n');
      expect((await cli('config', 'diff')).out).not.toContain(secret);
    });
  });

  describe('complete', () => {
    it('values come from the gateway; nothing goes wrong where it is off (J7)', async () => {
      const printed: string[] = [];
      const log = console.log;
      console.log = (text: string) => {
        printed.push(text);
      };
      try {
        const { conversation_id: id } = await ask(gateway, 'for completion');
        expect(await cli('complete', '--', 'conversations', 'show', '')).toEqual({ code: 0, out: '', err: '' });
        expect(printed.join('\n')).toContain(id);
        printed.length = 0;
        expect(await openclaw({ url: 'http://127.0.0.1:9' }, ['complete', '--', 'conversations', 'show', ''])).toEqual({
          code: 0,
          out: '',
          err: '',
        });
        expect(printed).toEqual([':4']);
      } finally {
        console.log = log;
      }
    });
  });

  it('what a token may not do is 3', async () => {
    const { token } = await createToken(gateway, { name: 'reader', scopes: ['read'] });
    for (const args of [['logs'], ['config', 'get'], ['skills', 'remove', 'x']]) {
      expect((await openclaw(gateway, args, { env: { GATEWAY_AUTH_TOKEN: token } })).code).toBe(3);
    }
    expect((await openclaw(gateway, ['conversations', 'list'], { env: { GATEWAY_AUTH_TOKEN: token } })).code).toBe(0);
  });
});
