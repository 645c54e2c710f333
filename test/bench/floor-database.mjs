/**
 * What the floor does with Postgres: one transaction to accept a message, one to finish it. Prepared statements, a pool of ten.
 * Written as transactions are written, statement by statement; with FLOOR_LEAN as one statement each, the least there can be.
 */
import pg from 'pg';

const BEGIN_CONVERSATION = `INSERT INTO conversations (id, channel) VALUES ($1, $2)`;
const TOUCH = `UPDATE conversations SET last_message_at = now() WHERE id = $1`;
const QUESTION = `INSERT INTO messages (id, conversation_id, role, content, metadata) VALUES ($1, $2, 'user', $3, $4)`;
const REPLY = `INSERT INTO messages (id, conversation_id, role, content) VALUES ($1, $2, 'assistant', $3)`;
const QUEUE = `INSERT INTO runs (id, conversation_id, status) VALUES ($1, $2, 'queued')`;
const COMPLETE = `UPDATE runs SET status = 'completed', finished_at = now() WHERE id = $1`;

const LEAN = {
  acceptNew: `WITH conversation AS (INSERT INTO conversations (id, channel) VALUES ($1, $2)),
run AS (INSERT INTO runs (id, conversation_id, status) VALUES ($3, $1, 'queued'))
INSERT INTO messages (id, conversation_id, role, content, metadata) VALUES ($4, $1, 'user', $5, $6)`,
  acceptNext: `WITH conversation AS (UPDATE conversations SET last_message_at = now() WHERE id = $1),
run AS (INSERT INTO runs (id, conversation_id, status) VALUES ($2, $1, 'queued'))
INSERT INTO messages (id, conversation_id, role, content, metadata) VALUES ($3, $1, 'user', $4, $5)`,
  finish: `WITH run AS (UPDATE runs SET status = 'completed', finished_at = now() WHERE id = $1)
INSERT INTO messages (id, conversation_id, role, content) VALUES ($1, $2, 'assistant', $3)`,
};
const isLean = process.env.FLOOR_LEAN === 'yes';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

/** Conversation (new or touched), question and run. */
export async function accept({ runId, questionId, conversationId, isNew, channel, content, metadata }) {
  if (isLean) {
    const [name, values] = isNew ? ['acceptNew', [conversationId, channel, runId]] : ['acceptNext', [conversationId, runId]];
    await pool.query({ name, text: LEAN[name], values: [...values, questionId, content, JSON.stringify(metadata)] });
    return;
  }
  await transaction([
    isNew ? ['begin_conversation', BEGIN_CONVERSATION, [conversationId, channel]] : ['touch', TOUCH, [conversationId]],
    ['question', QUESTION, [questionId, conversationId, content, JSON.stringify(metadata)]],
    ['queue', QUEUE, [runId, conversationId]],
  ]);
}

/** Reply and run. */
export async function finish({ runId, conversationId, content }) {
  if (isLean) {
    await pool.query({ name: 'finish', text: LEAN.finish, values: [runId, conversationId, content] });
    return;
  }
  await transaction([
    ['reply', REPLY, [runId, conversationId, content]],
    ['complete', COMPLETE, [runId]],
  ]);
}

async function transaction(statements) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (const [name, text, values] of statements) await client.query({ name, text, values });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
