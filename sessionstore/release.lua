-- Takes a login that did not begin out of its user's index, and spares those
-- that were to give way to it. It may be sent twice.
--
-- KEYS, ARGV 1: see user.lua
-- ARGV  2 the field "<session>:<login>"
-- reply 1 server's clock in microseconds, without skew

each(function(field, at, state, rest)
  if state == 'evict' and rest == ARGV[2] then set(field, at, 'live') end
end)
redis.call('HDEL', USER, ARGV[2])
return {int(micros)}
