-- Removes from a feed what every group acknowledged and nobody is to look up
-- any more, and the consumers that have been silent for long and hold nothing.
--
-- KEYS  1 the partition's feed
-- ARGV  1 entries from this moment on (ms) stay
--       2 ms of silence after which a consumer is forgotten
-- reply how many entries were removed

local FEED = KEYS[1]
if redis.call('EXISTS', FEED) == 0 then return 0 end

local function fields(reply)
  local t = {}
  for i = 1, #reply, 2 do t[reply[i]] = reply[i + 1] end
  return t
end

-- Positions are compared as (ms, sequence): as text they would not sort.
local function position(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return {tonumber(ms), tonumber(seq)}
end

local function before(a, b)
  return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
end

local least = {tonumber(ARGV[1]), 0}
local groups = redis.call('XINFO', 'GROUPS', FEED)
if #groups == 0 then return 0 end
for _, g in ipairs(groups) do
  g = fields(g)
  local pending = redis.call('XPENDING', FEED, g.name)
  local first = position(g['last-delivered-id'])
  first[2] = first[2] + 1
  if pending[1] > 0 then first = position(pending[2]) end
  if before(first, least) then least = first end
  for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', FEED, g.name)) do
    c = fields(c)
    if c.pending == 0 and c.idle > tonumber(ARGV[2]) then
      redis.call('XGROUP', 'DELCONSUMER', FEED, g.name, c.name)
    end
  end
end
return redis.call('XTRIM', FEED, 'MINID', '=', string.format('%.0f-%.0f', least[1], least[2]))
