import { describe, expect, it } from '@jest/globals';
import { configSchema, type ProviderEntry } from '@openclaw/words';
import { Fault } from '@openclaw/errors';
import { CircuitBreaker } from '@openclaw/net';
import { silentLogger } from '@openclaw/telemetry';
import type { Candidate, RetryPolicy } from './attempts.js';
import type { ModelEvent, ModelRequest } from '@openclaw/language-model';
import { ModelRouter } from './model-router.js';
import { ScriptedModel, type ScriptedStep } from './scripted-model.fake.js';

const POLICY: RetryPolicy = { attempts: 3, backoffMs: 100, backoffMaxMs: 150, retryAfterMaxMs: 30_000 };

interface House {
  readonly router: ModelRouter;
  readonly models: ReadonlyMap<ProviderEntry, ScriptedModel>;
  readonly sleeps: number[];
  readonly pass: (ms: number) => void;
}

/** A router over scripted providers, with a clock that only moves when told. */
function house(
  scripts: Partial<Record<ProviderEntry, readonly (readonly ScriptedStep[])[]>>,
  routing: ReturnType<typeof routingOf> = {},
): House {
  let now = 0;
  const sleeps: number[] = [];
  const entries = Object.keys(scripts).filter((name): name is ProviderEntry => name in scripts);
  const models = new Map(entries.map((name) => [name, new ScriptedModel(scripts[name] ?? [], { provider: name, model: 'm' })]));
  const candidates = new Map(
    [...models].map(([entry, client]): [ProviderEntry, Candidate] => {
      return [
        entry,
        { entry, type: 'openai', client, breaker: new CircuitBreaker({ failures: 4, openMs: 1_000 }, () => now), lastError: null },
      ];
    }),
  );
  const clock = { now: () => now, random: () => 1, sleep: (ms: number) => Promise.resolve(void sleeps.push(ms)) };
  const router = new ModelRouter({ candidates, routing, policy: POLICY, clock, logger: silentLogger(), close: () => Promise.resolve() });
  return { router, models, sleeps, pass: (ms) => (now += ms) };
}

function routingOf(routing: Record<string, ProviderEntry>): ReturnType<typeof configSchema.parse>['providers']['routing'] {
  return configSchema.parse({ providers: { routing } }).providers.routing;
}

function down(details: object = {}): ScriptedStep[] {
  return [
    { throws: new Fault('upstream_error', 'is down', { details: { provider: 'x', upstream_status: 500, retryable: true, ...details } }) },
  ];
}

async function ask({ router }: House, request: Partial<ModelRequest> = {}): Promise<string> {
  const events = await Array.fromAsync(router.stream({ messages: [], tools: [], ...request }, new AbortController().signal));
  return events
    .map((event: ModelEvent) => (event.type === 'text' ? event.text : `<${event.type}${'provider' in event ? ` ${event.provider}` : ''}>`))
    .join('');
}

describe('routing', () => {
  const scripts = { primary: [['p']], secondary: [['s']], local: [['l']] };

  it('sends each route to its provider; general_conversation stands in for routes left out, primary for that', async () => {
    const routing = routingOf({ code_generation: 'secondary', simple_tasks: 'local' });
    expect(await ask(house(scripts, routing))).toBe('p<finish primary>');
    expect(await ask(house(scripts, routing), { route: 'code_generation' })).toBe('s<finish secondary>');
    expect(await ask(house(scripts, routing), { route: 'simple_tasks' })).toBe('l<finish local>');
    expect(await ask(house(scripts, routingOf({ general_conversation: 'local' })), { route: 'simple_tasks' })).toBe('l<finish local>');
  });

  it('names the model that a route goes to first', () => {
    const { router } = house(scripts, routingOf({ simple_tasks: 'local' }));
    expect([router.provider, router.forRoute('simple_tasks').provider]).toEqual(['primary', 'local']);
  });

  it('falls back to the fallback, then to the primary, and to nobody else', async () => {
    const routing = routingOf({ general_conversation: 'local', fallback: 'secondary' });
    const all = { local: [down({ retryable: false })], secondary: [down({ retryable: false })], primary: [['p']] };
    expect(await ask(house(all, routing))).toBe('p<finish primary>');
    const two = { primary: [down({ retryable: false })], local: [['l']] };
    await expect(ask(house(two))).rejects.toThrow('is down');
  });
});

describe('attempts', () => {
  it('retries with pauses that grow up to their limit, jittered between half and whole', async () => {
    const given = house({ primary: [down(), down(), ['ok']] });
    expect(await ask(given)).toBe('ok<finish primary>');
    expect(given.sleeps).toEqual([100, 150]);
  });

  it('waits for as long as it is asked to, a little longer, and not at all where that is too long', async () => {
    const given = house({ primary: [down({ retry_after_ms: 20_000 }), ['ok']] });
    expect(await ask(given)).toBe('ok<finish primary>');
    expect(given.sleeps).toEqual([22_000]);
    const tooLong = house({ primary: [down({ retry_after_ms: 30_001 })] });
    await expect(ask(tooLong)).rejects.toMatchObject({ details: { retry_after_ms: 30_001 } });
    expect(tooLong.sleeps).toEqual([]);
  });

  it('asks another provider rather than wait for long', async () => {
    const given = house({ primary: [down({ retry_after_ms: 2_001 })], secondary: [['ok']] });
    expect(await ask(given)).toBe('ok<finish secondary>');
    const soon = house({ primary: [down({ retry_after_ms: 2_000 }), ['ok']], secondary: [] });
    expect(await ask(soon)).toBe('ok<finish primary>');
  });

  it('does not retry what cannot pass, but asks the next provider', async () => {
    const given = house({ primary: [down({ retryable: false, upstream_status: 401 })], secondary: [['ok']] });
    expect(await ask(given)).toBe('ok<finish secondary>');
    expect(given.sleeps).toEqual([]);
  });

  it('after something was said the next attempt begins with restart, also on the same provider', async () => {
    expect(await ask(house({ primary: [['a', ...down()], ['ok']] }))).toBe('a<restart primary>ok<finish primary>');
    expect(await ask(house({ primary: [['a', ...down({ retryable: false })]], secondary: [['ok']] }))).toBe(
      'a<restart secondary>ok<finish secondary>',
    );
  });

  it('tells of one restart, however many attempts say nothing in between', async () => {
    expect(await ask(house({ primary: [['a', ...down()], down(), ['ok']] }))).toBe('a<restart primary>ok<finish primary>');
  });

  it('when all have failed: the first provider’s error, and who was asked', async () => {
    const given = house({ primary: [down({ retryable: false, upstream_status: 401 })], secondary: [down({ retryable: false })] });
    await expect(ask(given)).rejects.toMatchObject({
      details: {
        upstream_status: 401,
        attempted: [
          { provider: 'primary', model: 'm', upstream_status: 401 },
          { provider: 'secondary', model: 'm', upstream_status: 500 },
        ],
      },
    });
  });

  it('a bug is no failure of a provider: it leaves as it is, and the provider is not blamed', async () => {
    const given = house({ primary: [[{ throws: new TypeError('bug') }]], secondary: [['ok']] });
    await expect(ask(given)).rejects.toThrow('bug');
    expect(given.router.health()[0]).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('an abort is no failure either', async () => {
    const controller = new AbortController();
    const given = house({ primary: [['a', { wait: () => new Promise(() => undefined) }]], secondary: [['ok']] });
    const read = async (): Promise<void> => {
      for await (const { type } of given.router.stream({ messages: [], tools: [] }, controller.signal))
        if (type === 'text') controller.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
    expect(given.router.health().map(({ failures }) => failures)).toEqual([0, 0]);
  });
});

describe('health', () => {
  const failing = { primary: [down(), down(), down(), down(), ['ok']], secondary: [['s1'], ['s2'], ['s3']] };

  it('an open circuit sends requests to the next provider at once; after a while one is let in again', async () => {
    const given = house(failing);
    expect(await ask(given)).toBe('s1<finish secondary>');
    expect(await ask(given)).toBe('s2<finish secondary>');
    expect(given.router.health()).toEqual([
      { name: 'primary', type: 'openai', model: 'm', state: 'open', failures: 4, last_error: 'is down' },
      { name: 'secondary', type: 'openai', model: 'm', state: 'closed', failures: 0, last_error: null },
    ]);
    expect(await ask(given)).toBe('s3<finish secondary>');
    expect(given.models.get('primary')?.requests).toHaveLength(4);
    given.pass(1_000);
    expect(given.router.health()[0]?.state).toBe('half_open');
    expect(await ask(given)).toBe('ok<finish primary>');
    expect(given.router.health()[0]).toMatchObject({ state: 'closed', failures: 0, last_error: null });
  });

  it('with all circuits open the first provider is asked once all the same', async () => {
    const given = house({ primary: [down(), down(), down(), down(), down(), ['ok']] });
    await expect(ask(given)).rejects.toThrow('is down');
    await expect(ask(given)).rejects.toThrow('is down');
    expect(given.router.health()[0]?.state).toBe('open');
    await expect(ask(given)).rejects.toThrow('is down');
    expect(given.models.get('primary')?.requests).toHaveLength(5);
    expect(await ask(given)).toBe('ok<finish primary>');
  });

  it('a request that is refused for what it says does not count against the provider', async () => {
    const given = house({ primary: Array.from({ length: 5 }, () => down({ retryable: false, upstream_status: 400 })) });
    for (let n = 0; n < 5; n += 1) await expect(ask(given)).rejects.toThrow('is down');
    expect(given.router.health()[0]).toMatchObject({ state: 'closed', failures: 0 });
  });
});
