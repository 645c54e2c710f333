import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SkillCall } from '@openclaw/feature';
import { createLogger, Redactor } from '@openclaw/telemetry';
import { SkillLanes } from './skill-lanes.js';

const LANES = { lanes: 2, busy: 0, waiting: 0, runtime: 'runc', landlock: 7, unbounded: false, refused: null };
const RESULT = {
  why: 'exit',
  code: 0,
  stdout: 3,
  stderr: 4,
  files: [
    ['report.txt', 2],
    ['other.txt', 1],
  ],
  left_out: 0,
  ms: { prepare: 1, process: 1, sweep: 1 },
  lane: 'a',
  cost_lane: false,
  given_up: false,
  refused: ['b.test is not declared'],
};
const BODY = '{}\noopshi!';

/** A gate that answers what a test tells it. */
interface DirectedGate {
  lanes: [number, object];
  run: [number, object, string];
}

describe('SkillLanes', () => {
  let gate: DirectedGate;
  let server: Server;
  let lanes: SkillLanes;

  beforeEach(async () => {
    gate = { lanes: [200, LANES], run: [200, RESULT, BODY] };
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const [status, head, body = ''] = request.url === '/lanes' ? gate.lanes : gate.run;
        response
          .writeHead(status, { 'content-type': status === 200 ? 'application/octet-stream' : 'application/json' })
          .end(`${JSON.stringify(head)}\n${body}`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // a TCP server's address is an object
    const logger = createLogger({ level: 'error', component: 'reasoning', redactor: new Redactor() });
    lanes = new SkillLanes(`http://worker:x@127.0.0.1:${String(port)}`, logger);
  });
  afterEach(() => {
    lanes.stop();
    server.close();
    server.closeAllConnections();
  });
  const call = (filesystem: readonly string[] = []): SkillCall => ({
    digest: `sha256:${'a'.repeat(64)}`,
    bundle: () => Promise.resolve(new Map()),
    entry: 'main.py',
    runtime: 'python',
    input: {},
    timeoutS: 5,
    permissions: { network: [], filesystem },
    env: {},
    signal: new AbortController().signal,
  });

  it('with lanes there is no refusal, and the sandbox is told as it is', async () => {
    expect([lanes.refusal(), lanes.sandbox().lanes]).toEqual(['skill-gate has not answered yet.', 0]);
    await lanes.start();
    expect([lanes.refusal(), lanes.sandbox()]).toEqual([null, { lanes: 2, runtime: 'runc', landlock: 7 }]);
  });

  it('a host that does not isolate is refused by name', async () => {
    gate.lanes = [200, { ...LANES, lanes: 0, landlock: null, refused: 'no limit of memory is in force on this host' }];
    await lanes.start();
    expect(lanes.refusal()).toBe('No limit of memory is in force on this host.');
    expect(lanes.sandbox()).toEqual({ lanes: 0, runtime: 'runc', landlock: null, refused: 'no limit of memory is in force on this host' });
  });

  it('without a gate that answers nothing is run, and why is told', async () => {
    gate.lanes = [401, { error: 'unauthorized', message: 'The password is not that of the workers.' }];
    await lanes.start();
    expect([lanes.refusal(), lanes.sandbox().lanes]).toEqual(['The password is not that of the workers.', 0]);
  });

  it('output, declared files and what was refused come back', async () => {
    expect(await lanes.run(call(['write:report.txt']))).toEqual({
      output: '{}\n',
      files: [{ name: 'report.txt', bytes: Buffer.from('hi') }],
      refused: ['b.test is not declared', 'to give the file "other.txt", which it does not declare'],
      failure: null,
      costLane: false,
      givenUp: null,
    });
  });

  it('what a skill did wrong is an answer, with the end of its errors', async () => {
    gate.run = [200, { ...RESULT, code: 3, cost_lane: true }, BODY];
    expect(await lanes.run(call())).toMatchObject({
      output: '',
      failure: 'The skill failed with exit code 3. oops',
      costLane: true,
      givenUp: null,
    });
  });

  it.each([
    [502, 'lane_lost', { costLane: true, givenUp: null }],
    [409, 'disabled', { costLane: true, givenUp: 'It has cost three lanes.' }],
    [400, 'bad_request', { costLane: false, givenUp: null }],
  ])('%i %s is an answer', async (status, error, answer) => {
    gate.run = [status, { error, message: 'Why.' }, ''];
    expect(await lanes.run(call())).toMatchObject({ failure: 'Why.', ...answer });
  });

  it.each([
    [503, 'busy'],
    [503, 'no_lane'],
    [401, 'unauthorized'],
  ])('%i %s did not run: service_unavailable', async (status, error) => {
    gate.run = [status, { error, message: 'Not now.' }, ''];
    await expect(lanes.run(call())).rejects.toMatchObject({ code: 'service_unavailable', message: 'Not now.' });
  });
});
