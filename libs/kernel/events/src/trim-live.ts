import type { ConversationId, MessageId } from '@openclaw/words';
import { type Redis, Script } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';
import { LIVE_AGE_MS, LIVE_FUNCTIONS } from './live-script.js';

const NAMES = `
local live, live_size = KEYS[1], KEYS[2]
${LIVE_FUNCTIONS}
`;

/** What one look goes through: Redis does nothing else meanwhile. */
const ENTRIES_PER_LOOK = 64;

/** Drops a few entries up to a time. Returns how many. */
const TRIM = new Script(`${NAMES}
local entries = redis.call('XRANGE', live, '-', ARGV[1], 'COUNT', ${String(ENTRIES_PER_LOOK)})
if #entries == 0 then return 0 end
local bytes = 0
for _, entry in ipairs(entries) do bytes = bytes + size_of(entry[2]) end
drop_through(entries[#entries][1], bytes)
return #entries
`);

/** Deletes a conversation's entries among a few. Returns where to look on, or nothing at the end. */
const FORGET = new Script(`${NAMES}
local entries = redis.call('XRANGE', live, ARGV[1], '+', 'COUNT', ${String(ENTRIES_PER_LOOK)})
for _, entry in ipairs(entries) do
  local fields = entry[2]
  for i = 1, #fields, 2 do
    if fields[i] == 'conversation' and fields[i + 1] == ARGV[2] then
      redis.call('XDEL', live, entry[1])
      redis.call('DECRBY', live_size, size_of(fields))
    end
  end
end
if #entries == 0 then return false end
return '(' .. entries[#entries][1]
`);

/** Drops from the firehose what every gateway has read long ago. @param now Redis' time is told by whoever asks: seconds do not matter */
export async function trimLive(redis: Redis, keys: EventKeys, now: number = Date.now()): Promise<void> {
  let dropped = 1;
  while (dropped > 0) dropped = Number(await TRIM.run(redis, [keys.live, keys.liveSize], [now - LIVE_AGE_MS]));
}

/** More than any attempt: whoever still writes to a run that was deleted is turned away. */
const NO_ATTEMPT = 2_147_483_647;
const TURNED_AWAY_SECONDS = 600;

/**
 * Takes out of Redis what was said in a conversation that is deleted, and turns away whoever still writes.
 * @param runIds those of its runs that were going
 */
export async function forgetConversation(
  redis: Redis,
  keys: EventKeys,
  conversationId: ConversationId,
  runIds: readonly MessageId[],
): Promise<void> {
  for (const runId of runIds) {
    await redis.set(keys.fence(runId), NO_ATTEMPT, 'EX', TURNED_AWAY_SECONDS);
    await redis.unlink(keys.tail(runId));
  }
  for (let from: unknown = '-'; typeof from === 'string';)
    from = await FORGET.run(redis, [keys.live, keys.liveSize], [from, conversationId]);
}
