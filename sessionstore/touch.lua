-- Records activity of a session, unless it had ended by then: step.touch of
-- step.go. It may be sent twice.
--
-- KEYS, ARGV 1, 2: see common.lua
-- ARGV  3 when, in ms
--       4 the hash of the secret that was presented, or ""
-- reply <login> <user> for each login that ended

local at, used = tonumber(ARGV[3]), ARGV[4]

-- What a touch nearly always is: no limit had passed, and the record changes in
-- one field or two.
local f = call('HMGET', SESSION, 'session', 'seen', 'login', 'visit', 'key', 'prev')
if not f[1] then return {} end
rec = {seen = tonumber(f[2])}

local function limitPassed(idle, till)
  local limit = deadline(tonumber(idle), tonumber(till))
  return passed(limit, at)
end

local used0 = used ~= '' and f[6] and string.sub(f[5], 1, 43) == used and string.sub(f[6], 44) == ' 0'
-- The patterns are anchored: others would look for a beginning at every digit.
if not (limitPassed(match(f[1], '^%d+ (%d+) (%d+)$')) or
    f[3] and limitPassed(match(f[3], '^%S+ %d+ %d+ (%d+) (%d+)$')) or
    f[4] and limitPassed(match(f[4], '^%S+ %d+ (%d+) (%d+)$'))) then
  if at > rec.seen then call('HSET', SESSION, 'seen', ARGV[3]) end
  if used0 then call('HSET', SESSION, 'prev', string.sub(f[6], 1, 43) .. ' ' .. ARGV[3]) end
  return {}
end

load()
expire(at)
if not over then
  rec.seen = math.max(rec.seen, at)
  if used0 then rec.used, dirty.key = at, true end
end
commit()
return logins
