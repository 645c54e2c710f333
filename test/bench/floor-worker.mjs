/** The bare floor, worker side: BullMQ ─► a reply of the usual length ─► one Postgres transaction ─► Redis pub/sub. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { finish } from './floor-database.mjs';

const { REDIS_URL, FLOOR_PREFIX, FLOOR_REPLY: content, FLOOR_CONCURRENCY } = process.env;

const redis = new Redis(REDIS_URL, { enableAutoPipelining: true });
const worker = new Worker('floor', answer, {
  connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }),
  prefix: FLOOR_PREFIX,
  concurrency: Number(FLOOR_CONCURRENCY),
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
});
await worker.waitUntilReady();

async function answer({ data: { runId, conversationId, channel } }) {
  await finish({ runId, conversationId, content });
  await redis.publish(channel, JSON.stringify({ id: runId, conversation_id: conversationId, role: 'assistant', content }));
}
