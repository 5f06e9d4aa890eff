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
local f = redis.call('HMGET', SESSION, 'session', 'seen', 'login', 'visit', 'key', 'prev')
if not f[1] then return {} end
rec = {seen = tonumber(f[2])}

-- limitsPassed reports it of the limits that are the last two words of a field.
local function limitsPassed(field)
  local idle, till = string.match(field, '(%d+) (%d+)$')
  local limit = deadline(tonumber(idle), tonumber(till))
  return passed(limit, at)
end

local used0 = used ~= '' and f[6] and string.sub(f[5], 1, 43) == used and string.sub(f[6], 44) == ' 0'
if not (limitsPassed(f[1]) or f[3] and limitsPassed(f[3]) or f[4] and limitsPassed(f[4])) then
  if at > rec.seen then redis.call('HSET', SESSION, 'seen', ARGV[3]) end
  if used0 then redis.call('HSET', SESSION, 'prev', string.sub(f[6], 1, 43) .. ' ' .. ARGV[3]) end
  return {}
end

load()
expire(at)
if not over then
  rec.seen = math.max(rec.seen, at)
  if used0 then rec.used = at end
end
commit()
return logins
