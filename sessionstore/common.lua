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

local call, match = redis.call, string.match
local SESSION, DUE, FEED = KEYS[1], KEYS[2], KEYS[3]
local ID = string.sub(SESSION, -22)
local REMEMBER = 3600000 -- ms that the end of a session stays known
local KEEP = 604800000   -- ms that a record outlives its deadline, for the sweeper to find

local skew, cap, exact, maxTotal, maxLines, maxQuantity =
  match(ARGV[1], '^(%-?%d+) (%d+) (%d) (%d+) (%d+) (%d+)$')
skew, maxTotal, maxLines, maxQuantity = tonumber(skew), tonumber(maxTotal), tonumber(maxLines), tonumber(maxQuantity)

local clock = call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = skew < 0 and -skew or math.floor(micros / 1000) + skew

local rec    -- the record as it is to be, or nil
local stored -- its fields as they are, in the order in which load reads them; false: none
local dirty = {} -- the groups of fields that may have changed: see fields
local events = {}
local logins = {} -- that ended in this step: id, user, id, user, ...
local over        -- {reason, at} once the session ended in this step
local hset, hdel = {}, {} -- field, value, ...; field, ...
local epochBefore

-- int writes a whole number below 2^53 in digits, which tostring does not from
-- 10^14 on. It is the quicker of the two below.
local function int(n)
  if n < 1e14 and n > -1e14 then return tostring(n) end
  return string.format('%.0f', n)
end

-- load reads the record into rec, and returns the fields that it is told of
-- besides, from place 20 on. Without a record it returns "<reason> <at>" of the
-- end if that is known, else false, and the login that the end refused.
local function load(more)
  local f
  if more and more[1] then
    f = call('HMGET', SESSION, 'session', 'seen', 'key', 'prev', 'sealed', 'old0', 'old1', 'owner', 'login', 'user',
      'amr', 'acr', 'visit', 'agent', 'addr', 'size', 'lines', 'refused', 'due', unpack(more))
  else
    f = call('HMGET', SESSION, 'session', 'seen', 'key', 'prev', 'sealed', 'old0', 'old1', 'owner', 'login', 'user',
      'amr', 'acr', 'visit', 'agent', 'addr', 'size', 'lines', 'refused', 'due')
  end
  stored = f
  if not f[1] then
    local t = call('HMGET', SESSION, 'end', 'refused')
    return t[1], t[2]
  end
  local created, idle, till = match(f[1], '^(%d+) (%d+) (%d+)$')
  local key, since, epoch = match(f[3], '^(%S+) (%d+) (%d+)$')
  rec = {
    created = tonumber(created), idle = tonumber(idle), till = tonumber(till), seen = tonumber(f[2]),
    key = key, since = tonumber(since), epoch = tonumber(epoch),
    sealed = f[5], old = (f[6] or '') .. (f[7] or ''), owner = f[8], agent = f[14] or '', addr = f[15] or '',
    size = tonumber(f[16] or 0), lines = tonumber(f[17] or 0), refused = f[18] or '', due = tonumber(f[19]),
  }
  if f[4] then
    local prev, used = match(f[4], '^(%S+) (%d+)$')
    rec.prev, rec.used = prev, tonumber(used)
  end
  if f[9] then
    local id, started, proven, limit, last = match(f[9], '^(%S+) (%d+) (%d+) (%d+) (%d+)$')
    rec.login = {
      id = id, started = tonumber(started), proven = tonumber(proven), idle = tonumber(limit), till = tonumber(last),
      user = f[10], amr = f[11] or '', acr = f[12] or '',
    }
  end
  if f[13] then
    local id, started, limit, last = match(f[13], '^(%S+) (%d+) (%d+) (%d+)$')
    rec.visit = {id = id, started = tonumber(started), idle = tonumber(limit), till = tonumber(last)}
  end
  epochBefore = rec.epoch
  return false
end

local function visitField(v)
  return v.id .. ' ' .. int(v.started) .. ' ' .. int(v.idle) .. ' ' .. int(v.till)
end

-- write notes that a field is to be changed, if it is; an empty one is removed.
local function write(place, name, value)
  if value == '' then value = false end
  if value == (stored[place] or false) then return end
  if value then
    local n = #hset
    hset[n + 1], hset[n + 2] = name, value
  else
    hdel[#hdel + 1] = name
  end
end

-- fields notes the fields of the record that are to be changed.
local function fields()
  local r = rec
  if dirty.session then write(1, 'session', int(r.created) .. ' ' .. int(r.idle) .. ' ' .. int(r.till)) end
  write(2, 'seen', int(r.seen))
  if dirty.key or r.epoch ~= epochBefore then
    write(3, 'key', r.key .. ' ' .. int(r.since) .. ' ' .. int(r.epoch))
    write(4, 'prev', r.prev and r.prev .. ' ' .. int(r.used) or '')
    write(5, 'sealed', r.sealed or '')
    write(6, 'old0', string.sub(r.old, 1, 64))
    write(7, 'old1', string.sub(r.old, 65))
  end
  if dirty.login then
    local l = r.login
    write(8, 'owner', r.owner or '')
    write(9, 'login', l and l.id .. ' ' .. int(l.started) .. ' ' .. int(l.proven) .. ' ' .. int(l.idle) .. ' ' .. int(l.till) or '')
    write(10, 'user', l and l.user or '')
    write(11, 'amr', l and l.amr or '')
    write(12, 'acr', l and l.acr or '')
  end
  if dirty.visit then write(13, 'visit', r.visit and visitField(r.visit) or '') end
  if dirty.device then
    write(14, 'agent', r.agent)
    write(15, 'addr', r.addr)
  end
  write(16, 'size', r.size > 0 and int(r.size) or '')
  write(17, 'lines', r.lines > 0 and int(r.lines) or '')
  write(18, 'refused', r.refused)
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
  rec.visit, dirty.visit = nil, true
end

local function endLogin(why, actor, at)
  emit('login.ended', at, why, actor, {})
  logins[#logins + 1] = rec.login.id
  logins[#logins + 1] = rec.login.user
  rec.login, dirty.login = nil, true
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
    call(command, SESSION, unpack(list, i, math.min(i + 999, #list)))
  end
end

-- bury leaves of the session how it ended, and the login refused with it if any.
local function bury(why, at, refused)
  call('DEL', SESSION)
  call('HSET', SESSION, 'end', why .. ' ' .. int(at))
  if refused then call('HSET', SESSION, 'refused', refused) end
  call('PEXPIRE', SESSION, REMEMBER)
end

-- commit writes the outcome. A sweep found the deadline to be another and says
-- so; a change only ever brings it forward.
local function commit(sweep)
  if over then
    bury(over[1], over[2])
    call('ZREM', DUE, ID)
  else
    -- Activity alone moves no deadline forward that is looked at too early: a
    -- sweep then finds the true one, long before the record itself expires.
    if sweep or dirty.session or dirty.login or dirty.visit then
      local due = nextDeadline()
      if sweep or not rec.due or due < rec.due then rec.due = due end
      write(19, 'due', int(rec.due))
      call('ZADD', DUE, int(rec.due), ID)
    end
    fields()
    many('HDEL', hdel)
    many('HSET', hset)
    if sweep or dirty.session or dirty.login or dirty.visit then
      call('PEXPIREAT', SESSION, int(deadline(rec.idle, rec.till) + KEEP))
    end
  end
  local how = exact == '1' and '=' or '~'
  for _, e in ipairs(events) do
    -- Where tests move the clock, they see time pass in the feed, too.
    local added = skew ~= 0 and redis.pcall('XADD', FEED, 'MAXLEN', how, cap, int(now) .. '-*', unpack(e))
    if type(added) ~= 'string' then call('XADD', FEED, 'MAXLEN', how, cap, '*', unpack(e)) end
  end
  if over or #logins > 0 or rec.epoch ~= epochBefore then
    local login = logins[#logins - 1] or '-'
    call('PUBLISH', ARGV[2], ID .. (over and ' 1 ' or ' 0 ') .. int(rec.epoch) .. ' ' .. login)
  end
end
