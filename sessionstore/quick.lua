-- What changes nearly always are: values put and lines added in a session none
-- of whose limits has passed. It comes before the rest of apply.lua, whose
-- keys, arguments and reply it has, because a script pays for every function
-- that it defines. Whatever is not that plain is left to the rest, with
-- nothing written.

do
  local A, names, n = ARGV, {}, 4
  while A[n + 1] do
    local op = A[n + 1]
    if op == 'set' then
      names[#names + 1] = 'v:' .. A[n + 2]
      n = n + 5
    elseif op == 'more' then
      names[#names + 1] = 'c:' .. A[n + 2]
      n = n + 3
    else
      names = nil
      break
    end
  end
  if names and names[1] and not names[100] and A[4] ~= '' then
    local call, match = redis.call, string.match
    local f = call('HMGET', KEYS[1], 'session', 'seen', 'key', 'login', 'visit', 'size', 'lines', 'user', unpack(names))
    local skew, cap, exact, maxTotal, maxLines, maxQuantity = match(A[1], '^(%-?%d+) (%d+) (%d) (%d+) (%d+) (%d+)$')
    local clock = call('TIME')
    skew = tonumber(skew)
    local now = skew < 0 and -skew or clock[1] * 1000 + math.floor(clock[2] / 1000) + skew
    local plain = f[1] and match(f[3], '^%S+ %d+ (%d+)$') == A[4]
    if plain then
      local seen = tonumber(f[2])
      local function lasts(idle, till)
        idle, till = tonumber(idle), tonumber(till)
        return (idle == 0 or now < seen + idle) and (till == 0 or now < till)
      end
      -- The patterns are anchored: others would look for a beginning at every digit.
      plain = lasts(match(f[1], '^%d+ (%d+) (%d+)$')) and
        (not f[4] or lasts(match(f[4], '^%S+ %d+ %d+ (%d+) (%d+)$'))) and
        (not f[5] or lasts(match(f[5], '^%S+ %d+ (%d+) (%d+)$')))
    end
    local size, lines = tonumber(f[6] or 0), tonumber(f[7] or 0)
    local fields, changed, twice = {'seen', string.format('%.0f', math.max(now, tonumber(f[2] or 0)))}, {}, {}
    n = 4
    for i, name in ipairs(names) do
      if not plain then break end
      local old, value = f[8 + i], nil
      plain, twice[name] = not twice[name], true
      if A[n + 1] == 'set' then
        value = A[n + 5]
        plain = plain and (old and '1' or '0') == A[n + 3] and (old or '') == A[n + 4]
        size = size + #value - (old and #old or -#A[n + 2])
        n = n + 5
      else
        local quantity = tonumber(old or 0) + A[n + 3]
        plain = plain and quantity > 0 and quantity <= tonumber(maxQuantity)
        if not old then lines = lines + 1 end
        value = string.format('%.0f', quantity)
        changed[#changed + 1] = {A[n + 2], value}
        n = n + 3
      end
      local k = #fields
      fields[k + 1], fields[k + 2] = name, value
    end
    if plain and size <= tonumber(maxTotal) and lines <= tonumber(maxLines) then
      local k = #fields
      if size > 0 then fields[k + 1], fields[k + 2], k = 'size', string.format('%.0f', size), k + 2 end
      if lines > 0 then fields[k + 1], fields[k + 2] = 'lines', string.format('%.0f', lines) end
      call('HSET', KEYS[1], unpack(fields))
      local reply = {string.format('%.0f', clock[1] * 1000000 + clock[2]), 'ok', '', '', '', A[4]}
      if f[5] then reply[7], reply[8] = 'visit', f[5] end
      for _, c in ipairs(changed) do
        local e = {'t', 'cart.changed', 'at', string.format('%.0f', now), 's', string.sub(KEYS[1], -22)}
        if f[5] then e[#e + 1] = 'v'; e[#e + 1] = match(f[5], '^%S+') end
        if f[4] then
          e[#e + 1] = 'l'; e[#e + 1] = match(f[4], '^%S+')
          e[#e + 1] = 'u'; e[#e + 1] = f[8]
        end
        local j = #e
        e[j + 1], e[j + 2], e[j + 3], e[j + 4] = '+quantity', c[2], '+sku', c[1]
        local how = exact == '1' and '=' or '~'
        -- Where tests move the clock, they see time pass in the feed, too.
        local added = skew ~= 0 and redis.pcall('XADD', KEYS[3], 'MAXLEN', how, cap, string.format('%.0f', now) .. '-*', unpack(e))
        if type(added) ~= 'string' then call('XADD', KEYS[3], 'MAXLEN', how, cap, '*', unpack(e)) end
        j = #reply
        reply[j + 1], reply[j + 2], reply[j + 3] = 'line', c[1], c[2]
      end
      return reply
    end
  end
end

