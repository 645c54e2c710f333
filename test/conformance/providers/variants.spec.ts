import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '@openclaw/errors';
import { seededRandom } from '../../support/seeded-random.js';
import { modelFor, PATIENT, WIRES } from './providers.fixture.js';
import { variantOf, type Variant } from './variants.fixture.js';
import type { Wire } from './wire.types.js';

declare const VARIANTS: number | undefined;
declare const SEED: number | undefined;

/** Of each wire; more by `npm run test:variants -- --count 2000 --seed 7`. */
const count = typeof VARIANTS === 'number' ? VARIANTS : 100;
const seed = typeof SEED === 'number' ? SEED : 1;
const AT_ONCE = 16;
const RESET_MS = 100;

interface Outcome {
  readonly text: string;
  readonly calls: readonly string[];
  readonly error: string;
  readonly requests: number;
}

describe.each(WIRES)('replies of $type as servers send them', (wire) => {
  const variants = Array.from({ length: count }, (_, index) => variantOf(wire, seededRandom(seed * 1_000_003 + index)));
  const asked = new Map<number, number>();
  let server: Server;

  beforeAll(async () => {
    server = createServer((req, res) => {
      const index = Number(/^\/(\d+)\//.exec(req.url ?? '')?.[1] ?? -1);
      asked.set(index, (asked.get(index) ?? 0) + 1);
      const variant = variants[index];
      if (variant) req.resume().on('end', () => void send(res, variant));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it(`${String(count)} of seed ${String(seed)}: each is the right text or the right error, with at most one request too many`, async () => {
    const wrong: unknown[] = [];
    const next = variants.entries();
    const work = async (): Promise<void> => {
      for (const [index, variant] of next) {
        const outcome = await ask(wire, server, index, () => asked.get(index) ?? 0);
        const problem = problemOf(variant, outcome);
        if (problem !== null) wrong.push({ index, problem, done: variant.done, then: variant.then, expected: variant.expected, outcome });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(wrong).toEqual([]);
  }, 600_000);
});

async function send(res: ServerResponse, { headers, chunks, then }: Variant): Promise<void> {
  res.writeHead(200, headers);
  res.socket?.setNoDelay(true);
  for (const chunk of chunks) {
    if (res.destroyed) return;
    await new Promise((resolve) => res.write(chunk, resolve));
  }
  if (then === 'end') res.end();
  // A reset may overtake what the other side has not read yet; nothing can be done about that.
  if (then === 'reset') setTimeout(() => res.socket?.resetAndDestroy(), RESET_MS);
}

async function ask(wire: Wire, server: Server, index: number, requests: () => number): Promise<Outcome> {
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const primary = {
    type: wire.type,
    model: wire.model,
    api_key: 'k-0123456789',
    base_url: wire.baseUrl(`http://127.0.0.1:${String(port)}/${String(index)}`),
  };
  const model = modelFor({ primary }, PATIENT);
  let text = '';
  let calls: string[] = [];
  try {
    for await (const event of model.stream(
      { messages: [{ role: 'user', parts: [{ type: 'text', text: 'go' }] }], tools: [] },
      new AbortController().signal,
    )) {
      if (event.type === 'restart') [text, calls] = ['', []];
      if (event.type === 'text') text += event.text;
      if (event.type === 'tool_call') calls.push(event.call.argumentsJson);
    }
    return { text, calls, error: '', requests: requests() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { text, calls, error: `${error.message} ${JSON.stringify(error.details)}`, requests: requests() };
  } finally {
    await model.close();
  }
}

function problemOf({ expected }: Variant, outcome: Outcome): string | null {
  if ('error' in expected) {
    if (!expected.error.test(outcome.error) && !/could not be reached/.test(outcome.error)) return 'another end';
    return outcome.requests <= 2 ? null : 'too many requests';
  }
  if (outcome.error !== '') return 'an error';
  if (outcome.text !== expected.text) return 'another text';
  if (JSON.stringify(outcome.calls) !== JSON.stringify(expected.calls)) return 'other calls';
  return outcome.requests === 1 ? null : 'too many requests';
}
