import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../apps/cli/src/run-cli.js';
import { SECOND, WIRES } from './providers.fixture.js';
import { at } from './sse.js';
import { repliesJson, streams, WireServer, type Behaviour } from './wire-server.fixture.js';
import type { Wire, WirePiece } from './wire.types.js';

let server: WireServer;
let home: string;

beforeEach(async () => {
  server = await WireServer.start();
  home = mkdtempSync(join(tmpdir(), 'check-'));
});
afterEach(async () => {
  await server.stop();
  rmSync(home, { recursive: true });
});

async function check(wire: Wire, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const primary = { type: wire.type, model: wire.model, api_key: 'test-key-0123456789', base_url: wire.baseUrl(server.origin) };
  writeFileSync(join(home, 'gateway.yaml'), JSON.stringify({ providers: { primary } }));
  let [out, err] = ['', ''];
  const terminal = {
    env: { OPENCLAW_CONFIG_DIR: home },
    homeDir: home,
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  return { code: await runCli(['provider', 'check', ...args], terminal), out, err };
}

const says = (wire: Wire, ...pieces: WirePiece[]): Behaviour =>
  streams(wire.frames({ pieces, stop: pieces.some((piece) => 'call' in piece) ? 'tool_calls' : 'stop', usage: { input: 9, output: 5 } }));
const CALL: WirePiece = { call: { id: 'own_1', name: 'get_weather', fragments: ['{"city":"Paris"}'] } };
/** Pieces in chunks of their own, as a model sends them. */
const apart =
  (wire: Wire): Behaviour =>
  (res) => {
    const frames = wire.frames({ pieces: [{ text: 'one ' }, { text: 'two' }], stop: 'stop', usage: { input: 9, output: 5 } });
    const send = (index: number): void => {
      if (index === frames.length) res.end();
      else res.write(frames[index], () => setTimeout(send, 20, index + 1));
    };
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    send(0);
  };

describe.each(WIRES)('openclaw provider check, $type', (wire) => {
  it('asks three questions and says what it can do', async () => {
    server.will(apart(wire), says(wire, CALL), says(wire, { text: 'Red.' }));
    const { code, out } = await check(wire, '--json');
    expect(JSON.parse(out)).toMatchObject({
      provider: 'primary',
      ok: true,
      capabilities: { tools: true, images: true, streaming: true, usage: true },
      suggestion: { capabilities: { images: true } },
    });
    expect(at(JSON.parse(out), 'first_token_ms')).toEqual(expect.any(Number));
    expect([code, server.requests.length]).toEqual([0, 3]);
    expect(server.requests.map(({ body }) => wire.read(body).images.length)).toEqual([0, 0, 1]);
  });

  it('a provider that cannot is found out, and what to write is printed', async () => {
    server.will(
      says(wire, { text: 'one two' }),
      says(wire, { text: 'I have no tools.' }),
      repliesJson(400, wire.errorBody(400, 'no pictures here')),
    );
    const { code, out } = await check(wire, 'primary');
    expect(out).toMatch(/tools {6}no\n {2}images {5}no\n/);
    expect(out).toContain('capabilities: {"tools":false,"images":false');
    expect(code).toBe(0);
  });

  it('a provider that does not answer says why, and is asked nothing more', async () => {
    server.will(repliesJson(401, wire.errorBody(401, 'Who are you?')));
    const { code, out } = await check(wire);
    expect(out).toContain('it says: Who are you?');
    expect([code, server.requests.length]).toEqual([1, 1]);
    expect(out).not.toContain('test-key');
  });
});

it('fields that a server refuses by name are told', async () => {
  server.will((res, req) => {
    const body = server.requests.at(-1)?.body;
    if (at(body, 'stream_options') !== undefined)
      repliesJson(422, { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] })(res, req);
    else says(SECOND, { text: 'red' })(res, req);
  });
  expect(JSON.parse((await check(SECOND, '--json')).out)).toMatchObject({
    leave_out: ['stream_options'],
    suggestion: { leave_out: ['stream_options'] },
  });
});

it('a name that is none is a wrong call, and where no model is configured that is said', async () => {
  expect((await check(SECOND, 'tertiary')).code).toBe(2);
  expect(await check(SECOND, 'secondary')).toMatchObject({
    code: 1,
    err: expect.stringContaining('providers.secondary is no language model'),
  });
  expect(server.requests).toEqual([]);
});
