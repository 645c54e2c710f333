/** The bare floor, worker side: BullMQ ─► a reply of the usual length ─► one Postgres transaction ─► Redis pub/sub. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

const { DATABASE_URL, REDIS_URL, FLOOR_PREFIX, FLOOR_REPLY } = process.env;
const FINISH = `WITH reply AS (INSERT INTO messages (id, conversation_id, role, content) VALUES ($1, $2, 'assistant', $3))
UPDATE conversations SET metadata = $4 WHERE id = $2`;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const redis = new Redis(REDIS_URL, { enableAutoPipelining: true });
const worker = new Worker('floor', answer, {
  connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }),
  prefix: FLOOR_PREFIX,
  concurrency: 8,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
});
await worker.waitUntilReady();

async function answer({ data: { id, conversation_id, channel } }) {
  await pool.query({ name: 'finish', text: FINISH, values: [id, conversation_id, FLOOR_REPLY, JSON.stringify({ last: id })] });
  await redis.publish(channel, JSON.stringify({ id, conversation_id, role: 'assistant', content: FLOOR_REPLY }));
}
