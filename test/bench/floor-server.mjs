/**
 * The bare floor, door side: one Fastify route ─► one Postgres transaction ─► BullMQ ─► the reply over Redis pub/sub.
 * No authentication, validation, limits, ordering, resuming or recovery: the least that could still be called a queue.
 */
import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';

const { DATABASE_URL, REDIS_URL, FLOOR_PREFIX, FLOOR_PORT } = process.env;
const NEW = `WITH conversation AS (INSERT INTO conversations (id, channel) VALUES ($1, $2))
INSERT INTO messages (id, conversation_id, role, content, metadata) VALUES ($3, $1, 'user', $4, $5)`;
const NEXT = `INSERT INTO messages (id, conversation_id, role, content, metadata) VALUES ($1, $2, 'user', $3, $4)`;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const redis = new Redis(REDIS_URL, { enableAutoPipelining: true });
const replies = new Redis(REDIS_URL);
const queue = new Queue('floor', { connection: redis, prefix: FLOOR_PREFIX, skipMetasUpdate: true, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } });
const waiting = new Map();
const channel = `${FLOOR_PREFIX}:${process.pid}`;
replies.on('message', (_channel, text) => {
  const reply = JSON.parse(text);
  waiting.get(reply.id)?.(reply);
  waiting.delete(reply.id);
});
await replies.subscribe(channel);

const app = Fastify();
app.post('/api/v1/message', async ({ body }) => {
  const id = randomUUID();
  const conversation_id = body.conversation_id ?? randomUUID();
  await accept(body, randomUUID(), conversation_id);
  const reply = new Promise((resolve) => waiting.set(id, resolve));
  await queue.add('answer', { id, conversation_id, channel });
  return reply;
});
await app.listen({ port: Number(FLOOR_PORT), host: '127.0.0.1' });

function accept({ channel: origin, message, conversation_id, metadata = {} }, questionId, newId) {
  return conversation_id
    ? pool.query({ name: 'next', text: NEXT, values: [questionId, conversation_id, message, JSON.stringify(metadata)] })
    : pool.query({ name: 'new', text: NEW, values: [newId, origin, questionId, message, JSON.stringify(metadata)] });
}
