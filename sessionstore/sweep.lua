-- Makes the ends by limits that have passed, of one session that is due.
--
-- KEYS, ARGV 1, 2: see common.lua
-- ARGV  3 slack in ms: limits that passed less long ago are left alone
-- reply 1 server's clock in microseconds, without skew
--       2 the user logged in, or ""
--       then <login> <user> for each login that ended

load()
if not rec then
  call('ZREM', DUE, ID)
  return {int(micros), ''}
end
expire(now - tonumber(ARGV[3]))
commit(true)
local r = {int(micros), rec.login and rec.login.user or '', unpack(logins)}
return r
