/** The firehose holds no more than this: what a gateway may fall behind before it must read the logs of runs themselves. */
export const LIVE_BYTES_MAX = 8_388_608;
/** A larger batch is not carried by the firehose: it tells readers to look for themselves. */
export const LIVE_BATCH_BYTES_MAX = 65_536;
/** Nobody reads what is older; where nothing is written any more, the firehose itself goes after twice that. */
export const LIVE_AGE_MS = 30_000;

/**
 * Lua for scripts that write to the firehose, with its key as `live` and that of its size as `live_size`. `publish` adds an entry
 * and drops the oldest beyond {@link LIVE_BYTES_MAX}; `drop_through` drops entries and counts them off. Streams bound themselves by count
 * alone, and entries differ a thousandfold.
 */
export const LIVE_FUNCTIONS = `
local function size_of(fields)
  local size = 128
  for i = 2, #fields, 2 do size = size + #fields[i] end
  return size
end
local function drop_through(id, bytes)
  local ms, n = string.match(id, '(%d+)-(%d+)')
  redis.call('XTRIM', live, 'MINID', '=', ms .. '-' .. string.format('%.0f', tonumber(n) + 1))
  return redis.call('DECRBY', live_size, bytes)
end
local function publish(fields)
  redis.call('XADD', live, '*', unpack(fields))
  local total = redis.call('INCRBY', live_size, size_of(fields))
  while total > ${String(LIVE_BYTES_MAX)} do
    local last, bytes = nil, 0
    for _, entry in ipairs(redis.call('XRANGE', live, '-', '+', 'COUNT', 16)) do
      if total - bytes <= ${String(LIVE_BYTES_MAX)} then break end
      last, bytes = entry[1], bytes + size_of(entry[2])
    end
    if not last then redis.call('SET', live_size, 0) break end
    total = drop_through(last, bytes)
  end
  redis.call('PEXPIRE', live, ${String(2 * LIVE_AGE_MS)})
  redis.call('PEXPIRE', live_size, ${String(2 * LIVE_AGE_MS)})
end
`;
