import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runAgent, type AgentOutcome } from '@openclaw/agent';
import { defineTool } from '@openclaw/feature';
import type { RunEventDraft } from '@openclaw/words';
import type { ModelTimeouts } from '@openclaw/models';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { z } from 'zod';
import { entryFor, HurriedClock, modelFor, PATIENT, SECOND, WIRES } from './providers.fixture.js';
import { selfSigned } from './self-signed.fixture.js';
import { sse } from './sse.js';
import { neverAnswers, repliesJson, resetsAfter, stallsAfter, streams, WireServer, type Behaviour } from './wire-server.fixture.js';
import type { Wire, WirePiece, WireReply } from './wire.types.js';

const USAGE = { input: 3, output: 2 };
const IMPATIENT: ModelTimeouts = { connectMs: 5_000, firstTokenMs: 300, stallMs: 150 };
const ATTEMPTS = 2;
/** No case may take longer, pauses apart: three attempts and their limits. */
const BOUND_MS = 3_000;

interface Run {
  readonly outcome: AgentOutcome;
  readonly events: readonly RunEventDraft[];
  readonly clock: HurriedClock;
  readonly tookMs: number;
}

describe.each(WIRES.map((wire) => [wire.type, wire] as const))('%s', (_type, wire) => {
  let first: WireServer;
  let second: WireServer;

  beforeAll(async () => {
    [first, second] = await Promise.all([WireServer.start(), WireServer.start()]);
  });
  beforeEach(() => {
    second.will(streams(SECOND.frames(reply({ text: 'from the second' }))));
  });
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
  });

  const alone = (timeouts: ModelTimeouts = PATIENT): Promise<Run> => answer({ primary: entryFor(wire, first) }, timeouts);
  const withSecond = (timeouts: ModelTimeouts = PATIENT): Promise<Run> =>
    answer({ primary: entryFor(wire, first), secondary: entryFor(SECOND, second) }, timeouts);
  const whole = wire.frames(reply({ text: 'Hel' }, { text: 'lo' }));
  const untilText = whole.slice(0, whole.findIndex((frame) => frame.includes('Hel')) + 1);

  describe.each(failures(wire, untilText))('$name', ({ behaviour, timeouts, status, retried, shown, tier }) => {
    it('alone: the attempts that are due, then one error that names the provider', async () => {
      first.will(behaviour);
      const { outcome, events, tookMs } = await alone(timeouts);
      expect(outcome).toMatchObject({ status: 'failed', fault: { code: 'upstream_error' } });
      expect(detailsOf(outcome)).toMatchObject({
        provider: wire.type,
        upstream_status: status,
        retryable: retried,
        ...(tier ? { tier } : {}),
      });
      expect(first.requests).toHaveLength(retried ? ATTEMPTS : 1);
      expect(events.filter(({ type }) => type === 'restart')).toHaveLength(shown ? ATTEMPTS - 1 : 0);
      expect(tookMs).toBeLessThan(BOUND_MS);
    });

    it('with another provider: its reply, and a restart only where something was shown', async () => {
      first.will(behaviour);
      const { outcome, events, tookMs } = await withSecond(timeouts);
      expect(outcome).toMatchObject({ status: 'completed', content: 'from the second', model: 'openai-compatible/second-model' });
      expect(textSinceRestart(events)).toBe('from the second');
      expect(events.some(({ type }) => type === 'restart')).toBe(shown);
      expect(tookMs).toBeLessThan(BOUND_MS);
    });
  });

  it('429 with Retry-After: waits that long, never less, and then goes on', async () => {
    first.will(repliesJson(429, wire.errorBody(429, 'slow down'), { 'retry-after': '7' }), streams(whole));
    const { outcome, clock } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'Hello' });
    expect(clock.sleeps).toEqual([7_000]);
  });

  it('429 with a Retry-After beyond all patience: fails at once and says for how long', async () => {
    first.will(repliesJson(429, wire.errorBody(429, 'slow down'), { 'retry-after': '3600' }));
    const { outcome, clock } = await alone();
    expect(detailsOf(outcome)).toMatchObject({ upstream_status: 429, retry_after_ms: 3_600_000 });
    expect([clock.sleeps, first.requests.length]).toEqual([[], 1]);
  });

  it('429 with Retry-After and another provider: asks that one instead of waiting', async () => {
    first.will(repliesJson(429, wire.errorBody(429, 'slow down'), { 'retry-after': '7' }));
    const { outcome, clock } = await withSecond();
    expect(outcome).toMatchObject({ status: 'completed', content: 'from the second' });
    expect(clock.sleeps).toEqual([]);
  });

  it('a failure that passes is invisible: the second attempt answers', async () => {
    first.will(repliesJson(500, wire.errorBody(500, 'oops')), streams(whole));
    const { outcome, events } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'Hello' });
    expect(events.every(({ type }) => type === 'token')).toBe(true);
  });

  it('an empty reply: asked once more, then said to be one', async () => {
    first.will(streams(wire.frames(reply())));
    const { outcome } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'The model had nothing to say.' });
    expect(first.requests).toHaveLength(2);
  });

  it('an empty reply and another provider: asks that one', async () => {
    first.will(streams(wire.frames(reply())));
    expect((await withSecond()).outcome).toMatchObject({ status: 'completed', content: 'from the second' });
    expect(first.requests).toHaveLength(1);
  });

  it('a tool call with bad arguments: the model is told what was wrong and may try again', async () => {
    first.will(streams(wire.frames(asksFor('get_weather', '{"city":42}'))), streams(whole));
    const { outcome, events } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'Hello', skillsUsed: [] });
    expect(events).toContainEqual(expect.objectContaining({ type: 'skill_result', skill: 'get_weather', status: 'failed' }));
    expect(wire.read(first.requests[1]?.body).results.join()).toContain('city');
  });

  it('a tool call with half arguments: never run, and the conversation goes on', async () => {
    first.will(streams(wire.frames(asksFor('get_weather', '{"city":"Par'))), streams(whole));
    const { outcome, events } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'Hello', skillsUsed: [] });
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'skill_result', status: 'completed' }));
    expect(first.requests).toHaveLength(2);
  });

  it('a tool call that breaks off: not run, asked again', async () => {
    const frames = wire.frames(asksFor('get_weather', '{"city":"Paris"}'));
    first.will(resetsAfter(frames.slice(0, -3)), streams(whole));
    const { outcome, events } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'Hello', skillsUsed: [] });
    expect(events.map(({ type }) => type)).not.toContain('skill_call');
  });

  it('an unknown tool: the model is told which there are', async () => {
    first.will(streams(wire.frames(asksFor('launch_rocket', '{}'))), streams(whole));
    const { outcome } = await alone();
    expect(outcome).toMatchObject({ status: 'completed', content: 'Hello', skillsUsed: [] });
    expect(wire.read(first.requests[1]?.body).results.join()).toMatch(/launch_rocket[\s\S]*get_weather/);
  });

  it('a certificate that fails: no second attempt, an error that says so, the next provider', async () => {
    const unvouched = await WireServer.start(selfSigned);
    unvouched.will(streams(whole));
    const primary = entryFor(wire, unvouched);
    const { outcome } = await answer({ primary });
    expect(outcome).toMatchObject({ status: 'failed', fault: { message: expect.stringContaining('certificate') } });
    expect(detailsOf(outcome)).toMatchObject({ upstream_status: null, retryable: false });
    expect((await answer({ primary, secondary: entryFor(SECOND, second) })).outcome).toMatchObject({ content: 'from the second' });
    expect(unvouched.requests).toHaveLength(0);
    await unvouched.stop();
  });

  it('a redirect is not followed: the key goes where the configuration says and nowhere else', async () => {
    first.will(repliesJson(307, {}, { location: second.origin }));
    const asked = second.requests.length;
    const { outcome } = await alone();
    expect(detailsOf(outcome)).toMatchObject({ upstream_status: 307, retryable: false });
    expect([first.requests.length, second.requests.length]).toEqual([1, asked]);
  });

  it('nobody there: retried, then told how to look', async () => {
    const gone = await WireServer.start();
    const primary = entryFor(wire, gone);
    await gone.stop();
    const { outcome, clock } = await answer({ primary });
    expect(detailsOf(outcome)).toMatchObject({ upstream_status: null, retryable: true });
    expect(clock.sleeps).toHaveLength(ATTEMPTS - 1);
  });
});

it('a connection that does not open: an error that names the tier, whoever the provider is', async () => {
  const deaf = createServer().listen(0, '127.0.0.1'); // takes the connection and never answers the TLS handshake
  await once(deaf, 'listening');
  const address = deaf.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const primary = { type: SECOND.type, model: SECOND.model, api_key: '', base_url: `https://127.0.0.1:${String(port)}/v1` };
  const { outcome, tookMs } = await answer({ primary }, { ...PATIENT, connectMs: 100 });
  expect(detailsOf(outcome)).toMatchObject({ tier: 'connect', limit_ms: 100, retryable: true });
  expect(tookMs).toBeLessThan(2 * BOUND_MS); // the HTTP client looks at its connect timeout once in half a second
  deaf.close();
});

interface Failure {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly timeouts?: ModelTimeouts;
  readonly status: number | null;
  readonly retried: boolean;
  readonly shown: boolean;
  readonly tier?: string;
}

function failures(wire: Wire, untilText: readonly string[]): Failure[] {
  const http = (status: number, retried: boolean): Failure => {
    return { name: String(status), behaviour: repliesJson(status, wire.errorBody(status, 'no')), status, retried, shown: false };
  };
  const midway = { status: null, retried: true, shown: true };
  const before = { status: null, retried: true, shown: false };
  return [
    http(401, false),
    http(400, false),
    { ...http(429, true), name: '429 without Retry-After' },
    http(500, true),
    http(529, true),
    { name: 'an error page of a proxy', behaviour: repliesJson(503, '<html>unavailable</html>'), status: 503, retried: true, shown: false },
    { name: 'a reset midway', behaviour: resetsAfter(untilText), ...midway },
    { name: 'a stall', behaviour: stallsAfter(untilText), timeouts: IMPATIENT, tier: 'stall', ...midway },
    { name: 'silence', behaviour: neverAnswers, timeouts: IMPATIENT, tier: 'first_token', ...before },
    { name: 'a stream without an end', behaviour: streams(untilText), ...midway },
    { name: 'malformed JSON', behaviour: streams([...untilText, sse('{"type":')]), ...midway },
    { name: 'JSON of another shape', behaviour: streams([sse([1, 2, 3])]), status: null, retried: false, shown: false },
    { name: 'an empty stream', behaviour: streams([]), ...before },
    {
      name: 'a 200 with an error body',
      behaviour: repliesJson(200, wire.errorBody(429, 'slow down')),
      status: 429,
      retried: true,
      shown: false,
    },
    { name: 'a 200 with no stream at all', behaviour: repliesJson(200, '{"ok":true}'), status: null, retried: false, shown: false },
    {
      name: 'an error in the stream',
      behaviour: streams([...untilText, wire.errorFrame(500, 'oops')]),
      status: 500,
      retried: true,
      shown: true,
    },
  ];
}

async function answer(providers: NonNullable<Parameters<typeof modelFor>[0]>, timeouts: ModelTimeouts = PATIENT): Promise<Run> {
  const clock = new HurriedClock();
  const model = modelFor({ ...providers, retry: { attempts: ATTEMPTS } }, timeouts, clock);
  const events: RunEventDraft[] = [];
  const startedAt = performance.now();
  const nothing = (): Promise<void> => Promise.resolve();
  const outcome = await runAgent({
    run: { id: 'msg_1', attempt: 1 },
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'What is the weather in Paris?' }] }],
    model,
    tools: [
      defineTool({
        name: 'get_weather',
        description: 'The weather in a city',
        input: z.strictObject({ city: z.string() }),
        scope: 'message',
        retry: 'safe',
        execute: () => Promise.resolve('sunny'),
      }),
    ],
    journal: { steps: [], recordStep: nothing, beginCall: nothing, endCall: nothing },
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    limits: {
      turnsMax: 5,
      runTimeoutMs: 20_000,
      toolTimeoutMs: 1_000,
      toolResultCharacters: 1_000,
      toolArgumentsCharacters: 10_000,
      callsPerTurnMax: 8,
      turnCharactersMax: 10_000,
    },
  });
  await model.close();
  return { outcome, events, clock, tookMs: performance.now() - startedAt };
}

function reply(...pieces: WirePiece[]): WireReply {
  return { pieces, stop: 'stop', usage: USAGE };
}

function asksFor(name: string, args: string): WireReply {
  return { pieces: [{ call: { id: 'call_1', name, fragments: [args] } }], stop: 'tool_calls', usage: USAGE };
}

function detailsOf(outcome: AgentOutcome): unknown {
  return outcome.status === 'failed' ? outcome.fault.details : outcome;
}

function textSinceRestart(events: readonly RunEventDraft[]): string {
  const since = events.slice(events.findLastIndex(({ type }) => type === 'restart') + 1);
  return since.flatMap((event) => (event.type === 'token' ? [event.content] : [])).join('');
}
