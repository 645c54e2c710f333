import type { ConversationId, MessageId, PersonId } from '@openclaw/words';
import { isFull, type Redis, Script } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';
import { LIVE_BATCH_BYTES_MAX, LIVE_FUNCTIONS } from './live-script.js';

const HEAD = `
local live, live_size = KEYS[3], KEYS[4]
${LIVE_FUNCTIONS}
local attempt, run, conversation, ttl, person = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local function publish_batch(batch, ended)
  local events = '[' .. table.concat(batch, ',') .. ']'
  if #events > ${String(LIVE_BATCH_BYTES_MAX)} then events = '[]' end
  publish({'run', run, 'conversation', conversation, 'person', person, 'events', events, 'ended', ended})
end
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if attempt < fence then return -1 end
local function raise_fence() redis.call('SET', KEYS[2], attempt, 'EX', ttl) end
`;

/**
 * Appends events to a run's tail and to the firehose, atomically. The fence turns away a writer whose attempt was replaced. The
 * place of each event is fixed by its seq: what is there already is skipped, and where earlier events are missing (Redis was
 * emptied) nothing is written and the caller is told from where to send again. What Postgres keeps by now leaves the tail.
 */
const APPEND = new Script(`${HEAD}
raise_fence()
local first, base = tonumber(ARGV[6]), tonumber(ARGV[7])
local start = tonumber(redis.call('LINDEX', KEYS[1], 0) or base)
local count = math.max(0, redis.call('LLEN', KEYS[1]) - 1)
if start < base then
  local dropped = math.min(base - start, count)
  redis.call('LTRIM', KEYS[1], 1 + dropped, -1)
  if dropped < count then redis.call('LPUSH', KEYS[1], base) end
  start, count = base, count - dropped
end
local length = start + count
if length >= first - 1 then
  local batch = {}
  for i = 8 + (length - first + 1), #ARGV do batch[#batch + 1] = ARGV[i] end
  if #batch > 0 then
    if count == 0 then redis.call('DEL', KEYS[1]); redis.call('RPUSH', KEYS[1], start) end
    for _, event in ipairs(batch) do redis.call('RPUSH', KEYS[1], event) end
    publish_batch(batch, '0')
    length = length + #batch
  end
end
redis.call('EXPIRE', KEYS[1], ttl)
return length
`);

/** Publishes the last events of a log that Postgres has as a whole, and first lets go of the tail: a full Redis can do that always. */
const END = new Script(`${HEAD}
redis.call('UNLINK', KEYS[1])
raise_fence()
local batch = {}
for i = 6, #ARGV do batch[#batch + 1] = ARGV[i] end
publish_batch(batch, '1')
return 0
`);

/** Whose events, and how long Redis keeps what is written now. */
export interface LogWriter {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** Whose conversation it is: nobody else's subscriptions show it. */
  readonly person: PersonId;
  readonly attempt: number;
  readonly ttlSeconds: number;
}

export interface EventBatch extends LogWriter {
  /** seq of the first of `events`. */
  readonly firstSeq: number;
  /** The seq up to which Postgres keeps the log. */
  readonly base: number;
  /** Events as JSON, in order. May be empty: then it only asks how long the log is. */
  readonly events: readonly string[];
}

/**
 * @returns the length of the log afterwards; less than `firstSeq − 1` where earlier events are missing, and 'fenced' where a
 * newer attempt owns the log
 */
export async function appendEvents(
  redis: Redis,
  keys: EventKeys,
  { firstSeq, base, events, ...writer }: EventBatch,
): Promise<number | 'fenced'> {
  const append = (): Promise<unknown> => APPEND.run(redis, namesOf(keys, writer), [...argumentsOf(writer), firstSeq, base, ...events]);
  const length = Number(await append().catch((thrown: unknown) => makeRoom(redis, keys, thrown).then(append)));
  return length === -1 ? 'fenced' : length;
}

/** A Redis at its limit lets go of the firehose: whoever read it finds the same in the tails. Throws on what is another failure. */
async function makeRoom(redis: Redis, keys: EventKeys, failure: unknown): Promise<void> {
  if (!isFull(failure)) throw failure;
  await redis.unlink(keys.live, keys.liveSize);
}

/** Publishes the last events of a log once Postgres has all of it: readers that missed some, or get too many at once, find them there. */
export async function endLog(redis: Redis, keys: EventKeys, writer: LogWriter, events: readonly string[]): Promise<void> {
  const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(event), 0);
  await END.run(redis, namesOf(keys, writer), [...argumentsOf(writer), ...(bytes > LIVE_BATCH_BYTES_MAX ? [] : events)]);
}

function namesOf(keys: EventKeys, { runId }: LogWriter): string[] {
  return [keys.tail(runId), keys.fence(runId), keys.live, keys.liveSize];
}

function argumentsOf({ attempt, runId, conversationId, person, ttlSeconds }: LogWriter): (string | number)[] {
  return [attempt, runId, conversationId, ttlSeconds, person];
}
