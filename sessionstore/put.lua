-- Puts values.
--
-- KEYS, ARGV 1, 2: see plain.lua
-- ARGV  3 limit of the values' total bytes
--       then for each value its field, its base, "" for none, and the value
-- reply the server's clock in microseconds, without skew, or nothing: not done

local names = {}
for i = 4, #A, 3 do names[#names + 1] = A[i] end
local f = call('HMGET', session, 'key', 'seen', 'due', 'size', unpack(names))
if not f[1] or string.sub(f[1], -#epoch) ~= epoch or now - f[3] >= 0 or now - f[2] < 0 then return {} end

local fields, size, before = {'seen', now}, f[4] or 0, f[4] or 0
for i = 1, #names do
  local a = 3 * i + 1
  local old, base, value = f[i + 4], A[a + 1], A[a + 2]
  if (old or '') ~= base or old == '' then return {} end
  -- The field is two bytes longer than the key.
  size = size + #value - (old and #old or 2 - #A[a])
  fields[2 * i + 1], fields[2 * i + 2] = A[a], value
end
if size - A[3] > 0 then return {} end
if size - before ~= 0 then fields[#fields + 1], fields[#fields + 2] = 'size', size end
call('HSET', session, unpack(fields))
return {clock[1] * 1000000 + clock[2]}
