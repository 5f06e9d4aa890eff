-- Appends events that come with no change of a session's record.
--
-- KEYS  1 the partition's feed
-- ARGV  1 skew: see common.lua  2 bound of the feed  3 "=" or "~"
--       then for each event when it happened in ms, "" for now, and <n> and n
--       fields and values of its entry
-- reply 1 server's clock in microseconds, without skew

local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local skew = tonumber(ARGV[1])
local now = string.format('%.0f', skew < 0 and -skew or math.floor(micros / 1000) + skew)
local i = 4
while i <= #ARGV do
  local at, n = ARGV[i] ~= '' and ARGV[i] or now, tonumber(ARGV[i + 1])
  local function add(id, command)
    return command('XADD', KEYS[1], 'MAXLEN', ARGV[3], ARGV[2], id, 'at', at, unpack(ARGV, i + 2, i + 1 + n))
  end
  local added = skew ~= 0 and add(now .. '-*', redis.pcall)
  if type(added) ~= 'string' then add('*', redis.call) end
  i = i + n + 2
end
return {string.format('%.0f', micros)}
