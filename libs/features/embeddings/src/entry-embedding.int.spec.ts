import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@openclaw/telemetry';
import { configSchema, type EmbeddingsConfig } from '@openclaw/words';
import { NO_PROXIES } from '@openclaw/net';
import { captureLog, type CapturedLog } from '../../../../test/support/captured-log.js';
import { type EmbeddingsServer, startEmbeddingsServer, TROUBLES, well } from '../../../../test/support/embeddings-server.js';
import { createTestServices, type TestServices } from '../../../../test/support/test-services.js';
import { WorkStage } from '../../../../test/support/work-stage.js';
import { embedEntries, lookForEntries } from './embed-entries.job.js';
import { EmbeddingQueueStore } from './embedding-queue.store.js';
import { EntryEmbedding } from './entry-embedding.js';
import { LiveEmbedder } from './live-embedder.js';

const NEVER = new AbortController().signal;
const WRITE = `INSERT INTO memory_entries (id, person, kind, author, at, body, checksum, terms, length, flags, provenance, importance)
SELECT ('0195d2a0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'owner', 'fact', 'ann', now(), 'text ' || n, sha256(convert_to('text ' || n, 'UTF8')), '', 1, 0, 'owner', 0.5
FROM generate_series($1::int, $2::int) AS n`;

describe('embedding entries', () => {
  let services: TestServices;
  let stage: WorkStage;
  let server: EmbeddingsServer;
  let live: LiveEmbedder;
  let log: CapturedLog;
  let config: EmbeddingsConfig;
  let queue: EmbeddingQueueStore;

  const configure = (change: object): void => {
    config = configSchema.parse({
      memory: { embeddings: { provider: 'openai-compatible', base_url: server.url, model: 'm', batch: 4, timeout_ms: 500, ...change } },
    }).memory.embeddings;
  };
  const embed = (signal = NEVER): Promise<void> => new EntryEmbedding({ store: queue, live, logger: log.logger }).work(signal);
  const write = (from: number, to: number): Promise<unknown> => services.sql(WRITE, [from, to]);
  const vectors = async (): Promise<string[]> =>
    (
      await services.sql<{ what: string }>(`SELECT right(v.entry_id::text, 2) || ' ' || e.name || ' ' || vector_dims(v.embedding) AS what
      FROM memory_vectors v JOIN memory_embedders e ON e.id = v.embedder_id ORDER BY v.entry_id, e.name`)
    ).map(({ what }) => what);
  const waiting = async (): Promise<number> => (await services.sql('SELECT 1 FROM memory_unembedded WHERE failures < 3')).length;

  beforeAll(async () => {
    services = await createTestServices();
    stage = new WorkStage(services);
    queue = new EmbeddingQueueStore(stage.database);
  });
  afterAll(async () => {
    await stage.close();
    await services.close();
  });
  beforeEach(async () => {
    server = await startEmbeddingsServer();
    log = captureLog();
    configure({});
    live = new LiveEmbedder({ config: () => ({ embeddings: config }), proxies: NO_PROXIES, logger: log.logger });
    await services.sql('DELETE FROM memory_entries');
    await services.sql('DELETE FROM memory_embedders');
    await services.sql('DELETE FROM work');
  });
  afterEach(async () => {
    await live.close();
    await server[Symbol.asyncDispose]();
  });

  it('every entry waits from the moment it is written, is embedded with its author, the newest first, and waits no more', async () => {
    await write(1, 6);
    expect(await waiting()).toBe(6);
    await embed();
    expect(await vectors()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `0${String(n)} openai-compatible/m 16`));
    expect(await waiting()).toBe(0);
    expect(server.asked.map(({ input }) => input)).toEqual([
      ['ready?'],
      ['ann: text 6', 'ann: text 5', 'ann: text 4', 'ann: text 3'],
      ['ann: text 2', 'ann: text 1'],
    ]);
    expect(await queue.isPending('openai-compatible/m')).toBe(false);
  });

  it('entries of before there were vectors are embedded too', async () => {
    await write(1, 3);
    await services.sql('DELETE FROM memory_unembedded');
    expect(await queue.isPending('openai-compatible/m')).toBe(true);
    await embed();
    expect(await vectors()).toHaveLength(3);
  });

  it.each(Object.keys(TROUBLES).filter((trouble) => trouble !== 'gives another length'))(
    'an embedder that %s: nothing is stored, nothing is lost, and it is noted once',
    async (trouble) => {
      await write(1, 2);
      server.manner = TROUBLES[trouble] ?? well;
      await embed();
      await embed();
      expect([await vectors(), await waiting(), live.health().state]).toEqual([[], 2, 'unavailable']);
      expect(live.health().last_error).toMatch(/^(it |its |a vector|the connection)/);
      expect(log.lines.filter((line) => line['message'] === 'no embedder: memory is searched by words alone')).toHaveLength(1);
      server.manner = well;
      await embed();
      expect([(await vectors()).length, await waiting(), live.health().state]).toEqual([2, 0, 'ok']);
      await log.find({ message: 'the embedder is back' });
    },
  );

  it('vectors of another length than an embedder’s first are refused, after a restart too', async () => {
    await write(1, 1);
    await embed();
    await write(2, 2);
    server.manner = TROUBLES['gives another length'] ?? well;
    const restarted = new LiveEmbedder({ config: () => ({ embeddings: config }), proxies: NO_PROXIES, logger: log.logger });
    const chore = lookForEntries({ live: restarted, queue, work: stage.store });
    await chore();
    expect(restarted.health()).toMatchObject({ state: 'unavailable', last_error: 'a vector of it has 17 numbers where 16 are expected' });
    await embed();
    expect(await vectors()).toEqual(['01 openai-compatible/m 16']);
    expect(await waiting()).toBe(1);
    await restarted.close();
  });

  it('a text that the embedder dies of is found, tried three times and left out; all others have their vectors', async () => {
    await write(1, 9);
    server.manner = (response, numbers, texts) => {
      if (texts.some((text) => text.endsWith(' 5'))) response.destroy();
      else well(response, numbers, texts);
    };
    await embed();
    expect((await vectors()).map((what) => what.slice(0, 2))).toEqual(['01', '02', '03', '04', '06', '07', '08', '09']);
    expect([await waiting(), (await services.sql('SELECT 1 FROM memory_unembedded')).length]).toEqual([0, 1]);
    await log.find({ message: 'an entry stays without a vector: the embedder fails at it' });
  });

  it('cut off anywhere it goes on where it was', async () => {
    await write(1, 9);
    const cut = new AbortController();
    server.manner = (response, numbers, texts) => {
      if (texts.length > 1 && server.asked.length > 2) cut.abort();
      well(response, numbers, texts);
    };
    await embed(cut.signal);
    expect(await vectors()).toHaveLength(4);
    server.manner = well;
    await embed();
    expect([(await vectors()).length, await waiting()]).toEqual([9, 0]);
  });

  it('what was rewritten or deleted while it was embedded is not given the vector of what it was', async () => {
    await write(1, 2);
    let isFirst = true;
    server.manner = (response, numbers, texts) => {
      const change =
        texts.length > 1 && isFirst
          ? services
              .sql(`UPDATE memory_entries SET body = 'new', checksum = sha256('new') WHERE body = 'text 1'`)
              .then(() => services.sql(`DELETE FROM memory_entries WHERE body = 'text 2'`))
          : Promise.resolve();
      isFirst &&= texts.length === 1;
      void change.then(() => {
        well(response, numbers, texts);
      });
    };
    await embed();
    expect(server.asked.at(-1)?.input).toEqual(['ann: new']);
    expect((await vectors()).map((what) => what.slice(0, 2))).toEqual(['01']);
  });

  it('another model embeds everything anew, the old vectors stay until that is done, and then they go', async () => {
    await write(1, 6);
    await embed();
    configure({ model: 'other' });
    expect(await queue.isPending('openai-compatible/other')).toBe(true);
    const seen: string[][] = [];
    server.manner = (response, numbers, texts) => {
      void vectors().then((now) => {
        seen.push(now);
        well(response, numbers, texts);
      });
    };
    await embed();
    expect(seen.at(-1)?.filter((what) => what.includes('/m '))).toHaveLength(6);
    expect(await vectors()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `0${String(n)} openai-compatible/other 16`));
  });

  it('back to a model of before: what was written meanwhile is embedded, what it has is not', async () => {
    await write(1, 2);
    await embed();
    configure({ model: 'other' });
    const cut = new AbortController();
    server.manner = (response, numbers, texts) => {
      cut.abort();
      well(response, numbers, texts);
    };
    await embed(cut.signal);
    await write(3, 3);
    server.manner = well;
    configure({});
    server.asked.length = 0;
    await embed();
    expect(server.asked.flatMap(({ input }) => input).sort()).toEqual(['ann: text 3', 'ready?']);
    expect((await vectors()).filter((what) => what.includes('/m '))).toHaveLength(3);
  });

  it('as durable work: asked for once where something waits, done by a worker, lost by none', async () => {
    await write(1, 3);
    const chore = lookForEntries({ live, queue, work: stage.store });
    await Promise.all([chore(), chore()]);
    expect(await services.sql('SELECT kind, key, status FROM work')).toEqual([{ kind: 'memory.embed', key: 'all', status: 'waiting' }]);
    const hands = stage.worker([embedEntries(new EntryEmbedding({ store: queue, live, logger: silentLogger() }))]);
    await hands.perform();
    expect(await services.sql('SELECT status FROM work')).toEqual([{ status: 'done' }]);
    expect(await vectors()).toHaveLength(3);
    await chore();
    expect(await services.sql('SELECT 1 FROM work')).toHaveLength(1);
  });

  it('one that is away is asked again after half a minute, not at every look', async () => {
    await write(1, 1);
    server.manner = TROUBLES['answers 500'] ?? well;
    let now = 0;
    const chore = lookForEntries({ live, queue, work: stage.store }, () => now);
    for (const at of [0, 5000, 29_000, 30_000]) {
      now = at;
      await chore();
    }
    expect(server.asked).toHaveLength(2);
    expect(await services.sql('SELECT 1 FROM work')).toEqual([]);
  });

  it('switched off: nothing waits, and switched on again everything is looked at', async () => {
    await write(1, 2);
    await embed();
    configure({ provider: 'off' });
    await write(3, 4);
    const chore = lookForEntries({ live, queue, work: stage.store });
    while (await chore());
    expect([(await services.sql('SELECT 1 FROM memory_unembedded')).length, server.asked.length, live.health().state]).toEqual([
      0,
      2,
      'off',
    ]);
    configure({});
    await embed();
    expect(await vectors()).toHaveLength(4);
  });

  it('sends the key, the length that is wanted and the prefix; no key where there is none', async () => {
    await write(1, 1);
    configure({ api_key: ' sk-secret ', dimensions: 16, entry_prefix: 'search_document: ' });
    await embed();
    expect(server.asked[1]).toEqual({ model: 'm', input: ['search_document: ann: text 1'], dimensions: 16 });
    expect(server.keys).toEqual(['Bearer sk-secret', 'Bearer sk-secret']);
    expect((await vectors())[0]).toContain('openai-compatible/m@16 "search_document: "');
    configure({});
    await live.vectorOf('x', NEVER);
    expect(server.keys.at(-1)).toBeUndefined();
  });

  it('a deleted entry takes its vectors with it, and its place in the line', async () => {
    await write(1, 2);
    await embed();
    await write(3, 3);
    await services.sql('DELETE FROM memory_entries');
    expect([await vectors(), await services.sql('SELECT 1 FROM memory_unembedded')]).toEqual([[], []]);
  });
});
