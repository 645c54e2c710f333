import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@openclaw/words';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { testKind, WorkStage } from '../../../../test/support/work-stage.js';
import { runCli } from '../run-cli.js';

describe('openclaw work', () => {
  let services: TestServices;
  let stage: WorkStage;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new WorkStage(services);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(() => services.sql('DELETE FROM work'));

  async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const said = { out: '', err: '' };
    const code = await runCli(['work', ...args], {
      env: { DATABASE_URL: services.databaseUrl, OPENCLAW_DATA_DIR: '/nonexistent' },
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
    });
    return { code, ...said };
  }

  async function dead(): ReturnType<WorkStage['ask']> {
    const kind = testKind({ policy: { ...testKind().policy, tries: 1 } });
    const id = await stage.ask(kind);
    await stage.doing(kind, () => Promise.reject(new Error('it broke'))).perform();
    return id;
  }

  it('list: what waits and what is dead, with its reason; --dead: only the latter; --json: as data', async () => {
    expect(await cli('list')).toEqual({ code: 0, out: 'nothing\n', err: '' });
    const letter = await dead();
    const waiting = await stage.ask(testKind(), 1, { runAt: new Date(Date.now() + 60_000) });
    const { out } = await cli('list');
    expect(out.split('\n')[0]).toMatch(/^ID +KIND +STATUS +FAILURES +LOSSES +DUE +REASON$/);
    expect(out).toContain(waiting);
    expect(out).toMatch(new RegExp(`${letter} +test.work +dead +1 +0 +\\S+ +Error: it broke`));
    expect((await cli('list', '--dead')).out).not.toContain(waiting);
    expect(JSON.parse((await cli('list', '--dead', '--json')).out)).toMatchObject({
      id: letter,
      status: 'dead',
      last_error: 'Error: it broke',
    });
  });

  it('retry: a dead letter waits again; what is not dead is refused with the reason', async () => {
    const letter = await dead();
    expect(await cli('retry', letter)).toEqual({ code: 0, out: `${letter} waits to be done\n`, err: '' });
    expect(await stage.row(letter)).toMatchObject({ status: 'waiting', failures: 0 });
    for (const id of [letter, newId('work')])
      expect(await cli('retry', id)).toMatchObject({ code: 1, out: '', err: anyWith('not among the dead') });
  });

  it.each([[['retry']], [['retry', 'msg_01h2xcejqtf2nbrexx3vqjhp41']], [['retry', 'a', 'b']], [['list', '--alive']]])(
    'called wrongly: %j',
    async (args) => {
      expect((await cli(...args)).code).toBe(2);
    },
  );
});

/** Jest types its matchers as any. */
function anyWith(text: string): unknown {
  return expect.stringContaining(text);
}
