-- Says when a user's index wants the next look, after one.
--
-- KEYS, ARGV 1: see user.lua
-- ARGV  2 user
-- reply 1 server's clock in microseconds, without skew

local at, count
each(function(_, since, state, _, when)
  count = true
  local next = (state == 'live' and since or when) + SETTLED
  if state == 'live' and next <= now then return end
  if not at or next < at then at = next end
end)
if at then
  redis.call('ZADD', DUE, int(at), 'u:' .. ARGV[2])
else
  redis.call('ZREM', DUE, 'u:' .. ARGV[2])
end
if not count then
  redis.call('PEXPIRE', USER, 3600000) -- "nb" outlives the logins that it refuses
end
return {int(micros)}
