-- Marks a user's logins as ending, and refuses those that began by now. It may
-- be sent twice.
--
-- KEYS, ARGV 1: see user.lua
-- ARGV  2 user  3 reason  4 actor  5 the session to spare, or ""
-- reply 1 server's clock in microseconds, without skew
--       then the fields of the logins whose sessions are to end

local notBefore = tonumber(redis.call('HGET', USER, 'nb') or 0)
redis.call('HSET', USER, 'nb', int(math.max(skew == 0 and micros or now * 1000, notBefore)))
local reply = {int(micros)}
each(function(field, at)
  if sessionOf(field) ~= ARGV[5] then
    mark(field, at, 'end', ARGV[3] .. ' ' .. ARGV[4])
    reply[#reply + 1] = field
  end
end)
schedule(ARGV[2], now + SETTLED)
return reply
