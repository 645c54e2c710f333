import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readOrCreateToken, type Environment } from '@openclaw/config';
import { commands } from './commands.js';
import { runCli } from './run-cli.js';

const root = mkdtempSync(join(tmpdir(), 'openclaw-cli-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});

let homeDir = '';
let round = 0;
beforeEach(() => {
  homeDir = join(root, String(++round));
  mkdirSync(homeDir);
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Environment = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, { env, homeDir, out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join(''), err: err.join('') };
}

describe('openclaw', () => {
  it.each([['--help'], ['-h'], ['help']])('%s: lists every command and exits 0', async (...args) => {
    const { code, out, err } = await run(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
  });

  it.each(commands.map(({ name, summary }) => [name, summary]))(
    'help %s: is the same as --help behind it, and runs nothing',
    async (name, summary) => {
      const asked = await run(['help', ...name.split(' ')]);
      expect(asked).toEqual(await run([...name.split(' '), '--help']));
      expect(asked).toMatchObject({ code: 0, out: expect.stringContaining(`Usage: openclaw ${name}`), err: '' });
      expect(asked.out.replace(/\s+/g, ' ')).toContain(summary);
      expect(readdirSync(homeDir)).toEqual([]);
    },
  );

  it('--version: prints the version of the package', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
  });

  it.each([
    [[], 'a command is required'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['converstions'], "unknown command 'converstions' \\(Did you mean conversations\\?\\)"],
    [['token'], 'token needs one of show, list, create, revoke behind it'],
    [['token', 'shwo'], "unknown command 'shwo' \\(Did you mean show\\?\\)"],
    [['help', 'nonsense'], "unknown command 'nonsense'"],
  ])('%j: exits 2 with what is wrong, the nearest command, and where the commands are (J8)', async (args, complaint) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(new RegExp(`^openclaw: ${complaint}\\n\\nUsage: openclaw <command>`));
  });

  it('an option that is nearly one: the nearest is named', async () => {
    expect(await run(['status', '--jsno'])).toEqual({
      code: 2,
      out: '',
      err: "openclaw: unknown option '--jsno' (Did you mean --json?)\n\nUsage: openclaw status [options]\n",
    });
  });

  it.each([
    [['token', 'show', '--all']],
    [['token', 'show', 'more']],
    [['config', 'check', '--x=1']],
    [['migrate', '--wait', 'long']],
    [['migrate', '--wait']],
    [['secrets', 'create']],
    [['secrets', 'create', '--from-env', 'X', '--file', 'f']],
    [['secrets', 'create', '--file', 'f', '--from-env', 'X', '--from-env', 'Y']],
    [['secrets', 'create', '--file', 'f', '--mode', '999']],
  ])('%j: exits 2 with one line and the usage of that command', async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(new RegExp(`^openclaw: .+\\n\\nUsage: openclaw ${args.slice(0, args[0] === 'migrate' ? 1 : 2).join(' ')}`));
    expect(err).not.toContain('    at ');
  });
});

describe('token show', () => {
  it('prints the configured token and nothing else', async () => {
    expect(await run(['token', 'show'], { GATEWAY_AUTH_TOKEN: 'kS8vQ2mZx71LpWd0' })).toEqual({
      code: 0,
      out: 'kS8vQ2mZx71LpWd0\n',
      err: '',
    });
  });

  it('prints the kept token where none is configured', async () => {
    const env = { OPENCLAW_DATA_DIR: join(homeDir, 'data') };
    const { token } = await readOrCreateToken(env.OPENCLAW_DATA_DIR);
    expect(await run(['token', 'show'], env)).toEqual({ code: 0, out: `${token}\n`, err: '' });
  });

  it('exits 1 with a sentence where there is none yet, and makes none', async () => {
    const { code, out, err } = await run(['token', 'show']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^openclaw: there is no token yet; start the gateway once, or set GATEWAY_AUTH_TOKEN\n$/);
    expect(existsSync(join(homeDir, '.openclaw'))).toBe(false);
  });
});

describe('config check', () => {
  it('prints ok and the configuration in force, without secrets', async () => {
    const secret = 'kS8vQ2mZx71LpWd0';
    const { code, out, err } = await run(['config', 'check'], {
      GATEWAY_AUTH_TOKEN: secret,
      OPENAI_API_KEY: `sk-${secret}`,
      REDIS_URL: `redis://:${secret}@redis`,
      OPENCLAW_PORT: '4242',
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ok\n---\ngateway:\n {2}port: 4242\n/);
    expect(out).not.toContain(secret);
  });

  it('exits 1 with every problem on a line of its own', async () => {
    mkdirSync(join(homeDir, '.openclaw'));
    writeFileSync(join(homeDir, '.openclaw', 'gateway.yaml'), 'gateway:\n  port: 0\n  binding: x\n');
    expect(await run(['config', 'check'])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^openclaw: The configuration has 2 problems:\n {2}- gateway\.port: .* line 2, column 9\)\n {2}- gateway\.binding: .*\n$/,
      ),
    });
  });
});

describe('secrets create', () => {
  it('writes 256 random bits into each file, read-only, and prints no secret', async () => {
    const files = [join(homeDir, 'postgres', 'password'), join(homeDir, 'redis', 'password')];
    const { code, out, err } = await run(['secrets', 'create', ...files.flatMap((file) => ['--file', file])]);
    expect({ code, out, err }).toEqual({ code: 0, out: files.map((file) => `created ${file}\n`).join(''), err: '' });
    const secrets = files.map((file) => readFileSync(file, 'utf8'));
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(secrets).size).toBe(2);
    expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o440, 0o440]);
  });

  it('keeps what exists, also where a variable says otherwise', async () => {
    const file = join(homeDir, 'password');
    await run(['secrets', 'create', '--file', file]);
    const before = readFileSync(file, 'utf8');
    expect(await run(['secrets', 'create', '--file', file, '--from-env', 'GIVEN'], { GIVEN: 'other' })).toEqual({
      code: 0,
      out: `kept ${file}\n`,
      err: '',
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('takes the value of the variable behind a file, where it is set', async () => {
    const [given, empty, none] = ['given', 'empty', 'none'].map((name) => join(homeDir, name));
    await run(
      [
        'secrets',
        'create',
        '--file',
        given ?? '',
        '--from-env',
        'GIVEN',
        '--file',
        empty ?? '',
        '--from-env',
        'EMPTY',
        '--file',
        none ?? '',
        '--mode',
        '0400',
      ],
      { GIVEN: 'my own', EMPTY: '' },
    );
    expect(readFileSync(given ?? '', 'utf8')).toBe('my own');
    expect(readFileSync(empty ?? '', 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(none ?? '', 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(given ?? '').mode & 0o777).toBe(0o400);
  });

  it('agrees on one secret, however many run at once', async () => {
    const file = join(homeDir, 'password');
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => run(['secrets', 'create', '--file', file])));
    expect(outcomes.map(({ code }) => code)).toEqual(Array.from({ length: 20 }, () => 0));
    expect(outcomes.filter(({ out }) => out.startsWith('created'))).toHaveLength(1);
    expect(readdirSync(homeDir)).toEqual(['password']);
  });

  it('exits 1 with one line where a file is empty, or cannot be made', async () => {
    writeFileSync(join(homeDir, 'empty'), '');
    expect(await run(['secrets', 'create', '--file', join(homeDir, 'empty')])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^openclaw: .*is empty; delete it and run this again\n$/),
    });
    expect(await run(['secrets', 'create', '--file', join(homeDir, 'empty', 'below')])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^openclaw: E(EXIST|NOTDIR): .*\n$/),
    });
  });
});
