import type { MessageId, RunEvent } from '@openclaw/words';
import { type Redis, Script } from '@openclaw/redis';
import type { EventKeys } from './event-keys.js';
import { toEvents } from './to-events.js';

/** Events after ARGV[1], until they come to ARGV[2] bytes; an empty reply where the tail does not begin before them. */
const READ = new Script(`
local start = tonumber(redis.call('LINDEX', KEYS[1], 0) or false)
if not start or tonumber(ARGV[1]) < start then return {} end
local index, bytes, max, events = tonumber(ARGV[1]) - start + 1, 0, tonumber(ARGV[2]), {}
while bytes < max do
  local lines = redis.call('LRANGE', KEYS[1], index, index + 31)
  if #lines == 0 then break end
  for _, line in ipairs(lines) do
    if bytes >= max then break end
    events[#events + 1] = line
    bytes = bytes + #line
  end
  index = index + #lines
end
return events
`);

/** A part of a log, in order and without a gap. */
export interface LogPart {
  readonly events: readonly RunEvent[];
  /** What they take as JSON. */
  readonly bytes: number;
}

/** What Redis has of a log directly after a seq, about `bytesMax` at most; nothing where it has nothing or cannot be read. */
export async function readTail(
  redis: Redis,
  keys: EventKeys,
  runId: MessageId,
  { after, bytesMax }: { after: number; bytesMax: number },
): Promise<LogPart> {
  const reply = await READ.run(redis, [keys.tail(runId)], [after, bytesMax]).catch((): unknown => []);
  const lines = Array.isArray(reply) ? reply.map(String) : [];
  return {
    events: toEvents(lines.map((line): unknown => JSON.parse(line))),
    bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0),
  };
}
