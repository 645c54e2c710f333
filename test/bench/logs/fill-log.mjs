/** A log of any size, by the statements that gateways and workers write with: requests of four lines, a few of other kinds. Seeded. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { seeded } from '../memory/fill.mjs';

const BATCH = 500;
const MS_PER_LINE = 100;

/** @returns what a line cost, and something to look for */
export async function fillLog(databaseUrl, lines, progress) {
  const rooms = ['kernel/db', 'features/logs', 'kernel/words'].map((room) => import(`../../../libs/${room}/dist/index.js`)); // built by now
  const [{ Database }, { LogsStore, toStoredLine }, { newId }] = await Promise.all(rooms);
  const database = new Database({ url: databaseUrl, poolMax: 4, logger: console, applicationName: 'bench' });
  const store = new LogsStore(database);
  const random = seeded(lines);
  const writer = randomUUID();
  const from = Date.now() - lines * MS_PER_LINE;
  const startedAt = performance.now();
  const found = {};
  let batch = [];
  for (let number = 0, batches = 0; number < lines;) {
    const request = { request_id: randomUUID(), conversation_id: newId('conv'), message_id: newId('msg') };
    for (const line of linesOf(request, random, number === Math.floor(lines / 8) * 4)) {
      batch.push(toStoredLine(JSON.stringify({ time: new Date(from + number * MS_PER_LINE).toISOString(), host: 'bench', ...line })));
      number += 1;
    }
    if (number % 4 === 0 && number >= lines / 2)
      Object.assign(found, found.request ? {} : { request: request.request_id, conversation: request.conversation_id });
    if (batch.length < BATCH && number < lines) continue;
    batches += 1;
    await store.write(writer, batches, batch);
    batch = [];
    if (batches % 200 === 0) progress(number);
  }
  const microseconds = ((performance.now() - startedAt) * 1000) / lines;
  await database.close();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('VACUUM (ANALYZE) log_lines'); // as autovacuum does within a minute
  const {
    rows: [size],
  } = await client.query("SELECT pg_total_relation_size('log_lines') AS bytes, (SELECT bytes FROM log_store) AS counted");
  await client.end();
  return {
    ...found,
    microseconds,
    bytes: size.bytes / lines,
    counted: size.counted / lines,
    middle: new Date(from + (lines / 2) * MS_PER_LINE),
  };
}

function linesOf({ request_id, conversation_id, message_id }, random, isNeedle) {
  const of = (component, message, fields, level = 'info') => ({ level, component, message, ...fields });
  const run = { request_id, conversation_id, message_id };
  const took = Math.round(random() * 20_000) / 10;
  return [
    of('reasoning', 'run started', { ...run, attempt: 1 }),
    random() < 0.02
      ? of(
          'reasoning',
          'a provider refused',
          {
            ...run,
            provider: 'openai',
            upstream_status: 429,
            err: { type: 'Error', message: 'Rate limit reached', stack: 'Error: Rate limit reached\n    at stream (client.js:10:3)' },
          },
          random() < 0.2 ? 'error' : 'warn',
        )
      : of(random() < 0.01 ? 'memory' : 'reasoning', 'conversation summarised', { ...run, messages: Math.floor(random() * 40), saved: 2 }),
    of('reasoning', isNeedle ? 'needle in a haystack' : 'run finished', { ...run, attempt: 1, status: 'completed', duration_ms: took }),
    of('gateway', 'request', { request_id, method: 'POST', route: '/api/v1/message', status: 200, duration_ms: took + 3 }),
  ];
}
