-- Applies one Change to one session: step.apply of step.go.
--
-- KEYS, ARGV 1, 2: see common.lua
-- ARGV  3 the actor, or ""
--       4 the epoch that the author of the change loaded, or "" for any
--       then the parts of the change, each a word and its arguments:
--         create <hash> <idle> <max> <client or ""> <its key or "">
--         end <reason>
--         enduser <reason> <user> <login>     as end if the user is logged in, else the login is refused
--         forgo <login>                       refuses the login unless it is under way
--         logout <reason> <login or "">
--         bury <reason> <login>               a record that is missing is buried, refusing the login
--         clear                               login <id> <user> <idle> <max> <amr> <acr>
--         reauth <login> <idle> <max> <amr> <acr>
--         rotate <from> <to> <sealed>         renew <to> <grace>
--         visit <id> <idle> <max> <n> <n names and values>
--         set <key> <0|1 has base> <base> <value>, swap likewise
--         del <key> <0|1 has base> <base>     add <key> <delta>
--         line <sku> <quantity>               more <sku> <quantity>
--         empty                               checkout <order>
--         device <agent> <addr>               note <type> <n> <n names and values>
--       All durations are ms, 0 for none.
-- reply 1 server's clock in microseconds, without skew
--       2 outcome: "ok" or why the change is refused, 3 to 5 its details:
--         ended <reason> <at> in one word, conflict <key> <value> <0|1 exists>,
--         nonumber <key>, bytes|quantity|lines <number>, gone, exists,
--         superseded, refused, empty; ok <0|1> after end, enduser and forgo:
--         whether the session ended, or the login is under way
--       6 epoch in force
--       then words and arguments: out <login> <user> (a login that ended), and if
--       ok: rotated, sealed <bytes>, visit <field>, added <key> <sum>,
--       conflict <key>, line <sku> <quantity> (of a touched line, afterwards),
--       took <sku> <quantity>

local actor, epoch = ARGV[3], ARGV[4]
local c = {values = {}, cart = {}, notes = {}}
local names = {} -- the fields of the values that are to be changed
do
  local A, values, cart = ARGV, c.values, c.cart
  local i, n = 5, #A
  while i <= n do
    local op, k = A[i], 1 -- k words in all
    if op == 'set' or op == 'swap' then
      values[#values + 1] = {op = op, key = A[i + 1], has = A[i + 2] == '1', base = A[i + 3], value = A[i + 4]}
      k = 5
    elseif op == 'del' then
      values[#values + 1] = {op = op, key = A[i + 1], has = A[i + 2] == '1', base = A[i + 3]}
      k = 4
    elseif op == 'add' then
      values[#values + 1] = {op = op, key = A[i + 1], delta = A[i + 2]}
      k = 3
    elseif op == 'line' or op == 'more' then
      cart[#cart + 1] = {op = op, sku = A[i + 1], quantity = tonumber(A[i + 2])}
      k = 3
    elseif op == 'empty' then cart[#cart + 1] = {op = op}
    elseif op == 'checkout' then c.checkout, k = A[i + 1], 2
    elseif op == 'note' then
      local words = tonumber(A[i + 2])
      c.notes[#c.notes + 1] = {kind = A[i + 1], attributes = {unpack(A, i + 3, i + 2 + words)}}
      k = 3 + words
    elseif op == 'device' then c.device, k = {A[i + 1], A[i + 2]}, 3
    elseif op == 'visit' then
      local words = tonumber(A[i + 4])
      c.visit = {A[i + 1], A[i + 2], A[i + 3], {unpack(A, i + 5, i + 4 + words)}}
      k = 5 + words
    elseif op == 'rotate' then c.rotate, k = {A[i + 1], A[i + 2], A[i + 3]}, 4
    elseif op == 'renew' then c.renew, k = {A[i + 1], A[i + 2]}, 3
    elseif op == 'login' then
      c.login = {
        id = A[i + 1], user = A[i + 2], idle = tonumber(A[i + 3]), max = tonumber(A[i + 4]), amr = A[i + 5], acr = A[i + 6],
      }
      k = 7
    elseif op == 'reauth' then
      c.reauth = {id = A[i + 1], idle = tonumber(A[i + 2]), max = tonumber(A[i + 3]), amr = A[i + 4], acr = A[i + 5]}
      k = 6
    elseif op == 'create' then c.create, k = {A[i + 1], A[i + 2], A[i + 3], A[i + 4], A[i + 5]}, 6
    elseif op == 'logout' then c.logout, k = {A[i + 1], A[i + 2]}, 3
    elseif op == 'end' then c.ending, k = A[i + 1], 2
    elseif op == 'enduser' then c.endUser, k = {A[i + 1], A[i + 2], A[i + 3]}, 4
    elseif op == 'forgo' then c.forgo, k = A[i + 1], 2
    elseif op == 'bury' then c.bury, k = {A[i + 1], A[i + 2]}, 3
    elseif op == 'clear' then c.clear = true
    else return redis.error_reply('ERR sojourn: unknown part of a change')
    end
    i = i + k
  end
  for j = 1, math.min(#values, 1000) do names[j] = 'v:' .. values[j].key end
end

local reply = {}
local function say(...)
  for _, word in ipairs({...}) do reply[#reply + 1] = word end
end

local function answer(outcome, a, b, d)
  local r = {int(micros), outcome, a or '', b or '', d or '', int(rec and rec.epoch or 0)}
  for i = 1, #logins, 2 do
    r[#r + 1] = 'out'
    r[#r + 1] = logins[i]
    r[#r + 1] = logins[i + 1]
  end
  for _, word in ipairs(reply) do r[#r + 1] = word end
  return r
end

local function after(max) return max > 0 and now + max or 0 end

local function isRefused(login)
  return string.find(' ' .. rec.refused .. ' ', ' ' .. login .. ' ', 1, true) ~= nil
end

-- refuse remembers that a login was ended before it began: the last four.
local function refuse(login)
  if isRefused(login) then return end
  local all = {login}
  for other in string.gmatch(rec.refused, '%S+') do all[#all + 1] = other end
  rec.refused = table.concat(all, ' ', 1, math.min(#all, 4))
end

-- Whole numbers of 64 bits, which Lua's are not, as two parts of ten digits.
local function parse64(s)
  local sign, digits = string.match(s, '^([+-]?)0*(%d*)$')
  if not digits or not string.find(s, '%d') or #digits > 19 then return nil end
  if #digits == 19 and digits > (sign == '-' and '9223372036854775808' or '9223372036854775807') then return nil end
  local k = sign == '-' and -1 or 1
  return k * (tonumber(string.sub(digits, 1, -11)) or 0), k * (tonumber(string.sub(digits, -10)) or 0)
end

-- add64 returns the sum in digits, or nil if a is no such number or it overflows.
local function add64(a, b)
  local hi, lo = parse64(a)
  if not hi then return nil end
  local hib, lob = parse64(b)
  hi, lo = hi + hib, lo + lob
  if lo >= 1e10 then hi, lo = hi + 1, lo - 1e10 elseif lo <= -1e10 then hi, lo = hi - 1, lo + 1e10 end
  if hi > 0 and lo < 0 then hi, lo = hi - 1, lo + 1e10 elseif hi < 0 and lo > 0 then hi, lo = hi + 1, lo - 1e10 end
  local sum = hi == 0 and int(math.abs(lo)) or string.format('%.0f%010.0f', math.abs(hi), math.abs(lo))
  if hi < 0 or lo < 0 then sum = '-' .. sum end
  if not parse64(sum) then return nil end
  return sum
end

local function switchesUser()
  return c.login and rec.owner and rec.owner ~= c.login.user
end

local wiped -- values and cart are removed by this change
local line, lines, emptied = {}, 0, false -- the touched lines, and the cart's length, afterwards
local touched = {} -- for each change of the cart: {sku or false, quantity}

-- refuseValues says why the value changes cannot be made, and prepares them.
local function refuseValues()
  local n = #c.values
  if n == 0 then return nil end
  local size = wiped and 0 or rec.size
  if not wiped then
    for j = 1, #names do c.values[j].old = stored[19 + j] end
    for j = #names + 1, n do c.values[j].old = call('HGET', SESSION, 'v:' .. c.values[j].key) end
  end
  local grows = false
  for _, v in ipairs(c.values) do
    local old = v.old or ''
    v.exists = v.old and true or false
    v.unseen = v.op ~= 'add' and (v.exists ~= v.has or old ~= v.base)
    if v.op == 'add' then
      v.value = add64(v.exists and old or '0', v.delta)
      if not v.value then return {'nonumber', v.key} end
      if not v.exists then -- else it is a few digits more at most
        size = size + #v.key + #v.value
        grows = true
      end
    else
      if v.op == 'swap' and v.unseen then return {'conflict', v.key, old, v.exists and '1' or '0'} end
      if v.exists then size = size - #v.key - #old end
      if v.op ~= 'del' then
        size = size + #v.key + #v.value
        grows = true
      end
    end
  end
  if grows and size > maxTotal then return {'bytes', int(size)} end
  return nil
end

-- refuseCart says why the cart changes cannot be made, and prepares them.
local function refuseCart()
  if #c.cart == 0 and not c.checkout then return nil end
  local had = wiped and 0 or rec.lines
  local inStore = {}
  if had > 0 and #c.cart > 0 then
    for i = 1, #c.cart, 1000 do
      local names, skus = {}, {}
      for j = i, math.min(i + 999, #c.cart) do
        if c.cart[j].sku then
          names[#names + 1] = 'c:' .. c.cart[j].sku
          skus[#skus + 1] = c.cart[j].sku
        end
      end
      if #names > 0 then
        local got = call('HMGET', SESSION, unpack(names))
        for j, sku in ipairs(skus) do inStore[sku] = tonumber(got[j] or 0) end
      end
    end
  end
  lines, emptied = had, wiped
  for i, change in ipairs(c.cart) do
    if change.op == 'empty' then
      line, lines, emptied = {}, 0, true
      touched[i] = {false, 0}
    else
      local old = line[change.sku] or (not emptied and inStore[change.sku]) or 0
      local new = change.quantity + (change.op == 'more' and old or 0)
      if new < 0 then new = 0 end
      if old > 0 then lines = lines - 1 end
      if new > 0 then lines = lines + 1 end
      line[change.sku] = new
      touched[i] = {change.sku, new}
    end
  end
  for _, t in ipairs(touched) do
    if t[2] > maxQuantity then return {'quantity', int(t[2])} end
  end
  if lines > maxLines and lines > had then return {'lines', int(lines)} end
  if c.checkout and lines == 0 then return {'empty'} end
  return nil
end

local function refusal()
  if c.login and isRefused(c.login.id) then return {'refused'} end
  if c.reauth and not (rec.login and rec.login.id == c.reauth.id) then return {'superseded'} end
  wiped = c.clear or switchesUser()
  return refuseValues() or refuseCart()
end

local function device()
  local d = {}
  if rec.agent ~= '' then d = {'agent', rec.agent} end
  if rec.addr ~= '' then
    d[#d + 1] = 'address'
    d[#d + 1] = rec.addr
  end
  return d
end

local function proof(attributes, p)
  if p.amr ~= '' then
    attributes[#attributes + 1] = 'amr'
    attributes[#attributes + 1] = p.amr
  end
  if p.acr ~= '' then
    attributes[#attributes + 1] = 'acr'
    attributes[#attributes + 1] = p.acr
  end
  return attributes
end

local function logout()
  local why, login = c.logout[1], c.logout[2]
  if rec.login and (login == '' or login == rec.login.id) then
    endLogin(why, actor, now)
    if not c.renew then rec.epoch = rec.epoch + 1 end
  elseif login ~= '' then
    refuse(login)
  end
end

local function login()
  if rec.login then endLogin('logout', actor, now) end
  local l = c.login
  rec.owner, dirty.login = l.user, true
  rec.login = {
    id = l.id, user = l.user, started = now, proven = now,
    idle = l.idle, till = after(l.max), amr = l.amr, acr = l.acr,
  }
  emit('login.started', now, '', '', proof(device(), l))
end

local function reauthenticate()
  dirty.login = true
  local l, r = rec.login, c.reauth
  l.proven, l.idle, l.till, l.amr, l.acr = now, r.idle, after(r.max), r.amr, r.acr
  emit('login.reauthenticated', now, '', '', proof({}, r))
end

local function spend(hash, flag)
  rec.old = string.sub(flag .. string.sub(hash, 1, 15) .. rec.old, 1, 128)
end

local function credential()
  if not (c.rotate or c.renew) then return end
  dirty.key = true
  if c.rotate then
    local from, to, sealed = unpack(c.rotate)
    if rec.key == from then
      if rec.prev then spend(rec.prev, 'r') end
      rec.prev, rec.used, rec.sealed = rec.key, 0, sealed ~= '' and sealed or nil
      rec.key, rec.since = to, now
      say('rotated')
      emit('credential.rotated', now, '', '', {})
    elseif rec.prev == from and rec.sealed then
      say('sealed', rec.sealed)
    end
  end
  if c.renew then
    local to, grace = c.renew[1], tonumber(c.renew[2])
    if rec.prev then
      spend(rec.prev, (rec.used == 0 or now < rec.used + grace) and 's' or 'r')
    end
    spend(rec.key, 's')
    rec.prev, rec.used, rec.sealed = nil, nil, nil
    rec.key, rec.since, rec.epoch = to, now, rec.epoch + 1
    emit('credential.rotated', now, '', '', {})
  end
end

-- remove takes all fields with one of the prefixes out of the record.
local function remove(prefixes)
  for _, name in ipairs(call('HKEYS', SESSION)) do
    if prefixes[string.sub(name, 1, 2)] then hdel[#hdel + 1] = name end
  end
end

local function values()
  for _, v in ipairs(c.values) do
    local keep = v.op ~= 'del'
    if v.op == 'add' then say('added', v.key, v.value) end
    if v.unseen and not wiped and (v.exists ~= keep or keep and v.old ~= v.value) then
      say('conflict', v.key)
      emit('state.conflicted', now, '', '', {'key', v.key})
    end
    if v.exists then rec.size = rec.size - #v.key - #v.old end
    if keep then
      rec.size = rec.size + #v.key + #v.value
      hset[#hset + 1] = 'v:' .. v.key
      hset[#hset + 1] = v.value
    elseif v.exists then
      hdel[#hdel + 1] = 'v:' .. v.key
    end
  end
end

local function cart()
  if #c.cart == 0 and not c.checkout then return end
  for _, t in ipairs(touched) do
    local attributes = {'quantity', int(t[2])}
    if t[1] then
      attributes[3] = 'sku'
      attributes[4] = t[1]
    end
    emit('cart.changed', now, '', '', attributes)
    if t[1] then say('line', t[1], int(line[t[1]] or 0)) end
  end
  if emptied and not wiped and rec.lines > 0 then remove({['c:'] = true}) end
  rec.lines = lines
  if not c.checkout then
    for sku, quantity in pairs(line) do
      if quantity > 0 then
        hset[#hset + 1] = 'c:' .. sku
        hset[#hset + 1] = int(quantity)
      elseif not emptied then
        hdel[#hdel + 1] = 'c:' .. sku
      end
    end
    return
  end
  local all = {}
  if not emptied then
    local f = call('HGETALL', SESSION)
    for i = 1, #f, 2 do
      if string.sub(f[i], 1, 2) == 'c:' then
        all[string.sub(f[i], 3)] = tonumber(f[i + 1])
        hdel[#hdel + 1] = f[i]
      end
    end
  end
  for sku, quantity in pairs(line) do all[sku] = quantity end
  local items = 0
  for sku, quantity in pairs(all) do
    if quantity > 0 then
      items = items + quantity
      say('took', sku, int(quantity))
    end
  end
  emit('checkout.completed', now, '', '', {'order', c.checkout, 'lines', int(lines), 'items', int(items)})
  rec.lines = 0
end

local function notes()
  for _, n in ipairs(c.notes) do emit(n.kind, now, '', actor, n.attributes) end
end

-- The change, in the order of step.apply.

local gone, late = load(names)
if c.create then
  if rec then return answer('exists') end
  if gone then
    if c.login and late == c.login.id then return answer('refused') end
    return answer('ended', gone)
  end
  local hash, idle, max, client, jkt = unpack(c.create)
  stored = {}
  rec = {
    created = now, seen = now, idle = tonumber(idle), till = after(tonumber(max)),
    key = hash, since = now, epoch = 0, old = '', agent = '', addr = '', size = 0, lines = 0, refused = '',
  }
  if client ~= '' then hset = {'client', client} end
  if jkt ~= '' then
    hset[#hset + 1] = 'jkt'
    hset[#hset + 1] = jkt
  end
  epochBefore = 0
  dirty.session, dirty.key = true, true
else
  if not rec then
    if gone then
      if c.login and late == c.login.id then return answer('refused') end
      return answer('ended', gone)
    end
    if not c.bury then return answer('gone') end
    bury(c.bury[1], now, c.bury[2])
    return answer('ok')
  end
  expire(now)
  if over then
    commit()
    return answer('ended', over[1] .. ' ' .. int(over[2]))
  end
  if epoch ~= '' and tonumber(epoch) ~= rec.epoch then
    if #events > 0 then commit() end
    return answer('superseded')
  end
end

if c.endUser then
  if rec.login and rec.login.user == c.endUser[2] then
    endSession(c.endUser[1], actor, now)
  else
    refuse(c.endUser[3])
  end
  commit()
  return answer('ok', over and '1' or '0')
end
if c.forgo then
  local begun = rec.login and rec.login.id == c.forgo
  if not begun then refuse(c.forgo) end
  commit()
  return answer('ok', begun and '1' or '0')
end
if c.ending then
  notes()
  endSession(c.ending, actor, now)
  commit()
  return answer('ok', '1')
end
local no = refusal()
if no then
  if not c.create and #events > 0 then commit() end
  return answer(unpack(no))
end

if c.device then rec.agent, rec.addr, dirty.device = c.device[1], c.device[2], true end
if c.create then emit('session.started', now, '', '', device()) end
if epoch ~= '' or c.login or c.reauth or c.visit then rec.seen = math.max(rec.seen, now) end
if c.logout then logout() end
if wiped then
  if rec.size > 0 or rec.lines > 0 then remove({['v:'] = true, ['c:'] = true}) end
  if rec.lines > 0 then emit('cart.changed', now, '', '', {'quantity', '0'}) end
  rec.size, rec.lines = 0, 0
end
if c.visit and not rec.visit then
  local id, idle, max, attributes = unpack(c.visit)
  rec.visit = {id = id, started = now, idle = tonumber(idle), till = after(tonumber(max))}
  dirty.visit = true
  emit('visit.started', now, '', '', attributes)
end
if c.visit then say('visit', visitField(rec.visit)) end
if c.login then login() end
if c.reauth then reauthenticate() end
credential()
values()
cart()
notes()
commit()
return answer('ok')
