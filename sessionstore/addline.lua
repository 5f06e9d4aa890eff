-- Adds to a line of the cart.
--
-- KEYS, ARGV 1, 2: see plain.lua
-- KEYS  2 the partition's feed
-- ARGV  3 " <cap> <exact 0|1> <total bytes> <lines> <quantity>": see common.lua
--       4 SKU
--       5 quantity to be added
-- reply 1 the server's clock in microseconds, without skew; nothing: not done
--       2 quantity of the line afterwards

local sku, name = A[4], 'c:' .. A[4]
local cap, exact, maxLines, maxQuantity = match(A[3], '^ (%d+) (%d) %d+ (%d+) (%d+)$')
local f = call('HMGET', session, 'key', 'seen', 'due', 'lines', 'visit', 'login', 'user', name)
if not f[1] or string.sub(f[1], -#epoch) ~= epoch or now - f[3] >= 0 or now - f[2] < 0 then return {} end

local quantity, lines = (f[8] or 0) + A[5], (f[4] or 0) + (f[8] and 0 or 1)
-- Numbers from 10^14 on are not written in digits.
if quantity <= 0 or quantity - maxQuantity > 0 or quantity >= 1e14 or not f[8] and lines - maxLines > 0 then return {} end
if f[8] then
  call('HSET', session, 'seen', now, name, quantity)
else
  call('HSET', session, 'seen', now, name, quantity, 'lines', lines)
end

local e = {'t', 'cart.changed', 'at', now, 's', string.sub(session, -22)}
if f[5] then e[#e + 1] = 'v'; e[#e + 1] = match(f[5], '^%S+') end
if f[6] then
  e[#e + 1] = 'l'; e[#e + 1] = match(f[6], '^%S+')
  e[#e + 1] = 'u'; e[#e + 1] = f[7]
end
local n = #e
e[n + 1], e[n + 2], e[n + 3], e[n + 4] = '+quantity', quantity, '+sku', sku
local how = exact == '1' and '=' or '~'
-- Where tests move the clock, they see time pass in the feed, too.
local entry = skew ~= '0' and redis.pcall('XADD', KEYS[2], 'MAXLEN', how, cap, now .. '-*', unpack(e))
if type(entry) ~= 'string' then call('XADD', KEYS[2], 'MAXLEN', how, cap, '*', unpack(e)) end
return {clock[1] * 1000000 + clock[2], quantity}
