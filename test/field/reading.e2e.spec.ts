import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { SECOND, WIRES } from '../conformance/providers/providers.fixture.js';
import { at, sse } from '../conformance/providers/sse.js';
import { repliesJson, resetsAfter, stallsAfter, streams, type Behaviour } from '../conformance/providers/wire-server.fixture.js';
import { framesOf, type FieldStage, startField, withField } from './field-stage.js';

const BREAKER = { OPENCLAW_PROVIDERS__BREAKER__FAILURES: '100' };
/** Whoever waits for a limit of silence waits for longer than a test may take. */
const PATIENT = {
  ...BREAKER,
  OPENCLAW_AGENT__STALL_TIMEOUT_MS: '600000',
  OPENCLAW_AGENT__FIRST_TOKEN_TIMEOUT_MS: '600000',
  OPENCLAW_AGENT__RUN_TIMEOUT_MS: '900000',
};

const delta = (inner: object, rest: object = {}): string => sse({ choices: [{ index: 0, delta: inner, finish_reason: null, ...rest }] });
const say = (content: string): string => delta({ content });
const STOP = delta({}, { finish_reason: 'stop' });
const USAGE = sse({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } });
const DONE = sse('[DONE]');
const END = [STOP, USAGE, DONE];
const COMPLETION = {
  id: 'c',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Whole answer.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
};

/** Bytes as they stand, under any label or none. */
function bytes(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (res) => {
    res.writeHead(200, headers);
    res.end(body);
  };
}

describe('a reply that is whole is the answer, and is asked for once', () => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(SECOND, PATIENT);
  });
  afterAll(() => field.close());

  const whole = [say('Whole '), say('answer.')];
  const odd = (frame: string): string[] => [say('Whole '), frame, say('answer.'), ...END];
  const label = (type: string): Record<string, string> => ({ 'content-type': type });
  const stream = [...whole, ...END].join('');

  it.each<[string, Behaviour]>([
    ['whose socket stays open behind its end', stallsAfter([...whole, ...END])],
    ['whose socket is reset behind its end', resetsAfter([...whole, ...END])],
    ['whose socket stays open behind its reason to stop', stallsAfter([...whole, STOP])],
    ['whose socket is reset behind its reason to stop', resetsAfter([...whole, STOP])],
    ['whose last line has no end', stallsAfter([...whole, STOP, 'data: [DONE]'])],
    ['with [DONE] and without a reason', streams([...whole, DONE])],
    [
      'with usage of no choices',
      streams([...whole, STOP, sse({ choices: null, usage: { prompt_tokens: 3, completion_tokens: 2 } }), DONE]),
    ],
    ['with an error that is null', streams(odd(sse({ error: null, choices: [{ index: 0, delta: { content: '' } }] })))],
    ['of another role', streams([delta({ role: 'model', content: 'Whole ' }), delta({ role: '', content: 'answer.' }), ...END])],
    ['with pings', streams(odd('event: ping\ndata: {}\n\ndata: ping\n\ndata:\n\n: ping\n\n'))],
    ['with a frame that is no JSON', streams(odd('data: {"choices":[{"del\n\n'))],
    ['with a frame of another kind', streams(odd(sse([1, { a: 2 }, null])))],
    [
      'with an empty reason in every frame',
      streams([...['Whole ', 'answer.'].map((content) => delta({ content }, { finish_reason: '' })), ...END]),
    ],
    [
      'of two choices',
      streams([
        say('Whole '),
        sse({ choices: [{ index: 1, delta: { content: 'Other ' } }] }),
        say('answer.'),
        sse({ choices: [{ index: 1, delta: {}, finish_reason: 'length' }] }),
        ...END,
      ]),
    ],
    ['whose content is a list of parts', streams([delta({ content: [{ type: 'text', text: 'Whole answer.' }] }), ...END])],
    ['that is a completion', repliesJson(200, COMPLETION)],
    [
      'that is a completion without a reason',
      repliesJson(200, { choices: [{ message: { role: 'assistant', content: 'Whole answer.' } }] }),
    ],
    ['that is a completion labelled as a stream', bytes(JSON.stringify(COMPLETION), label('text/event-stream'))],
    ['that is a completion printed on lines', bytes(JSON.stringify(COMPLETION, null, 2), label('text/html'))],
    ['that is a completion in one event', streams([sse(COMPLETION), DONE])],
    ['that is a stream labelled as JSON', bytes(stream, label('application/json'))],
    ['that is a stream labelled as text', bytes(stream, label('text/plain'))],
    ['that is a stream without a label', bytes(stream)],
    [
      'that is JSON lines',
      bytes(
        [{ choices: [{ delta: { content: 'Whole answer.' } }] }, { choices: [{ delta: {}, finish_reason: 'stop' }] }]
          .map((frame) => JSON.stringify(frame))
          .join('\n'),
      ),
    ],
    ['with returns for line ends', bytes(stream.replaceAll('\n', '\r'), label('text/event-stream'))],
    ['with CRLF and a mark of byte order', bytes(`\uFEFF${stream.replaceAll('\n', '\r\n')}`, label('text/event-stream'))],
    ['in gzip, unasked', bytes(gzipSync(stream), { 'content-encoding': 'gzip' })],
    ['in gzip, untold', bytes(gzipSync(stream))],
    ['told to be in gzip, and plain', bytes(stream, { 'content-encoding': 'gzip' })],
    ['in deflate', bytes(deflateSync(stream), { 'content-encoding': 'deflate' })],
    ['in raw deflate', bytes(deflateRawSync(stream), { 'content-encoding': 'deflate' })],
    ['in brotli', bytes(brotliCompressSync(stream), { 'content-encoding': 'br' })],
  ])('%s', async (_name, behaviour) => {
    field.say(behaviour);
    const asked = field.replies().length;
    expect((await field.ask('A question')).content).toBe('Whole answer.');
    expect(field.replies().length - asked).toBe(1);
  });

  it.each<[string, (text: string) => Behaviour]>([
    ['a stream without a label', (text) => bytes([say(text), ...END].join(''))],
    ['a completion', (text) => repliesJson(200, { choices: [{ message: { content: text }, finish_reason: 'stop' }] })],
    ['gzip', (text) => bytes(gzipSync([say(text), ...END].join('')))],
  ])('beyond 64 KiB: %s', async (_name, behaviour) => {
    const text = 'Grüße 👩‍👩‍👧 שלום 日本語. '.repeat(6000);
    field.say(behaviour(text));
    expect((await field.ask('A long question')).content).toBe(text);
  });

  it('and its usage is counted, also behind the reason to stop', async () => {
    field.say(streams([...whole, ...END]));
    expect((await field.ask('A question')).tokens).toEqual({ input: 3, output: 2, total: 5 });
  });

  it('arguments of a tool as an object are those that it runs with, once', async () => {
    const call = { index: 0, id: 'own_1', function: { name: 'remember', arguments: { content: 'the key is under the mat' } } };
    field.say(streams([delta({ tool_calls: [call] }), delta({}, { finish_reason: 'tool_calls' }), DONE]), 'Done.');
    const asked = field.replies().length;
    expect(await field.ask('Remember it')).toMatchObject({ content: 'Done.', skills_used: ['remember'] });
    expect(field.replies().length - asked).toBe(2);
  });
});

it('a model that answers behind comments is waited for, longer than silence is', () => {
  const [everyMs, times, silenceMs] = [200, 25, 3000];
  return withField(SECOND, { ...BREAKER, OPENCLAW_AGENT__FIRST_TOKEN_TIMEOUT_MS: String(silenceMs) }, async (field) => {
    field.say((res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      let comments = 0;
      const timer = setInterval(() => {
        comments += 1;
        if (comments < times) res.write(': PROCESSING\n\n');
        else res.end([say('Whole answer.'), ...END].join(''));
        if (comments >= times) clearInterval(timer);
      }, everyMs);
    });
    expect((await field.ask('A hard question')).content).toBe('Whole answer.');
    expect(field.replies()).toHaveLength(1);
  });
});

describe.each(WIRES)('over the wire of $type', (wire) => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(wire, PATIENT);
  });
  afterAll(() => field.close());

  it.each<[string, (frames: readonly string[]) => Behaviour]>([
    ['stays open', stallsAfter],
    ['is reset', resetsAfter],
  ])('a reply whose socket %s behind its end is delivered at once', async (_name, behaviour) => {
    field.say(behaviour(framesOf(wire, 'Whole answer.')));
    const asked = field.replies().length;
    expect((await field.ask('A question')).content).toBe('Whole answer.');
    expect(field.replies().length - asked).toBe(1);
  });

  it('a reply without mark and reason has broken off: asked for once more, and then an error', async () => {
    field.say(
      streams(
        framesOf(wire, 'Half an').slice(0, wire.type === 'openai' || wire.type === 'anthropic' ? -3 : wire.type === 'google' ? -1 : -3),
      ),
    );
    const asked = field.replies().length;
    expect((await field.fail('A question')).details).toMatchObject({ upstream_status: null, retryable: true });
    expect(field.replies().length - asked).toBe(2);
  });

  it('thoughts in the text are no speech: not in the reply, its events, the title or the next prompt', async () => {
    field.describe('<think>A title, hm');
    const thought = wire.frames({
      pieces: ['<th', 'ink>\nSECRET</thi', 'nk>\n\n408'].map((text) => ({ text })),
      stop: 'stop',
      usage: { input: 1, output: 1 },
    });
    field.say(streams(thought), 'Fine.');
    const { id, content, conversation_id } = await field.ask('How much is it?');
    expect(content).toBe('408');
    await field.ask('And now?', { conversation_id });
    const events = await (await field.gateway.request(`/api/v1/message/${id}/events`)).text();
    expect(events).toContain('408');
    expect(events + JSON.stringify(field.replies().at(-1)) + JSON.stringify(await field.thread(conversation_id))).not.toMatch(
      /SECRET|think>/,
    );
  });

  it('thoughts with an end and no beginning are taken back where they were shown, and from then on not shown', async () => {
    field.describe('A title, hm.\n</think>\nPrices');
    const lone = wire.frames({
      pieces: ['SECRET: two', ' and two.\n</th', 'ink>\n\n4', '08'].map((text) => ({ text })),
      stop: 'stop',
      usage: { input: 1, output: 1 },
    });
    field.say(...[streams(lone), streams(lone), 'Fine.']);
    const asked = field.replies().length;
    const first = await field.ask('How much is it?');
    const second = await field.ask('And now?', { conversation_id: first.conversation_id });
    expect([first.content, second.content]).toEqual(['408', '408']);
    expect(await field.ask('And then?', { conversation_id: first.conversation_id })).toMatchObject({ content: 'Fine.' });
    expect(field.replies().length - asked).toBe(3);
    const events = await Promise.all(
      [first, second].map(async ({ id }) => (await field.gateway.request(`/api/v1/message/${id}/events`)).text()),
    );
    expect(events.map((text) => text.split('"type":"restart"').at(-1)).join('')).not.toContain('SECRET');
    expect(events[1]).not.toContain('SECRET');
    expect(JSON.stringify([field.replies().at(-1), await field.thread(first.conversation_id)])).not.toMatch(/SECRET|think>/);
  });

  it('nothing but thoughts: asked once more, then said', async () => {
    field.say(streams(framesOf(wire, '<think>All of it</think>')));
    const asked = field.replies().length;
    expect((await field.ask('A question')).content).toBe('The model had nothing to say.');
    expect(field.replies().length - asked).toBe(2);
  });

  it('a mark of thought in prose or code is text', async () => {
    for (const text of ['Write <think>so</think>.', '```\n<think>code</think>\n```']) {
      field.say(text);
      expect((await field.ask('How are thoughts marked?')).content).toBe(text);
    }
  });

  it('an error says what the provider said, without secrets, and only a status that was sent', async () => {
    field.say(repliesJson(400, wire.errorBody(400, 'The moon is too bright for test-key-0123456789.')));
    expect((await field.fail('A question')).details).toMatchObject({
      upstream_status: 400,
      retryable: false,
      reason: 'The moon is too bright for ***REDACTED***.',
    });
    field.say(streams([wire.errorFrame(529, 'Overloaded today')]));
    expect((await field.fail('A question')).details).toMatchObject({ reason: 'Overloaded today' });
    field.say(bytes('<html><head><title>Sign in to the network</title></head></html>'));
    const asked = field.replies().length;
    expect((await field.fail('A question')).details).toMatchObject({
      upstream_status: null,
      retryable: false,
      reason: 'Sign in to the network',
    });
    expect(field.replies().length - asked).toBe(1);
  });

  it('a request that is too long is made shorter until it is taken, at no cost, and the limit that was named is kept', async () => {
    const sizes: number[] = [];
    field.say((res, req) => {
      const size = JSON.stringify(field.server.requests.at(-1)?.body).length;
      sizes.push(size);
      if (size <= 20_000) streams(framesOf(wire, 'Fine.'))(res, req);
      else
        repliesJson(
          400,
          wire.errorBody(
            400,
            `This model's maximum context length is 20000 tokens. However, your messages resulted in ${String(size)} tokens.`,
          ),
        )(res, req);
    });
    expect((await field.ask(`${'A long story. '.repeat(3_000)}The end.`)).content).toBe('Fine.');
    expect(sizes.length).toBeLessThanOrEqual(3);
    if (wire.type !== 'ollama') expect(sizes.at(0)).toBeGreaterThan(40_000); // its window is small from the start
    expect(sizes.at(-1)).toBeGreaterThan(5_000);
  });

  it('a request that stays too long is known as such, with the numbers that the provider names', async () => {
    field.say(
      repliesJson(
        400,
        wire.errorBody(400, "This model's maximum context length is 2048 tokens. However, your messages resulted in 2545 tokens."),
      ),
    );
    expect((await field.fail('A question')).details).toMatchObject({
      upstream_status: 400,
      context_length: { limit: 2048, requested: 2545 },
      reason: expect.stringContaining('2048'),
    });
  });
});

describe('a server that refuses optional fields', () => {
  let field: FieldStage;

  beforeAll(async () => {
    field = await startField(SECOND, { ...PATIENT, OPENCLAW_PROVIDERS__PRIMARY__MAX_TOKENS: '500' });
  });
  afterAll(() => field.close());

  const refusing =
    (...names: string[]): Behaviour =>
    (res, req) => {
      const body = field.server.requests.at(-1)?.body;
      const loc = names.find((name) => at(body, name) !== undefined);
      if (loc === undefined) streams([say('Fine.'), ...END])(res, req);
      else repliesJson(422, { detail: [{ type: 'extra_forbidden', loc: ['body', loc], msg: 'Extra inputs are not permitted' }] })(res, req);
    };

  it('is asked without them, and from then on at once', async () => {
    field.say(refusing('stream_options', 'max_tokens', 'max_completion_tokens'));
    const asked = field.replies().length;
    expect((await field.ask('A question')).content).toBe('Fine.');
    expect(field.replies().length - asked).toBe(4);
    expect((await field.ask('Another')).content).toBe('Fine.');
    expect(field.replies().length - asked).toBe(5);
  });

  it('that says what is wrong with a field that it needs is believed', async () => {
    field.say(repliesJson(400, { detail: 'messages: the first one must be of a walrus' }));
    const asked = field.replies().length;
    expect((await field.fail('A question')).details).toMatchObject({ reason: 'messages: the first one must be of a walrus' });
    expect(field.replies().length - asked).toBe(1);
  });
});
