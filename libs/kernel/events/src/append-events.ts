import type { ConversationId, MessageId, PersonId } from '@openclaw/words';
import { type Redis, Script } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';

/** The firehose keeps about this many batches: what a gateway may fall behind before it must read a run's own log. */
const LIVE_BATCHES_MAX = 20_000;

/**
 * Appends events to a run's log and to the firehose, atomically. The fence turns away a writer whose attempt was replaced. The
 * place of each event is fixed by its seq: what is there already is skipped, and where earlier events are missing (Redis was
 * emptied) nothing is written and the caller is told from where to send again.
 */
const APPEND = new Script(`
local attempt, first, ttl = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if attempt < fence then return -1 end
if attempt > fence then redis.call('SET', KEYS[2], attempt) end
local length = redis.call('LLEN', KEYS[1])
if length >= first - 1 then
  local batch = {}
  for i = 8 + (length - first + 1), #ARGV do
    redis.call('RPUSH', KEYS[1], ARGV[i])
    batch[#batch + 1] = ARGV[i]
  end
  if #batch > 0 then
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'run', ARGV[4], 'conversation', ARGV[5], 'person', ARGV[7],
      'events', '[' .. table.concat(batch, ',') .. ']')
    length = length + #batch
  end
end
redis.call('EXPIRE', KEYS[1], ttl)
redis.call('EXPIRE', KEYS[2], ttl)
return length
`);

export interface EventBatch {
  readonly runId: MessageId;
  readonly conversationId: ConversationId;
  /** Whose conversation it is: nobody else's subscriptions show it. */
  readonly person: PersonId;
  readonly attempt: number;
  /** seq of the first of `events`. */
  readonly firstSeq: number;
  /** Events as JSON, in order. May be empty: then it only asks how long the log is. */
  readonly events: readonly string[];
  /** How long Redis keeps the log from now. */
  readonly ttlSeconds: number;
}

/**
 * @returns the length of the log afterwards; less than `firstSeq − 1` where earlier events are missing, and 'fenced' where a
 * newer attempt owns the log
 */
export async function appendEvents(redis: Redis, keys: EventKeys, batch: EventBatch): Promise<number | 'fenced'> {
  const { runId, conversationId, person, attempt, firstSeq, ttlSeconds, events } = batch;
  const names = [keys.log(runId), keys.fence(runId), keys.live];
  const length = Number(await APPEND.run(redis, names, [attempt, firstSeq, ttlSeconds, runId, conversationId, LIVE_BATCHES_MAX, person, ...events]));
  return length === -1 ? 'fenced' : length;
}
