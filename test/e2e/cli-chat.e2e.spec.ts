import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openclaw, plainScreen } from '../support/cli.js';
import { DirectedModel, HANG } from '../support/directed-model.js';
import { build } from '../support/processes.js';
import { createTestSystem, TEST_TOKEN, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const PROGRAM = `"${process.execPath}" apps/cli/dist/main.js`;
const POEM = '# Roses\n\nThey are **red**, and what is said of them here goes on beyond forty columns.\n\n- one\n- two\u001b[2J\n';
const POEM_AT_40 = '# Roses\n\nThey are **red**, and what is said of\nthem here goes on beyond forty columns.\n\n• one\n• two␛[2J\n\n';

/** A terminal with a person at it. */
interface Person {
  /** All that was on the screen, without what moves the cursor. */
  screen(): string;
  raw(): string;
  types(keys: string): void;
  sees(text: string): Promise<string>;
  readonly left: Promise<number | null>;
}

describe('openclaw chat', () => {
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(new DirectedModel().on('poem', [POEM.slice(0, 20), POEM.slice(20)]).on('hang', ['begun.\n\n', HANG]));
    await build();
  }, 120_000);
  afterAll(() => system.close());

  const environment = (more: object = {}): Record<string, string> => ({
    PATH: '/usr/bin:/bin',
    OPENCLAW_BASE_URL: gateway.url,
    GATEWAY_AUTH_TOKEN: TEST_TOKEN,
    ...more,
  });

  /** Of util-linux: a terminal of its own around a line of a shell. */
  function sit(line: string, more: object = {}): Person {
    const child = spawn('script', ['-qfec', line, '/dev/null'], { env: environment({ TERM: 'xterm', SHELL: '/bin/bash', ...more }) });
    let raw = '';
    child.stdout.on('data', (piece: Buffer) => {
      raw += piece.toString();
    });
    // eslint-disable-next-line no-control-regex -- what readline draws with
    const screen = (): string => raw.replaceAll('\r\n', '\n').replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
    return {
      screen,
      raw: () => raw,
      types: (keys) => {
        child.stdin.write(keys);
      },
      sees: (text) => until(`"${text}" on the screen:\n${screen()}`, () => screen().includes(text) && screen(), 20_000),
      left: once(child, 'close').then(([code]: (number | null)[]) => code ?? null),
    };
  }

  describe('with questions from a pipe', () => {
    it('one a line, in one conversation; the answers alone are on standard output', async () => {
      expect(await openclaw(gateway, ['chat'], { input: 'one\n\ntwo\\\nand more\n' })).toEqual({
        code: 0,
        out: 'echo: one\necho: two\nand more\n',
        err: '',
      });
      const { out } = await openclaw(gateway, ['conversations', 'list', '--limit', '1', '--json']);
      expect(JSON.parse(out)).toMatchObject({ channel: 'cli', message_count: 4 });
    });

    it('/new begins another conversation, --continue goes on with the last one, /quit leaves', async () => {
      await openclaw(gateway, ['chat'], { input: 'a\n/new\nb\n/quit\nnever' });
      await openclaw(gateway, ['chat', '--continue'], { input: 'c' });
      const { out } = await openclaw(gateway, ['conversations', 'list', '--limit', '2', '--json']);
      const counts = out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message_count: number }).message_count); // of the contract
      expect(counts).toEqual([4, 2]);
    });

    it('nothing to read ends it: 0 (J3)', async () => {
      expect(await openclaw(gateway, ['chat'], { input: '' })).toEqual({ code: 0, out: '', err: '' });
    });

    it('a failure is told, and the last one is the exit code', async () => {
      const unknown = ['chat', '--conversation', 'conv_01h2xcejqtf2nbrexx3vqjhp41'];
      expect(await openclaw(gateway, unknown, { input: 'x\n' })).toMatchObject({
        code: 4,
        out: '',
        err: expect.stringMatching(/^openclaw: .+\n$/),
      });
    });
  });

  it.each([40, 120])('at %i columns each block is laid out as it is complete', async (columns) => {
    const { out } = await openclaw(gateway, ['chat'], { input: 'poem\n', screen: plainScreen(columns) });
    expect(out).toBe(columns === 40 ? POEM_AT_40 : POEM_AT_40.replace('of\nthem', 'of them'));
  });

  describe('at a terminal', () => {
    it('at 40 columns: the question, the answer, the prompt again; Ctrl-D leaves with 0, and the terminal is as before (J4)', async () => {
      const person = sit(`stty cols 40 rows 24; stty -g >&2; ${PROGRAM} chat; echo "left $?"; stty -g >&2`, { NO_COLOR: '1' });
      await person.sees('› ');
      person.types('poem\r');
      await person.sees('• two␛[2J');
      await until('the prompt is back', () => person.screen().split('› ').length >= 3);
      person.types('\u0004');
      expect(await person.left).toBe(0);
      const text = person.screen();
      expect(text).toContain(POEM_AT_40);
      expect(text).toContain('left 0');
      const states = text.match(/^[0-9a-f]+(:[0-9a-f]+)+$/gm) ?? [];
      expect(states).toHaveLength(2);
      expect(states[0]).toBe(states[1]);
    });

    it('Ctrl-C stops the answer and gives the prompt back; twice leaves with 130 (J4)', async () => {
      const person = sit(`stty -g >&2; ${PROGRAM} chat; echo "left $?"; stty -g >&2`);
      await person.sees('› ');
      person.types('hang\r');
      await person.sees('begun.');
      person.types('\u0003');
      await person.sees('openclaw: stopped');
      await until('the prompt is back', () => person.screen().split('› ').length >= 3);
      const { conversations } = (await (await gateway.request('/api/v1/conversations?limit=1')).json()) as {
        conversations: { id: string }[];
      }; // of the contract
      const { messages } = (await (await gateway.request(`/api/v1/conversations/${conversations[0]?.id ?? ''}`)).json()) as {
        messages: { status: string }[];
      }; // of the contract
      expect(messages.at(-1)?.status).toBe('cancelled');
      person.types('\u0003\u0003');
      await person.left;
      expect(person.screen()).toContain('left 130');
      const states = person.screen().match(/^[0-9a-f]+(:[0-9a-f]+)+$/gm) ?? [];
      expect([states.length, states[0] === states[1]]).toEqual([2, true]);
    });

    it('on a dumb terminal nothing moves the cursor or has a colour, and Ctrl-C works all the same (J8)', async () => {
      const person = sit(`${PROGRAM} chat; echo "left $?"`, { TERM: 'dumb' });
      await person.sees('› ');
      person.types('poem\r');
      await person.sees('• two');
      person.types('hang\r');
      await person.sees('begun.');
      person.types('\u0003');
      await person.sees('openclaw: stopped');
      person.types('\u0004');
      await person.left;
      expect(person.screen()).toContain('left 0');
      expect(person.raw()).not.toContain('\u001b[');
    });

    it('kill -TERM leaves the terminal as it was (J4)', async () => {
      const person = sit(`stty -g >&2; sh -c 'echo "pid $$." >&2; exec ${PROGRAM} chat'; echo "left $?"; stty -g >&2`);
      await person.sees('› ');
      process.kill(Number(/pid (\d+)\./.exec(person.screen())?.[1]), 'SIGTERM');
      await person.left;
      expect(person.screen()).toContain('left 143');
      const states = person.screen().match(/^[0-9a-f]+(:[0-9a-f]+)+$/gm) ?? [];
      expect([states.length, states[0] === states[1]]).toEqual([2, true]);
    });
  });

  it('</dev/null and a closed input end it with 0 (J3)', async () => {
    for (const line of [`${PROGRAM} chat </dev/null`, `${PROGRAM} chat <&-`]) {
      const child = spawn('bash', ['--norc', '-c', line], { env: environment(), stdio: 'ignore' });
      expect(await once(child, 'close')).toEqual([0, null]);
    }
  });
});
