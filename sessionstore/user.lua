-- What the scripts on a user's logins share; prepended to them.
--
-- The index of a user is one hash. Field "nb" is the moment, in microseconds,
-- until which logins that began are refused. Every other field is a login, "<session>:<login>":
--   "<at> live"                  it was reserved at that moment, and has begun or is about to
--   "<at> evict <when> <session:login>"
--                                it was marked then to end, to make room for that one
--   "<at> end <when> <reason> <actor>"
--                                it was marked then to end with its session
-- A login is in the index before it begins and leaves it after it ended, so
-- that no end misses it. What a crash leaves in between, the sweeper repairs: a
-- user with something to repair stands in the partition's zset of deadlines as
-- "u:<user>".
--
-- KEYS  1 the user's index
--       2 the zset of deadlines of the same partition
-- ARGV  1 skew: see common.lua

local USER, DUE = KEYS[1], KEYS[2]
local SETTLED = 15000     -- ms after which a login that was reserved has begun, or never will
local FORGET = 34560000000 -- ms that an index outlives what was last done to it: 400 days

local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local skew = tonumber(ARGV[1])
local now = skew < 0 and -skew or math.floor(micros / 1000) + skew

local function int(n) return string.format('%.0f', n) end

-- each calls f(field, at, state, rest, when) for each login.
local function each(f)
  local all = redis.call('HGETALL', USER)
  for i = 1, #all, 2 do
    if all[i] ~= 'nb' then
      local at, state, when, rest = string.match(all[i + 1], '^(%d+) (%a+) ?(%d*) ?(.*)$')
      f(all[i], tonumber(at), state, rest, tonumber(when))
    end
  end
end

local function set(field, at, state)
  redis.call('HSET', USER, field, int(at) .. ' ' .. state)
end

local function mark(field, at, state, rest)
  set(field, at, state .. ' ' .. int(now) .. ' ' .. rest)
end

local function sessionOf(field) return string.sub(field, 1, 22) end

-- schedule asks for a look at the user at the given moment.
local function schedule(user, at)
  redis.call('ZADD', DUE, 'LT', int(at), 'u:' .. user)
  redis.call('PEXPIRE', USER, FORGET)
end
