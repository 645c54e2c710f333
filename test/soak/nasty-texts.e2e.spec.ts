import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processEnvironment } from '@openclaw/config';
import { ROUTES } from '@openclaw/roster';
import { type Accepted, FRAMES, type Reply, type RouteContract } from '@openclaw/words';
import { startBystander } from '../support/bystander.js';
import { type Lawful, nastyFrame, nastyRequest } from '../support/nasty-requests.js';
import { NASTY_KINDS, nastyText, pick } from '../support/nasty-texts.js';
import { CALM_QUESTION, startNastyModelServer } from '../support/nasty-model-server.js';
import { createProcessSystem, type GatewayProcess, type ProcessSystem, type TestProcess } from '../support/processes.js';
import { pickInteger, seededRandom } from '../support/seeded-random.js';
import { TestSocket } from '../support/test-socket.js';
import { until } from '../support/until.js';
import { type LoopWatch, WATCHED, watchLoop } from '../support/watched-process.js';

/** `OPENCLAW_NASTY_CASES=5000 OPENCLAW_NASTY_SEED=7 npm run test:soak -- nasty` looks longer, and elsewhere. */
const CASES = Number(processEnvironment()['OPENCLAW_NASTY_CASES'] ?? 240);
const SEED = Number(processEnvironment()['OPENCLAW_NASTY_SEED'] ?? 1);
const HELD_MS_MAX = 100;
const GROWTH_MB_MAX = 64;
const SERVED_WITHIN_MS = 1000;
/** How often what it takes alone it may take beside others, on a machine so busy that this is more than a second. */
const TIMES_ALONE = 10;
const MESSAGES_ALONE = 20;
const MESSAGES_BESIDE = 50;
const AT_ONCE = 4;
const WAIT_MS = 600_000;

/** Two systems that hear the same: one answers by itself, the other asks a model whose every word is nasty. */
describe(`whatever anybody writes anywhere (${String(CASES)} cases, seed ${String(SEED)})`, () => {
  const random = seededRandom(SEED);
  const watches: Record<string, LoopWatch> = {};
  let offline: System;
  let modelled: System;

  beforeAll(async () => {
    offline = await startSystem({});
    const model = await startNastyModelServer(SEED);
    modelled = await startSystem(model.env, () => model.close());
    for (const route of Object.values(ROUTES)) if (route.stream !== 'always') await tryRoute(route, seededRandom(SEED + 1));
    for (const [name, { gateway, worker }] of Object.entries({ offline, modelled })) {
      watches[`gateway (${name})`] = await watchLoop(gateway);
      watches[`worker (${name})`] = await watchLoop(worker);
    }
  }, 120_000);
  afterAll(() => Promise.all([offline.close(), modelled.close()]));

  it(
    'in every field of every route: no 500, others are answered within a second',
    async () => {
      const routes: readonly RouteContract[] = Object.values(ROUTES);
      const broken: object[] = [];
      await beside(offline, CASES / 3, async (index) => {
        const route = routes[index % routes.length];
        if (!route || route.stream === 'always') return;
        const { status, ...told } = await tryRoute(route, random);
        if (status >= 500) broken.push({ status, ...told });
      });
      expect(broken).toEqual([]);
    },
    WAIT_MS,
  );

  it(
    'in every field of every frame: the socket stays or says why, others are answered within a second',
    async () => {
      const types = Object.entries(FRAMES);
      let socket = await TestSocket.login(offline.gateway.url);
      const broken: object[] = [];
      await beside(
        offline,
        CASES / 6,
        async (index) => {
          if (socket.closed) socket = await TestSocket.login(offline.gateway.url);
          const [type, { schema }] = types[index % types.length] ?? ['ping', FRAMES.ping];
          const { frame, where } = nastyFrame(schema, { ...offline.lawful, type }, random);
          const request_id = `nasty-${String(index)}`;
          const current = socket;
          current.send({ request_id, ...frame, type });
          current.send({ type: 'ping', request_id: `after-${String(index)}` });
          await until('answered', () => current.closed ?? current.all({ request_id: `after-${String(index)}` })[0], 30_000);
          for (const { status, message } of current.all({ type: 'error' }))
            if (Number(status) >= 500) broken.push({ type, where, status, message });
        },
        1,
      );
      expect(broken).toEqual([]);
      socket.socket.close();
    },
    WAIT_MS,
  );

  it(
    'in commands, files and tool arguments: every message is over in the end, others are answered within a second',
    async () => {
      await beside(offline, CASES / 4, async (index) => {
        const command = pick(random, ['', '/remember ', '/recall ', '/skill remember ', '/skill ', '/']);
        const file = (): object =>
          pick(random, [
            () => ({ text: nastyText(random, 100_000) }),
            () => ({
              name: nastyText(random, 255),
              url: `data:${pick(random, ['text/plain', 'application/pdf', 'image/png', nastyText(random, 50)])};base64,${Buffer.from(nastyText(random, 50_000)).toString('base64')}`,
            }),
          ])();
        const attachments = Array.from({ length: pickInteger(random, 0, 2) }, file);
        await offline.answered({
          message: `${command}${nastyText(random, 99_000)}`,
          metadata: { attachments },
          ...(index % 3 === 0 ? { conversation_id: offline.lawful['conversation_id'] } : {}),
        });
      });
    },
    WAIT_MS,
  );

  it(
    'in a model’s replies and calls: every message is over in the end, others are answered within a second',
    async () => {
      await beside(modelled, CASES / 4, async (index) => {
        await modelled.answered({
          message: nastyText(random, 10_000),
          ...(index % 2 === 0 ? { conversation_id: modelled.lawful['conversation_id'] } : {}),
        });
      });
    },
    WAIT_MS,
  );

  it(
    'invariant 9: no event loop was held, by its own account, and memory stays as it was',
    async () => {
      const before = Object.fromEntries(Object.entries(watches).map(([name, watch]) => [name, watch.residentMegabytes()]));
      await beside(offline, CASES / 4, async (index) => {
        const kind = Object.keys(NASTY_KINDS)[index % Object.keys(NASTY_KINDS).length] ?? '';
        await offline.answered({
          message: `${pick(random, ['', '/remember ', '/recall '])}${NASTY_KINDS[kind]?.(random, 90_000).slice(0, 99_000) ?? ''}`,
        });
      });
      const held = Object.fromEntries(Object.entries(watches).map(([name, watch]) => [name, watch.longestHeldMs()]));
      const grown = Object.fromEntries(
        Object.entries(watches).map(([name, watch]) => [name, Math.round(watch.residentMegabytes() - (before[name] ?? 0))]),
      );
      expect({
        held,
        grown,
        over: [
          ...Object.entries(held).filter(([, ms]) => ms > HELD_MS_MAX),
          ...Object.entries(grown).filter(([, megabytes]) => megabytes > GROWTH_MB_MAX),
        ],
      }).toMatchObject({ over: [] });
    },
    WAIT_MS,
  );

  async function tryRoute(
    route: RouteContract,
    numbers: () => number,
  ): Promise<{ readonly status: number; readonly route: string; readonly where: string; readonly text: string }> {
    const lawful = route.method === 'DELETE' ? await offline.spare() : offline.lawful;
    const { method, path, body, where } = nastyRequest(route, lawful, numbers);
    const response = await offline.gateway.request(path, { method, ...(body === undefined ? {} : { json: body }) });
    return { status: response.status, route: `${method} ${route.path}`, where, text: (await response.text()).slice(0, 300) };
  }

  /** Does it so often, a few at a time, while somebody else sends one message after another. */
  async function beside(system: System, cases: number, once: (index: number) => Promise<void>, atOnce = AT_ONCE): Promise<void> {
    const ask = (): Promise<void> => system.say(CALM_QUESTION);
    const before = startBystander(ask);
    await until('it is known how one is served alone', () => before.count() >= MESSAGES_ALONE, WAIT_MS);
    const alone = await before.leave();
    const bystander = startBystander(ask);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = (next += 1); index <= cases; index = next += 1) await once(index);
    };
    await Promise.all(Array.from({ length: atOnce }, lane)).finally(async () => {
      await until('others were served', () => bystander.count() >= MESSAGES_BESIDE, WAIT_MS);
      const { failures, p99Ms } = await bystander.leave();
      expect(failures).toEqual([]);
      expect(p99Ms).toBeLessThan(Math.max(SERVED_WITHIN_MS, TIMES_ALONE * alone.p99Ms));
    });
  }
});

interface System {
  readonly gateway: GatewayProcess;
  readonly worker: TestProcess;
  /** What lawful fields hold. */
  readonly lawful: Lawful;
  /** The same with a conversation that may go. */
  spare(): Promise<Lawful>;
  /** Sends it; resolves when it is over, however it ended, unless it was refused as what it is. */
  answered(body: object): Promise<void>;
  /** Sends it and waits for the reply. Rejects where there is none. */
  say(message: string): Promise<void>;
  close(): Promise<void>;
}

async function startSystem(
  env: Readonly<Record<string, string>>,
  alsoClose: () => Promise<void> = () => Promise.resolve(),
): Promise<System> {
  const processes: ProcessSystem = await createProcessSystem({ ...env, ...WATCHED, OPENCLAW_AGENT__MAX_TURNS: '4' });
  const gateway = await processes.startGateway();
  const worker = await processes.startWorker();
  const post = (json: object): Promise<Response> =>
    gateway.request('/api/v1/message', { method: 'POST', json: { channel: 'api', ...json } });
  const first = await until(
    'messages are answered',
    async () => {
      const response = await post({ message: 'hello' });
      return response.status === 200 && ((await response.json()) as Reply); // the status says so
    },
    30_000,
  );
  return {
    gateway,
    worker,
    lawful: lawfulOf(first),
    spare: async () => lawfulOf((await (await post({ message: 'hello' })).json()) as Reply), // a plain message is answered
    answered: async (body) => {
      const response = await post({ ...body, wait_for_response: false });
      if (response.status === 400) return;
      expect({ status: response.status, text: response.status === 202 ? '' : await response.clone().text() }).toEqual({
        status: 202,
        text: '',
      });
      const { poll_url } = (await response.json()) as Accepted; // the status says so
      await until(
        'the message is over',
        async () => {
          // checked by the contract tests
          const status = (await (await gateway.request(poll_url)).json()) as { finished_at: string | null; error?: { error: string } };
          expect(status.error?.error).not.toBe('internal_error');
          return status.finished_at !== null;
        },
        60_000,
      );
    },
    say: async (message) => {
      const response = await post({ message });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${String(response.status)} ${text}`);
    },
    close: async () => {
      await processes.close();
      await alsoClose();
    },
  };
}

function lawfulOf({ id, conversation_id }: Reply): Lawful {
  return { channel: 'api', message: 'hello', content: 'hello', id, conversation_id, parent_id: id };
}
