-- Puts a login that is about to begin into its user's index, and chooses the
-- logins that give way to it. It may be sent twice.
--
-- KEYS, ARGV 1: see user.lua
-- ARGV  2 user  3 session  4 login  5 when it began, in microseconds
--       6 the limit  7 policy: deny, oldest or idle
--       then what the caller found out of logins that it was asked to check:
--       <field> <last activity in ms; "over" past its limits; or "none" (yet)>
-- reply 1 server's clock in microseconds, without skew
--       2 "refused", "full", "check" (the fields that follow, each with 1 if it
--         may be about to begin, else 0), or "ok" (the fields that follow are
--         those to evict)

local user, session, policy, limit = ARGV[2], ARGV[3], ARGV[7], tonumber(ARGV[6])
local mine = session .. ':' .. ARGV[4]

local notBefore = redis.call('HGET', USER, 'nb')
if notBefore and tonumber(ARGV[5]) <= tonumber(notBefore) then return {int(micros), 'refused'} end

local known = {}
for i = 8, #ARGV, 2 do known[ARGV[i]] = ARGV[i + 1] end

-- A session counts once, also while one of its logins gives way to the next.
local live, of, latest = {}, {}, now
local check, evict, refused = {}, {}, false
each(function(field, at, state, rest)
  local other = sessionOf(field)
  latest = math.max(latest, at + 1) -- no two at the same moment: one of them came first
  if field == mine then
    refused = state ~= 'live'
  elseif state == 'evict' and rest == mine then
    evict[#evict + 1] = field
  elseif state == 'live' and other ~= session then
    local seen = known[field]
    if seen == 'over' then return end -- it stays: a touch that is late may show it to be live
    if not seen then
      check[#check + 1] = field
      check[#check + 1] = at > now - SETTLED and '1' or '0'
    end
    local one = of[other]
    if not one then
      one = {session = other, at = 0, seen = 0, logins = {}}
      of[other] = one
      live[#live + 1] = one
    end
    one.at = math.max(one.at, at)
    one.seen = math.max(one.seen, tonumber(seen) or at)
    one.logins[#one.logins + 1] = {field, at}
  end
end)
if refused then return {int(micros), 'refused'} end

local excess = #live + 1 - limit
if excess > 0 then
  if #check > 0 then return {int(micros), 'check', unpack(check)} end
  if policy == 'deny' then return {int(micros), 'full'} end
  table.sort(live, function(a, b)
    if policy == 'idle' and a.seen ~= b.seen then return a.seen < b.seen end
    if a.at ~= b.at then return a.at < b.at end
    return a.session < b.session
  end)
  for i = 1, excess do
    for _, login in ipairs(live[i].logins) do
      mark(login[1], login[2], 'evict', mine)
      evict[#evict + 1] = login[1]
    end
  end
end
set(mine, latest, 'live')
schedule(user, now + SETTLED)
return {int(micros), 'ok', unpack(evict)}
