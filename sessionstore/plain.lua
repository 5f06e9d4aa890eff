-- What put.lua and addline.lua share; prepended to them. They make plain changes
-- of a session none of whose limits has passed, which is what changes are nearly
-- always. Whatever is not that plain they leave to apply.lua, with nothing
-- written. They are scripts of their own because a script pays for every word that
-- it is sent and every function that it defines.
--
-- KEYS  1 the session's hash (its fields: redis_layout.go)
-- ARGV  1 the epoch that the author of the change loaded
--       2 skew: see common.lua

local call, match, A, session = redis.call, string.match, ARGV, KEYS[1]
local epoch, skew, clock = ' ' .. A[1], A[2], call('TIME')
-- A number would be written by printf, which takes longer than all the rest.
local now = clock[1] .. string.sub('00000' .. clock[2], -6, -4)
if skew ~= '0' then
  local ms = tonumber(skew)
  now = string.format('%.0f', ms < 0 and -ms or now + ms)
end
