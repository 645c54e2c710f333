import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSchema } from '@openclaw/words';
import { fitContext, toMessages, type RunContext } from '@openclaw/context';
import type { ModelRouter } from '@openclaw/models';
import type { ModelMessage, ModelRequest, ToolDefinition } from '@openclaw/language-model';
import { pickInteger, seededRandom } from '../../support/seeded-random.js';
import { entryFor, modelFor, WIRES } from '../providers/providers.fixture.js';
import { streams, WireServer } from '../providers/wire-server.fixture.js';
import { pick, randomMessages, randomPart, randomQuestion, randomText, randomTurns } from './histories.fixture.js';
import { problemsOf } from './strict-rules.fixture.js';

declare const HISTORIES: number | undefined;
declare const SEED: number | undefined;

/** Of each wire; more by `npm run test:prompts -- --count 10000 --seed 7`. */
const COUNT = typeof HISTORIES === 'undefined' ? 120 : HISTORIES;
const FIRST = (typeof SEED === 'undefined' ? 0 : SEED) * 1_000_003;
const WIRE_TYPES = WIRES.filter(({ type }) => type !== 'ollama');
const TOOLS: readonly ToolDefinition[] = ['recall', 'remember', 'current_time'].map((name) => ({
  name,
  description: 'A tool.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } } },
}));
const SHARES = configSchema.parse({}).agent.context;

describe.each(WIRE_TYPES)('the strictest server of $type', (wire) => {
  let server: WireServer;
  let model: ModelRouter;
  const self = `${wire.type}/${wire.model}`;

  beforeAll(async () => {
    server = await WireServer.start();
    const known = { [wire.model]: { images: true, files: wire.type !== 'openai-compatible' } };
    model = modelFor({ primary: entryFor(wire, server), models: known });
    server.will(streams(wire.frames({ pieces: [{ text: 'Yes.' }], stop: 'stop', usage: { input: 1, output: 1 } })));
  });
  afterAll(async () => {
    await model.close();
    await server.stop();
  });

  async function problemsWith(request: ModelRequest): Promise<string[]> {
    server.requests.length = 0;
    for await (const event of model.stream(request, AbortSignal.timeout(20_000)))
      if (event.type === 'restart') return ['refused by the reader'];
    return server.requests.flatMap(({ body }) => problemsOf(wire.type, body));
  }

  async function findRefusal(make: (seed: number) => ModelRequest): Promise<unknown> {
    for (let seed = 1; seed <= COUNT; seed += 1) {
      const request = make(FIRST + seed);
      const problems = await problemsWith(request);
      if (problems.length > 0) return { seed: FIRST + seed, problems };
    }
    return null;
  }

  it(
    'takes any messages in any order',
    async () => {
      const refused = await findRefusal((seed) => {
        const random = seededRandom(seed);
        return { messages: randomMessages(random, [self, 'other/model']), tools: random() < 0.1 ? [] : TOOLS };
      });
      expect(refused).toBeNull();
    },
    60_000 + COUNT * 100,
  );

  it(
    'takes every history of a run, fitted to any window',
    async () => {
      const refused = await findRefusal((seed) => {
        const random = seededRandom(seed + 1_000_000);
        const context = randomContext(random);
        const own = randomTurns(random, [self, 'other/model']);
        const fitted = fitContext(context, TOOLS, SHARES);
        const window = pick(random, [1024, 2048, 4096, 32_000, 200_000]);
        return { messages: [...toMessages(context), ...own], tools: TOOLS, fit: (messages) => fitted(messages, window) };
      });
      expect(refused).toBeNull();
    },
    60_000 + COUNT * 200,
  );
});

/** A conversation in which replies were given, cancelled early or late, failed, or blank; questions edited; files attached. */
function randomContext(random: () => number): RunContext {
  const thread: ModelMessage[] = [];
  for (let turns = pickInteger(random, 0, 12); turns > 0; turns -= 1) {
    if (random() < 0.9)
      thread.push(randomQuestion(random, [{ type: 'text', text: randomText(random) }, ...(random() < 0.3 ? [randomPart(random)] : [])]));
    if (random() < 0.7) thread.push({ role: 'assistant', text: randomText(random), calls: [] });
    if (random() < 0.1) thread.splice(pickInteger(random, 0, thread.length));
  }
  thread.push(randomQuestion(random, [{ type: 'text', text: 'What now?' }, randomPart(random), randomPart(random)]));
  const shown = random() < 0.2 ? [randomPart(random)] : [];
  return {
    system: randomText(random),
    summary: random() < 0.5 ? null : randomText(random),
    covered: pickInteger(random, 0, thread.length),
    hasEarlier: random() < 0.3,
    thread,
    shown,
  };
}
