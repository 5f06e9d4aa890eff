-- Takes a login that never began, or was marked and has been ended, out of its
-- user's index. What was to give way to it is spared if its place is free now;
-- if another login took its place, that one has to make room. It may be sent
-- twice.
--
-- KEYS, ARGV 1: see user.lua
-- ARGV  2 the field "<session>:<login>"
-- reply 1 server's clock in microseconds, without skew
--       2 the field of the login that took its place, or ""
--       then the fields of the logins that are to give way to that one

local mine = ARGV[2]
local own = redis.call('HGET', USER, mine)
if not own then return {int(micros), ''} end
local by = string.match(own, '^%d+ evict %d+ (.*)$')
redis.call('HDEL', USER, mine)
local reply = {int(micros), by or ''}
each(function(field, at, state, rest)
  if state ~= 'evict' or rest ~= mine then return end
  if by then
    mark(field, at, 'evict', by)
    reply[#reply + 1] = field
  else
    set(field, at, 'live')
  end
end)
return reply
