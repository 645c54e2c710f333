/**
 * The bare floor, door side: one Fastify route ─► one Postgres transaction ─► BullMQ ─► the reply over Redis pub/sub.
 * No authentication, validation, limits, ordering, resuming or recovery: the least that could still be called a queue.
 */
import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { accept } from './floor-database.mjs';

const { REDIS_URL, FLOOR_PREFIX, FLOOR_PORT } = process.env;

const redis = new Redis(REDIS_URL, { enableAutoPipelining: true });
const replies = new Redis(REDIS_URL);
const queue = new Queue('floor', {
  connection: redis,
  prefix: FLOOR_PREFIX,
  skipMetasUpdate: true,
  defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
});
const waiting = new Map();
const channel = `${FLOOR_PREFIX}:${process.pid}`;
replies.on('message', (_channel, text) => {
  const reply = JSON.parse(text);
  waiting.get(reply.id)?.(reply);
  waiting.delete(reply.id);
});
await replies.subscribe(channel);

const app = Fastify();
app.post('/api/v1/message', async ({ body: { channel: origin, message, conversation_id: known, metadata = {} } }) => {
  const runId = randomUUID();
  const conversationId = known ?? randomUUID();
  await accept({
    runId,
    questionId: randomUUID(),
    conversationId,
    isNew: known === undefined,
    channel: origin,
    content: message,
    metadata,
  });
  const reply = new Promise((resolve) => waiting.set(runId, resolve));
  await queue.add('answer', { runId, conversationId, channel });
  return reply;
});
await app.listen({ port: Number(FLOOR_PORT), host: '127.0.0.1' });
