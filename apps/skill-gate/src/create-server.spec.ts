import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameReader, LaneRunner, type SkillCall, SkillTrouble, writeFrame } from '@openclaw/lanes';
import { createGateServer } from './create-server.js';
import { EgressProxy } from './egress-proxy.js';
import { LaneBroker } from './lane-broker.js';

/** What the gate tells a lane, as far as these tests look at it. */
interface Told {
  readonly run?: number;
  readonly cancel?: number;
  readonly files?: readonly (readonly [string, number])[] | null;
  readonly input?: number;
  readonly token?: string | null;
}
const DIGEST = `sha256:${'a'.repeat(64)}`;
const FILES = new Map([
  ['main.py', Buffer.from('print(1)')],
  ['more.txt', Buffer.from('more')],
]);
const MS = { prepare: 1, process: 2, sweep: 3 };

/** A lane that does what a test tells it, over a real socket. */
class DirectedLane {
  readonly told: Told[] = [];
  readonly #socket: Socket;
  #answer: (told: Told) => void = () => undefined;

  constructor(path: string, refused: string | null = null) {
    this.#socket = connect(path);
    const reader = new FrameReader<Told>({
      parse: (line) => line as Told, // what the gate writes
      bytesOf: ({ files, input = 0 }) => (files ?? []).reduce((bytes, [, size]) => bytes + size, input),
      lineBytesMax: 10_000,
      bodyBytesMax: 10_000_000,
    });
    this.#socket
      .on('error', () => undefined)
      .on('data', (piece) => {
        for (const { head } of reader.push(piece)) {
          this.told.push(head);
          this.#answer(head);
        }
      });
    this.#socket.write(writeFrame({ lane: 'a-lane', runtime: 'runc', landlock: 7, unbounded: false, refused }));
  }

  does(answer: (told: Told) => void): this {
    this.#answer = answer;
    return this;
  }

  /** Ends a call well. */
  gives(told: Told, stdout: string, more: object = {}): void {
    const files = [['made.txt', 4]];
    this.#socket.write(
      writeFrame(
        {
          id: told.run,
          why: 'exit',
          code: 0,
          clean: true,
          stdout: Buffer.byteLength(stdout),
          stderr: 4,
          files,
          left_out: 0,
          ms: MS,
          ...more,
        },
        [Buffer.from(`${stdout}oopsmade`)],
      ),
    );
  }

  says(text: string): void {
    this.#socket.write(text);
  }

  leaves(): void {
    this.#socket.destroy();
  }
}

describe('skill-gate, as a worker uses it', () => {
  let folder: string;
  let path: string;
  let server: Server;
  let lanes: Server;
  let broker: LaneBroker;
  let runner: LaneRunner;
  let url: string;
  let come: DirectedLane[];

  beforeEach(async () => {
    come = [];
    folder = mkdtempSync(join(tmpdir(), 'gate-'));
    path = join(folder, 'lanes.sock');
    broker = new LaneBroker();
    const egress = new EgressProxy({ resolve: async () => [], permits: () => false, connect: () => connect(1) });
    lanes = createServer((socket) => {
      broker.accept(socket);
    }).listen(path);
    server = createGateServer({ broker, egress, password: 'pass word/ü' }).listen(0, '127.0.0.1');
    await Promise.all([once(lanes, 'listening'), once(server, 'listening')]);
    url = `127.0.0.1:${String((server.address() as AddressInfo).port)}`; // a TCP server's address is an object
    runner = new LaneRunner(`http://worker:${encodeURIComponent('pass word/ü')}@${url}`);
  });
  afterEach(async () => {
    for (const each of come) each.leaves();
    runner.close();
    server.close();
    lanes.close();
    await once(server, 'close');
    rmSync(folder, { recursive: true });
  });

  async function lane(refused: string | null = null): Promise<DirectedLane> {
    const directed = new DirectedLane(path, refused);
    come.push(directed);
    for (;;) {
      const report = await runner.report();
      if (refused === null ? report.lanes > 0 : report.refused === refused) return directed;
    }
  }
  const call = (more: Partial<SkillCall> = {}): SkillCall => ({
    digest: DIGEST,
    bundle: async () => FILES,
    entry: 'main.py',
    runtime: 'python',
    input: { a: 'ü' },
    timeoutS: 5,
    hosts: [],
    env: {},
    signal: new AbortController().signal,
    ...more,
  });
  const kindOf = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      (thrown: unknown) => (thrown instanceof SkillTrouble ? thrown.kind : thrown),
    );
  const trouble = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'none',
      (thrown: unknown) => (thrown instanceof SkillTrouble ? [thrown.kind, thrown.message, thrown.errors] : thrown),
    );

  it('a call goes to a lane, and output and files come back', async () => {
    const directed = await lane();
    directed.does((told) => {
      directed.gives(told, 'größe');
    });
    expect(await runner.run(call())).toEqual({
      output: 'größe',
      files: [{ name: 'made.txt', content: Buffer.from('made') }],
      refused: [],
      ms: MS,
      costLane: false,
      isGivenUp: false,
    });
    expect(directed.told).toMatchObject([
      {
        files: [
          ['main.py', 8],
          ['more.txt', 4],
        ],
        input: 10,
        token: null,
        entry: 'main.py',
        runtime: 'python',
      },
    ]);
  });

  it('files go over each hop once: by digest alone where they are there, and again where a lane has let them go', async () => {
    const directed = await lane();
    let asked = 0;
    const bundle = async (): Promise<typeof FILES> => {
      asked += 1;
      return FILES;
    };
    directed.does((told) => {
      directed.gives(told, '1');
    });
    await runner.run(call({ bundle }));
    await runner.run(call({ bundle }));
    expect([asked, directed.told.map(({ files }) => files === null)]).toEqual([1, [false, true]]);
    directed.does((told) => {
      if (told.files === null) directed.says(`{"id":${String(told.run)},"why":"lacks"}\n`);
      else directed.gives(told, '2');
    });
    expect((await runner.run(call({ bundle }))).output).toBe('2');
    expect([asked, directed.told.slice(2).map(({ files }) => files === null)]).toEqual([1, [true, false]]);
  });

  it.each([
    [{ code: 3 }, ['failed', 'The skill failed with exit code 3.', 'oops']],
    [{ code: -9 }, ['failed', 'The skill was ended by signal 9.', 'oops']],
    [{ why: 'timeout', code: null }, ['timeout', 'The skill did not finish within 5 s.', 'oops']],
    [{ why: 'output_too_large', code: null }, ['output_too_large', 'The skill wrote more than 1 MiB.', 'oops']],
  ])('%j is told as such', async (end, expected) => {
    const directed = await lane();
    directed.does((told) => {
      directed.gives(told, 'half', end);
    });
    expect(await trouble(runner.run(call()))).toEqual(expected);
  });

  it('calls wait for a free lane, in order', async () => {
    const directed = await lane();
    const held: Told[] = [];
    const taken = Promise.withResolvers<undefined>();
    directed.does((told) => {
      held.push(told);
      taken.resolve(undefined);
    });
    const results = [1, 2, 3].map(() => runner.run(call()));
    await taken.promise;
    directed.does((told) => {
      directed.gives(told, 'next');
    });
    for (const told of held) directed.gives(told, 'first');
    expect((await Promise.all(results)).map(({ output }) => output).sort()).toEqual(['first', 'next', 'next']);
  });

  it('whoever goes away has the call ended in its lane', async () => {
    const directed = await lane();
    const [begun, cancelled] = [Promise.withResolvers<undefined>(), Promise.withResolvers<Told>()];
    directed.does((told) => {
      if (told.cancel === undefined) begun.resolve(undefined);
      else cancelled.resolve(told);
    });
    const leaving = new AbortController();
    const left = runner.run(call({ signal: leaving.signal }));
    await begun.promise;
    leaving.abort(new Error('nobody waits'));
    await expect(left).rejects.toThrow('nobody waits');
    expect(await cancelled.promise).toEqual({ cancel: 1 });
  });

  it('lane_lost: a lane that goes away in the middle; after three a skill is disabled, and others are not', async () => {
    const ends: unknown[] = [];
    for (let loss = 0; loss < 3; loss += 1) {
      const directed = await lane();
      directed.does(() => {
        directed.leaves();
      });
      ends.push(await kindOf(runner.run(call())));
    }
    expect(ends).toEqual(['lane_lost', 'lane_lost', 'disabled']);
    const directed = await lane();
    directed.does((told) => {
      directed.gives(told, 'fine');
    });
    expect(await trouble(runner.run(call()))).toEqual(['disabled', 'The skill has cost 3 lanes, and is not run any more.', '']);
    expect((await runner.run(call({ digest: `sha256:${'b'.repeat(64)}` }))).output).toBe('fine');
  });

  it.each([
    'no json\n',
    '{"id":99,"why":"exit"}\n',
    'x'.repeat(300_000),
    '{"id":1,"why":"exit","code":0,"clean":true,"stdout":99999999,"stderr":0,"files":[],"left_out":0,"ms":{"prepare":1,"process":1,"sweep":1}}\n',
  ])('a lane that says what it must not is not heard any more: %.20j', async (text) => {
    const directed = await lane();
    directed.does(() => {
      directed.says(text);
    });
    expect(await kindOf(runner.run(call()))).toBe('lane_lost');
    expect(await runner.report()).toMatchObject({ lanes: 0, refused: expect.stringContaining('no lane is connected') });
  });

  it('a lane that something is left in is given nothing more, and what it gave is taken', async () => {
    const directed = await lane();
    directed.does((told) => {
      directed.gives(told, 'done', { clean: false });
    });
    expect((await runner.run(call())).output).toBe('done');
    expect((await runner.report()).lanes).toBe(0);
  });

  it('no_lane: a host that cannot isolate is refused by name, at once, and told', async () => {
    const directed = await lane('no limit of memory is in force on this host');
    expect(await trouble(runner.run(call()))).toEqual(['no_lane', 'No skill can be run: no limit of memory is in force on this host.', '']);
    expect(await runner.report()).toEqual({
      lanes: 0,
      busy: 0,
      waiting: 0,
      runtime: 'runc',
      landlock: null,
      unbounded: false,
      refused: 'no limit of memory is in force on this host',
    });
    expect(directed.told).toEqual([]);
  });

  it('busy: more calls than may wait', async () => {
    const leaving = new AbortController();
    const waiting = Array.from({ length: 64 }, () => runner.run(call({ signal: leaving.signal })).catch(() => null));
    while ((await runner.report()).waiting < 64)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    const other = new LaneRunner(`http://worker:${encodeURIComponent('pass word/ü')}@${url}`);
    expect(await trouble(other.run(call()))).toEqual(['busy', 'Too many calls wait for a lane.', '']);
    other.close();
    leaving.abort();
    await Promise.all(waiting);
    while ((await runner.report()).waiting > 0)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  });

  it.each([
    ['an entry that it does not have', { entry: 'other.py' }],
    ['a name that no variable has', { env: { 'A B': 'x' } }],
    ['a time without end', { timeoutS: 100_000 }],
    ['too many hosts', { hosts: Array.from({ length: 51 }, (_, index) => `h${String(index)}.test`) }],
    ['arguments that are too large', { input: 'x'.repeat(2_000_000) }],
    ['a skill that is too large', { bundle: async () => new Map([['main.py', Buffer.alloc(10_000_000)]]) }],
  ])('bad_request: %s', async (_, more) => {
    await lane();
    expect(await kindOf(runner.run(call(more)))).toBe('bad_request');
  });

  it('unauthorized: without the workers’ password nothing is run, and nothing told but that the gate is there', async () => {
    const stranger = new LaneRunner(`http://worker:wrong@${url}`);
    expect(await kindOf(stranger.run(call()))).toBe('unauthorized');
    expect(await kindOf(stranger.report())).toBe('unauthorized');
    stranger.close();
    expect(await (await fetch(`http://${url}/health`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`http://${url}/runs`, { method: 'POST', body: '{}' })).status).toBe(401);
  });

  it('away: a gate that is not there', async () => {
    const gone = new LaneRunner('http://worker:x@127.0.0.1:9');
    expect(await trouble(gone.run(call()))).toEqual(['away', 'skill-gate cannot be reached.', '']);
  });
});
