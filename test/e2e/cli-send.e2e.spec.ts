import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Interruption } from '../../apps/cli/src/command.types.js';
import { conversation, createToken } from '../support/api.js';
import { openclaw, plainScreen } from '../support/cli.js';
import { DirectedModel, gate, HANG } from '../support/directed-model.js';
import { freePort } from '../support/free-port.js';
import { createTestSystem, type TestGateway, type TestSystem } from '../support/test-system.js';
import { until } from '../support/until.js';

const NASTY = 'a\u001b]52;c;aGk=\u0007b\u001b[2Jc\rd\u202Ee\u009bf\r\ng';
const CHANGED = 'openclaw: scripted/directed could not answer; scripted/other did.\n';
const SHOWN = 'a␛]52;c;aGk=␇b␛[2Jc␍d\\u202ee\\u009bf\ng\n';

describe('openclaw send, status, health', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cli-send-'));
  const held = gate();
  const model = new DirectedModel()
    .on('poem', ['Roses ', 'are ', 'red.'])
    .on('slow', ['first ', held.step, 'then'])
    .on('nasty', [NASTY])
    .on('cut', ['line\r', '\nend'])
    .on('hang', ['begun ', HANG])
    .on('again', ['half a ', { restart: { provider: 'scripted', model: 'other' } }, 'whole']);
  let system: TestSystem;
  let gateway: TestGateway;

  beforeAll(async () => {
    system = await createTestSystem();
    gateway = await system.startGateway();
    await system.startWorker(model);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await system.close();
  });

  it('the answer is all that stands on standard output', async () => {
    expect(await openclaw(gateway, ['send', 'poem'])).toEqual({ code: 0, out: 'Roses are red.\n', err: '' });
  });

  it('--json: the whole reply, on one line', async () => {
    const { code, out, err } = await openclaw(gateway, ['send', 'poem', '--json']);
    expect({ code, err, lines: out.split('\n').length }).toEqual({ code: 0, err: '', lines: 2 });
    expect(JSON.parse(out)).toMatchObject({ id: expect.stringMatching(/^msg_/), content: 'Roses are red.', role: 'assistant' });
  });

  it('on a screen it is shown as it comes; --stream does so into a pipe, with --json as events', async () => {
    const options = {
      screen: plainScreen(80),
      onOut: () => {
        held.open();
      },
    }; // it ends only where its beginning was shown before
    expect(await openclaw(gateway, ['send', 'slow'], options)).toEqual({ code: 0, out: 'first then\n', err: '' });
    const { out } = await openclaw(gateway, ['send', 'poem', '--stream', '--json']);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string }); // events of the contract
    expect([...new Set(events.map(({ type }) => type))]).toEqual(['start', 'token', 'end']);
  });

  it('what is piped in is the message, without a byte order mark, cut anywhere (J3, J9)', async () => {
    const bytes = Buffer.from('\ufeffgrüße');
    const { out } = await openclaw(gateway, ['send'], { input: [...bytes].map((byte) => Buffer.from([byte])) });
    expect(out).toBe('echo: grüße\n');
    expect((await openclaw(gateway, ['send', 'review:', '-'], { input: 'the diff\n' })).out).toBe('echo: review: \n\nthe diff\n');
  });

  it('nothing piped in: 2, with one line (J3)', async () => {
    expect(await openclaw(gateway, ['send'], { input: '' })).toEqual({
      code: 2,
      out: '',
      err: 'openclaw: there is nothing to send: give a text, or pipe one in\n',
    });
    expect((await openclaw(gateway, ['send', '  '])).code).toBe(2);
  });

  it('nothing of a reply does anything to a terminal; --json has all of it, escaped (J6)', async () => {
    expect((await openclaw(gateway, ['send', 'nasty'])).out).toBe(SHOWN);
    expect((await openclaw(gateway, ['send', 'nasty'], { screen: plainScreen(80) })).out).toBe(SHOWN);
    expect((await openclaw(gateway, ['send', 'cut'], { screen: plainScreen(80) })).out).toBe('line\nend\n');
    const { out } = await openclaw(gateway, ['send', 'nasty', '--json']);
    expect(out).toContain(String.raw`d\u202ee\u009bf`);
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(out)).toMatchObject({ content: NASTY });
  });

  it('a run that begins again: once in a pipe, told on a screen', async () => {
    expect(await openclaw(gateway, ['send', 'again'])).toEqual({ code: 0, out: 'whole\n', err: CHANGED });
    expect(await openclaw(gateway, ['send', 'again'], { screen: plainScreen(80) })).toEqual({
      code: 0,
      out: 'half a \nwhole\n',
      err: `openclaw: the agent begins again\n${CHANGED}`,
    });
  });

  it('--conversation and --continue go on with a conversation', async () => {
    const first = JSON.parse((await openclaw(gateway, ['send', 'one', '--json'])).out) as { conversation_id: string }; // a reply
    await openclaw(gateway, ['send', 'two', '--conversation', first.conversation_id]);
    await openclaw(gateway, ['send', 'three', '--continue']);
    const { messages, channel } = await conversation(gateway, first.conversation_id);
    expect(messages.map(({ content }) => content)).toEqual(['one', 'echo: one', 'two', 'echo: two', 'three', 'echo: three']);
    expect(channel).toBe('cli');
  });

  it('--file goes along', async () => {
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'the notes say 42');
    expect((await openclaw(gateway, ['send', 'read it', '--file', path])).code).toBe(0);
    expect(JSON.stringify(model.requests.at(-1))).toContain('the notes say 42');
    expect(await openclaw(gateway, ['send', 'read it', '--file', join(folder, 'none')])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('none'),
    });
  });

  it('Ctrl-C stops the agent’s work: 130 (J4)', async () => {
    const controller = new AbortController();
    const outcome = openclaw(gateway, ['send', 'hang', '--stream'], {
      signal: controller.signal,
      onOut: () => {
        controller.abort(new Interruption('SIGINT', 130));
      },
    });
    expect(await outcome).toMatchObject({ code: 130, out: 'begun \n', err: '' });
    const { conversations } = (await (await gateway.request('/api/v1/conversations?limit=1')).json()) as {
      conversations: { id: string }[];
    }; // as the contract has it
    const state = await until('it is over', async () => {
      const { messages } = await conversation(gateway, conversations[0]?.id ?? '');
      return messages.at(-1)?.status === 'processing' ? null : messages.at(-1)?.status;
    });
    expect(state).toBe('cancelled');
  });

  it('each kind of failure has its exit code; with --json its body is on standard error (J8)', async () => {
    const off = { url: `http://127.0.0.1:${String(await freePort())}` };
    expect(await openclaw(off, ['status'])).toMatchObject({
      code: 69,
      out: '',
      err: expect.stringMatching(/^openclaw: The gateway at \S+ could not be reached, or broke off: ECONNREFUSED\.\n$/),
    });
    expect(await openclaw(gateway, ['status'], { env: { GATEWAY_AUTH_TOKEN: 'q7Zt4nVb2Lx9Kc6M' } })).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining('GATEWAY_AUTH_TOKEN'),
    });
    const { token } = await createToken(gateway, { name: 'writer', scopes: ['message'] });
    expect((await openclaw(gateway, ['status'], { env: { GATEWAY_AUTH_TOKEN: token } })).code).toBe(3);
    const unknown = ['send', 'x', '--conversation', 'conv_01h2xcejqtf2nbrexx3vqjhp41'];
    expect((await openclaw(gateway, unknown)).code).toBe(4);
    expect((await openclaw(gateway, ['send', 'x', '--conversation', 'conv_x'])).code).toBe(2);
    const { code, out, err } = await openclaw(gateway, [...unknown, '--json']);
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(JSON.parse(err)).toMatchObject({
      error: 'not_found',
      status: 404,
      message: expect.any(String),
      details: {},
      request_id: expect.any(String),
    });
    expect(JSON.parse((await openclaw(off, ['status', '--json'])).err)).toMatchObject({
      error: 'unreachable',
      details: { code: 'ECONNREFUSED' },
    });
  });

  it('status and health: what is in force, for people and as JSON', async () => {
    const { code, out, err } = await openclaw(gateway, ['status']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^status {4}ok\nversion {3}0\.0\.0-test, up /);
    expect(out).toMatch(/^workers +\S+ \(\S+\), since /m);
    expect(JSON.parse((await openclaw(gateway, ['status', '--json'])).out)).toMatchObject({
      status: 'ok',
      workers: [{ host: expect.any(String) }],
    });
    expect((await openclaw(gateway, ['health'])).out).toMatch(/^status {3}ok\nversion {2}0\.0\.0-test\n/);
    expect(JSON.parse((await openclaw(gateway, ['health', '--json'])).out)).toMatchObject({ status: 'ok' });
  });

  it('the token: a variable, a file that a variable names, the configuration, the file that the gateway made', async () => {
    const { token } = await createToken(gateway, { name: 'reader', scopes: ['read'] });
    const none = { GATEWAY_AUTH_TOKEN: '', OPENCLAW_DATA_DIR: folder };
    writeFileSync(join(folder, 'named'), `\ufeff${token}\r\n`);
    writeFileSync(join(folder, 'gateway-token'), 'another-one-that-is-wrong-9182');
    expect((await openclaw(gateway, ['status'], { env: { ...none, OPENCLAW_TOKEN_FILE: join(folder, 'named') } })).code).toBe(0);
    expect((await openclaw(gateway, ['status'], { env: none })).code).toBe(3);
    writeFileSync(join(folder, 'gateway.yaml'), `gateway: { auth: { token: '${token}' } }\n`);
    expect((await openclaw(gateway, ['status'], { env: none })).code).toBe(0);
    writeFileSync(join(folder, 'gateway.yaml'), 'gateway: { auth: { token: "" } }\n');
    writeFileSync(join(folder, 'gateway-token'), `${token}\n`);
    expect((await openclaw(gateway, ['status'], { env: none })).code).toBe(0);
  });
});
