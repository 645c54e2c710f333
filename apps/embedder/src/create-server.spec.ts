import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createEmbedderServer } from './create-server.js';
import type { Engine } from './engine.types.js';

/** An engine whose texts wait until the test lets them go. */
class HeldEngine implements Engine {
  readonly model = 'held';
  readonly dimensions = 2;
  readonly begun: string[] = [];
  readonly #held: (() => void)[] = [];
  isHolding = false;

  async embed(text: string, isQuery: boolean): Promise<Float32Array> {
    this.begun.push(text);
    if (this.isHolding)
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    if (text === 'fails') throw new Error('the engine failed');
    return Float32Array.of(text.length, isQuery ? 1 : 0);
  }

  letGo(): void {
    this.isHolding = false;
    for (const go of this.#held.splice(0)) go();
  }

  async hasBegun(count: number): Promise<void> {
    while (this.begun.length < count)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  }
}

describe('the embedder', () => {
  let server: Server;
  let url: string;

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function start(engine: Engine | string): Promise<void> {
    server = createEmbedderServer(engine).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${String(typeof address === 'object' && address ? address.port : 0)}`;
  }
  const post = (body: unknown, signal: AbortSignal | null = null): Promise<Response> =>
    fetch(`${url}/v1/embeddings`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), signal });

  it('200: vectors in the order of the texts, as OpenAI’s clients read them, of a question or of entries', async () => {
    await start(new HeldEngine());
    const answer = await post({ model: 'anything', input: ['one', 'three'], user: 'somebody' });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        object: 'list',
        model: 'held',
        usage: { prompt_tokens: 0, total_tokens: 0 },
        data: [
          { object: 'embedding', index: 0, embedding: [3, 0] },
          { object: 'embedding', index: 1, embedding: [5, 0] },
        ],
      },
    ]);
    expect(await (await post({ input: 'what?', input_type: 'query' })).json()).toMatchObject({ data: [{ embedding: [5, 1] }] });
    expect(await (await post({ input: 'x', encoding_format: 'base64' })).json()).toMatchObject({
      data: [{ embedding: Buffer.from(Float32Array.of(1, 0).buffer).toString('base64') }],
    });
    expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'held' }] });
  });

  it.each<[number, unknown]>([
    [400, 'no json'],
    [400, 'null'],
    [400, []],
    [400, {}],
    [400, { input: [] }],
    [400, { input: [1] }],
    [400, { input: { text: 'x' } }],
    [400, { input: Array(257).fill('x') }],
    [413, { input: 'x'.repeat(5_000_000) }],
    [500, { input: 'fails' }],
    [500, { input: ['fine', 'fails'] }],
  ])('%i: a request that is not sane, or fails, is answered, and the next one is served', async (status, body) => {
    await start(new HeldEngine());
    expect((await post(body)).status).toBe(status);
    expect((await post({ input: 'x' })).status).toBe(200);
  });

  it('404: anything else', async () => {
    await start(new HeldEngine());
    for (const path of ['/', '/v1/embeddings', '/v1/chat/completions', '/../etc/passwd'])
      expect((await fetch(url + path)).status).toBe(404);
  });

  it('health answers and a question is embedded while entries are in work', async () => {
    const engine = new HeldEngine();
    await start(engine);
    engine.isHolding = true;
    const entries = post({ input: ['a', 'b', 'c'] });
    await engine.hasBegun(1);
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', model: 'held' });
    const question = post({ input: 'why?', input_type: 'query' });
    await engine.hasBegun(2);
    expect(engine.begun).toEqual(['a', 'why?']);
    engine.letGo();
    expect([(await question).status, (await entries).status]).toEqual([200, 200]);
  });

  it('what nobody waits for any more is not embedded', async () => {
    const engine = new HeldEngine();
    await start(engine);
    engine.isHolding = true;
    const leaving = new AbortController();
    const left = post({ input: ['a', 'b', 'c'] }, leaving.signal).catch(() => null);
    await engine.hasBegun(1);
    leaving.abort();
    await left;
    while (
      (await new Promise<number>((resolve, reject) => {
        server.getConnections((err, count) => {
          if (err) reject(err);
          else resolve(count);
        });
      })) > 0
    )
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    engine.letGo();
    expect((await post({ input: 'next' })).status).toBe(200);
    expect(engine.begun).toEqual(['a', 'next']);
  });

  it('429: more texts than may wait', async () => {
    const engine = new HeldEngine();
    await start(engine);
    engine.isHolding = true;
    const waiting = [1, 2].map(() => post({ input: Array(256).fill('x') }));
    await engine.hasBegun(1);
    const statuses = await Promise.race([Promise.all([post({ input: Array(256).fill('x') }), post({ input: Array(256).fill('x') })])]);
    expect(statuses.map(({ status }) => status)).toContain(429);
    engine.letGo();
    await Promise.all(waiting);
  });

  it('503: without an engine it says why, and is healthy', async () => {
    await start('This processor has no AVX2, which the engine needs.');
    expect(await (await fetch(`${url}/health`)).json()).toEqual({
      status: 'unavailable',
      reason: 'This processor has no AVX2, which the engine needs.',
    });
    const answer = await post({ input: 'x' });
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { error: { message: 'This processor has no AVX2, which the engine needs.', code: 'unavailable' } },
    ]);
  });
});
