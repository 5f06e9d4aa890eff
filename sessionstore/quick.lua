-- What changes nearly always are: values put and lines added in a session none
-- of whose limits has passed. It comes before the rest of apply.lua, whose
-- keys, arguments and reply it has, because a script pays for every function
-- that it defines. Whatever is not that plain is left to the rest, with
-- nothing written.

do
  local A, names, carts, n = ARGV, {}, false, 4
  while A[n + 1] do
    local op = A[n + 1]
    if op == 'set' then
      names[#names + 1] = 'v:' .. A[n + 2]
      n = n + 5
    elseif op == 'more' then
      names[#names + 1], carts = 'c:' .. A[n + 2], true
      n = n + 3
    else
      names = nil
      break
    end
  end
  if names and names[1] and not names[100] and A[4] ~= '' then
    local call, match = redis.call, string.match
    local id = string.sub(KEYS[1], -22)
    local f = call('HMGET', KEYS[1], 'key', 'seen', 'size', unpack(names))
    -- A deadline in the zset is never later than the session's next one.
    local due = call('ZSCORE', KEYS[2], id)
    local clock = call('TIME')
    local skew, cap, exact, maxTotal, maxLines, maxQuantity = match(A[1], '^(%-?%d+) (%d+) (%d) (%d+) (%d+) (%d+)$')
    skew = tonumber(skew)
    local now = skew < 0 and -skew or clock[1] * 1000 + math.floor(clock[2] / 1000) + skew
    local plain = f[1] and due and now < tonumber(due) and now >= tonumber(f[2]) and
      match(f[1], '^%S+ %d+ (%d+)$') == A[4]
    local c = plain and carts and call('HMGET', KEYS[1], 'lines', 'visit', 'login', 'user')
    -- Numbers below 10^14 are written in digits by themselves.
    local size, lines, added = f[3] or 0, c and c[1] or 0, {}
    local fields, k, twice = {'seen', now}, 2, {}
    n = 4
    for i = 1, #names do
      if not plain then break end
      local name, old, value = names[i], f[3 + i], nil
      plain, twice[name] = not twice[name], true
      if A[n + 1] == 'set' then
        value = A[n + 5]
        plain = plain and (old or '') == A[n + 4] and (old and '1' or '0') == A[n + 3]
        size = size + #value - (old and #old or -#A[n + 2])
        n = n + 5
      else
        value = (old or 0) + A[n + 3]
        plain = plain and value > 0 and value <= tonumber(maxQuantity) and value < 1e14
        if not old then lines = lines + 1 end
        added[#added + 1], added[#added + 2] = A[n + 2], value
        n = n + 3
      end
      fields[k + 1], fields[k + 2], k = name, value, k + 2
    end
    if plain and size - maxTotal <= 0 and lines - maxLines <= 0 then
      if tonumber(size) ~= tonumber(f[3] or 0) then fields[k + 1], fields[k + 2], k = 'size', size, k + 2 end
      if c and tonumber(lines) ~= tonumber(c[1] or 0) then fields[k + 1], fields[k + 2] = 'lines', lines end
      call('HSET', KEYS[1], unpack(fields))
      local micros = clock[1] .. string.sub('00000' .. clock[2], -6)
      if not carts then return {micros, 'ok'} end
      local reply = {micros, 'ok', '', '', '', A[4]}
      for i = 1, #added, 2 do
        local e = {'t', 'cart.changed', 'at', now, 's', id}
        if c[2] then e[#e + 1] = 'v'; e[#e + 1] = match(c[2], '^%S+') end
        if c[3] then
          e[#e + 1] = 'l'; e[#e + 1] = match(c[3], '^%S+')
          e[#e + 1] = 'u'; e[#e + 1] = c[4]
        end
        local j = #e
        e[j + 1], e[j + 2], e[j + 3], e[j + 4] = '+quantity', added[i + 1], '+sku', added[i]
        local how = exact == '1' and '=' or '~'
        -- Where tests move the clock, they see time pass in the feed, too.
        local entry = skew ~= 0 and redis.pcall('XADD', KEYS[3], 'MAXLEN', how, cap, now .. '-*', unpack(e))
        if type(entry) ~= 'string' then call('XADD', KEYS[3], 'MAXLEN', how, cap, '*', unpack(e)) end
        j = #reply
        reply[j + 1], reply[j + 2], reply[j + 3] = 'line', added[i], tostring(added[i + 1])
      end
      return reply
    end
  end
end

