-- Hands entries of one feed that its group has not had to a consumer, and
-- counts those that the cap dropped before the group had them.
--
-- KEYS  1 the partition's feed
-- ARGV  1 group, created if there is none  2 consumer
--       3 how many entries at most, and one less where some were lost
-- reply 1 how many were lost
--       2 the entries: {id, {field, value, ...}}, ...

local FEED, GROUP = KEYS[1], ARGV[1]

local function pairs_of(reply)
  local t = {}
  for i = 1, #reply, 2 do t[reply[i]] = reply[i + 1] end
  return t
end

local dropped = 0 -- entries that are in the feed no more
if redis.call('EXISTS', FEED) == 1 then
  local feed = pairs_of(redis.call('XINFO', 'STREAM', FEED))
  dropped = feed['entries-added'] - feed['length']
end
local group
if redis.call('EXISTS', FEED) == 1 then
  for _, g in ipairs(redis.call('XINFO', 'GROUPS', FEED)) do
    g = pairs_of(g)
    if g.name == GROUP then group = g end
  end
end
local lost = 0
if not group then
  redis.call('XGROUP', 'CREATE', FEED, GROUP, '0', 'MKSTREAM', 'ENTRIESREAD', dropped)
else
  -- Redis counts what it handed to the group, so that what is missing from the
  -- count and from the feed was dropped unread. The count is then put right.
  local had = tonumber(group['entries-read'] or dropped)
  lost = math.max(0, dropped - had)
  if lost > 0 then
    redis.call('XGROUP', 'SETID', FEED, GROUP, group['last-delivered-id'], 'ENTRIESREAD', dropped)
  end
end
local count = ARGV[3] - (lost > 0 and 1 or 0)
if count <= 0 then return {lost, {}} end
local read = redis.call('XREADGROUP', 'GROUP', GROUP, ARGV[2], 'COUNT', count, 'STREAMS', FEED, '>')
return {lost, read and read[1][2] or {}}
