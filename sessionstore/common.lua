-- What the scripts that change a session share; prepended to them. It says in Lua what
-- step.go says in Go, and storetest holds both to the same words.
--
-- Nothing is written before commit(), so that a script either does all of its
-- work or, when it is refused or fails, none.
--
-- KEYS  1 the session's hash (its fields: redis_layout.go)
--       2 the partition's zset of deadlines
--       3 the partition's feed
-- ARGV  1 "<skew> <cap> <exact 0|1> <total bytes> <lines> <quantity>": ms that
--         tests add to the clock, or if negative the moment at which they stop it;
--         bound of the feed; limits of a session
--       2 the channel on which ends are announced

local SESSION, DUE, FEED = KEYS[1], KEYS[2], KEYS[3]
local ID = string.sub(SESSION, -22)
local REMEMBER = 3600000 -- ms that the end of a session stays known
local KEEP = 604800000   -- ms that a record outlives its deadline, for the sweeper to find
local FIELDS = {
  'session', 'seen', 'key', 'prev', 'sealed', 'old0', 'old1', 'owner', 'login', 'user',
  'amr', 'acr', 'visit', 'agent', 'addr', 'size', 'lines', 'refused',
}

local skew, cap, exact, maxTotal, maxLines, maxQuantity =
  string.match(ARGV[1], '^(-?%d+) (%d+) (%d) (%d+) (%d+) (%d+)$')
skew, maxTotal, maxLines, maxQuantity = tonumber(skew), tonumber(maxTotal), tonumber(maxLines), tonumber(maxQuantity)

local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = skew < 0 and -skew or math.floor(micros / 1000) + skew

local rec    -- the record as it is to be, or nil
local stored -- its fields as they are, in the order of FIELDS; false: none
local events = {}
local logins = {} -- that ended in this step: id, user, id, user, ...
local over        -- {reason, at} once the session ended in this step
local hset, hdel = {}, {} -- of values and lines: field, value, ...; field, ...
local epochBefore

-- int writes a whole number below 2^53 in digits, which tostring would not.
local function int(n) return string.format('%.0f', n) end

local function numbers(s)
  local n = {}
  for word in string.gmatch(s, '%S+') do n[#n + 1] = word end
  return n
end

-- load reads the record into rec. Without one it returns "<reason> <at>" of the
-- end if that is known, else false, and the login that the end refused.
local function load()
  local f = redis.call('HMGET', SESSION, unpack(FIELDS))
  stored = f
  if not f[1] then
    local t = redis.call('HMGET', SESSION, 'end', 'refused')
    return t[1], t[2]
  end
  rec = {}
  local n = numbers(f[1])
  rec.created, rec.idle, rec.till = tonumber(n[1]), tonumber(n[2]), tonumber(n[3])
  rec.seen = tonumber(f[2])
  n = numbers(f[3])
  rec.key, rec.since, rec.epoch = n[1], tonumber(n[2]), tonumber(n[3])
  if f[4] then
    n = numbers(f[4])
    rec.prev, rec.used = n[1], tonumber(n[2])
  end
  rec.sealed = f[5]
  rec.old = (f[6] or '') .. (f[7] or '')
  rec.owner = f[8]
  if f[9] then
    n = numbers(f[9])
    rec.login = {
      id = n[1], started = tonumber(n[2]), proven = tonumber(n[3]), idle = tonumber(n[4]), till = tonumber(n[5]),
      user = f[10], amr = f[11] or '', acr = f[12] or '',
    }
  end
  if f[13] then
    n = numbers(f[13])
    rec.visit = {id = n[1], started = tonumber(n[2]), idle = tonumber(n[3]), till = tonumber(n[4])}
  end
  rec.agent, rec.addr = f[14] or '', f[15] or ''
  rec.size, rec.lines = tonumber(f[16] or 0), tonumber(f[17] or 0)
  rec.refused = f[18] or ''
  epochBefore = rec.epoch
  return false
end

local function visitField(v)
  return v.id .. ' ' .. int(v.started) .. ' ' .. int(v.idle) .. ' ' .. int(v.till)
end

-- fields writes rec in the order of FIELDS.
local function fields()
  local r = rec
  local function some(s) return s ~= '' and s or false end
  local f = {
    int(r.created) .. ' ' .. int(r.idle) .. ' ' .. int(r.till),
    int(r.seen),
    r.key .. ' ' .. int(r.since) .. ' ' .. int(r.epoch),
    r.prev and r.prev .. ' ' .. int(r.used) or false,
    r.sealed or false,
    some(string.sub(r.old, 1, 64)), some(string.sub(r.old, 65)),
    r.owner or false,
    false, false, false, false, false,
    some(r.agent), some(r.addr),
    r.size > 0 and int(r.size) or false,
    r.lines > 0 and int(r.lines) or false,
    some(r.refused),
  }
  local l = r.login
  if l then
    f[9] = l.id .. ' ' .. int(l.started) .. ' ' .. int(l.proven) .. ' ' .. int(l.idle) .. ' ' .. int(l.till)
    f[10], f[11], f[12] = l.user, some(l.amr), some(l.acr)
  end
  if r.visit then f[13] = visitField(r.visit) end
  return f
end

-- emit appends an event about the record as it now is. Attributes: name, value, ...
local function emit(kind, at, reason, actor, attributes)
  local e = {'t', kind, 'at', int(at), 's', ID}
  local function add(name, value) e[#e + 1] = name; e[#e + 1] = value end
  if at < now then add('det', int(now)) end
  if rec.visit then add('v', rec.visit.id) end
  if rec.login then add('l', rec.login.id); add('u', rec.login.user) end
  if reason ~= '' then add('r', reason) end
  if actor ~= '' then add('a', actor) end
  for i = 1, #attributes, 2 do add('+' .. attributes[i], attributes[i + 1]) end
  events[#events + 1] = e
end

-- deadline returns when a stretch with these limits ends if nothing more
-- happens, and why. 0 means never.
local function deadline(idle, till)
  if idle > 0 then
    local at = rec.seen + idle
    if till == 0 or at < till then return at, 'idle' end
  end
  return till, 'lifetime'
end

local function passed(at, by) return at ~= 0 and by >= at end

local function endVisit(why, at)
  emit('visit.ended', at, why, '', {'start', int(rec.visit.started), 'last', int(rec.seen)})
  rec.visit = nil
end

local function endLogin(why, actor, at)
  emit('login.ended', at, why, actor, {})
  logins[#logins + 1] = rec.login.id
  logins[#logins + 1] = rec.login.user
  rec.login = nil
end

local function endSession(why, actor, at)
  if rec.visit then endVisit(why, at) end
  if rec.login then endLogin(why, actor, at) end
  emit('session.ended', at, why, actor, {})
  over = {why, at}
end

local function expireLogin(by)
  if not rec.login then return end
  local at, why = deadline(rec.login.idle, rec.login.till)
  if passed(at, by) then endLogin(why, '', at) end
end

-- expire makes the ends by limits that have passed at the given moment.
local function expire(by)
  local at, why = deadline(rec.idle, rec.till)
  local last = passed(at, by)
  if last then by = at end -- what ended by itself before that has its own reason
  if rec.visit then
    local vat, vwhy = deadline(rec.visit.idle, rec.visit.till)
    if passed(vat, by) then
      expireLogin(vat - 1) -- the events come in the order of time
      endVisit(vwhy, vat)
    end
  end
  expireLogin(by)
  if last then endSession(why, '', at) end
end

-- nextDeadline is the first moment at which some limit passes; 0 if none does.
local function nextDeadline()
  local at = deadline(rec.idle, rec.till)
  local function earlier(other)
    if other ~= 0 and (at == 0 or other < at) then at = other end
  end
  if rec.login then earlier((deadline(rec.login.idle, rec.login.till))) end
  if rec.visit then earlier((deadline(rec.visit.idle, rec.visit.till))) end
  return at
end

-- many calls a command on a list of arguments, some at a time.
local function many(command, list)
  for i = 1, #list, 1000 do
    redis.call(command, SESSION, unpack(list, i, math.min(i + 999, #list)))
  end
end

-- bury leaves of the session how it ended, and the login refused with it if any.
local function bury(why, at, refused)
  redis.call('DEL', SESSION)
  redis.call('HSET', SESSION, 'end', why .. ' ' .. int(at))
  if refused then redis.call('HSET', SESSION, 'refused', refused) end
  redis.call('PEXPIRE', SESSION, REMEMBER)
end

-- commit writes the outcome. A sweep found the deadline to be another and says
-- so; a change only ever brings it forward.
local function commit(sweep)
  if over then
    bury(over[1], over[2])
    redis.call('ZREM', DUE, ID)
  else
    for i, value in ipairs(fields()) do
      if value ~= stored[i] then
        if value then
          hset[#hset + 1] = FIELDS[i]
          hset[#hset + 1] = value
        else
          hdel[#hdel + 1] = FIELDS[i]
        end
      end
    end
    many('HDEL', hdel)
    many('HSET', hset)
    local at = deadline(rec.idle, rec.till)
    redis.call('PEXPIREAT', SESSION, int(at + KEEP))
    if sweep then
      redis.call('ZADD', DUE, int(nextDeadline()), ID)
    else
      redis.call('ZADD', DUE, 'LT', int(nextDeadline()), ID)
    end
  end
  local how = exact == '1' and '=' or '~'
  for _, e in ipairs(events) do
    -- Where tests move the clock, they see time pass in the feed, too.
    local added = skew ~= 0 and redis.pcall('XADD', FEED, 'MAXLEN', how, cap, int(now) .. '-*', unpack(e))
    if type(added) ~= 'string' then redis.call('XADD', FEED, 'MAXLEN', how, cap, '*', unpack(e)) end
  end
  if over or #logins > 0 or rec.epoch ~= epochBefore then
    local login = logins[#logins - 1] or '-'
    redis.call('PUBLISH', ARGV[2], ID .. (over and ' 1 ' or ' 0 ') .. int(rec.epoch) .. ' ' .. login)
  end
end
