import { defineWork, DONE, type HandledWork, handleWork, newWork, type WorkStore } from '@openclaw/work';
import { z } from 'zod';
import type { EmbeddingQueueStore } from './embedding-queue.store.js';
import type { EntryEmbedding } from './entry-embedding.js';
import type { LiveEmbedder } from './live-embedder.js';

const TIMEOUT_MS = 600_000;
/** An attempt ends by itself before it is cut off, so that it counts as no failure. */
const WORK_MS = 540_000;

const EMBED = defineWork({
  name: 'memory.embed',
  payload: z.object({}),
  stored: [{}],
  policy: { lane: 'background', tries: 5, backoff: { firstMs: 5_000, maxMs: 300_000 }, timeoutMs: TIMEOUT_MS, lossesMax: 5 },
  key: () => 'all',
});

/** Gives vectors to all that waits for one: one attempt at a time over all workers. */
export function embedEntries(embedding: EntryEmbedding): HandledWork {
  return handleWork(EMBED, async (_payload, { signal }) => {
    await embedding.work(AbortSignal.any([signal, AbortSignal.timeout(WORK_MS)]));
    return DONE;
  });
}

const PROBE_EVERY_MS = 30_000;
const PROBE_MS = 5000;

/**
 * A chore of every worker: sees how the embedder does, and asks for the work where something waits and it does well. Where the
 * configuration wants no embedder, nothing waits.
 * @returns whether there may be more to do at once
 */
export function lookForEntries(
  { live, queue, work }: { live: LiveEmbedder; queue: EmbeddingQueueStore; work: WorkStore },
  now = () => performance.now(),
): () => Promise<boolean> {
  let [probedAt, probed] = [-Infinity, ''];
  return async () => {
    const embedder = live.current();
    if (!embedder) return queue.leave();
    const isSettled = live.health().state !== 'ok' && probed === embedder.name && now() - probedAt < PROBE_EVERY_MS;
    if (isSettled) return false;
    [probedAt, probed] = [now(), embedder.name];
    const length = await queue.lengthOf(embedder.name);
    if (length !== null) embedder.holdTo(length);
    if (!(await live.probe(AbortSignal.timeout(PROBE_MS)))) return false;
    if (await queue.isPending(embedder.name)) await work.ensureScheduled([newWork(EMBED, {}, { person: null, runAt: new Date() })]);
    return false;
  };
}
