--- The shim of Lua, of every version: each line of a scenario as a program of either module would
-- write it. Answers `ok VALUE...`, `err NAME TEXT` or `skip WHY`, one line for each.

local nnmsg = require "sockery.nnmsg"
local zmq = require "sockery.zmq"

local WAIT = 10000
local POLL = { ["in"] = 1, out = 2, inout = 3 }
local unpack = table.unpack or unpack

local to_hex, from_hex = {}, {}
for i = 0, 255 do
  local char, digits = string.char(i), ("%02x"):format(i)
  to_hex[char], from_hex[digits] = digits, char
end

local function hex(data)
  return data == "" and "-" or (data:gsub(".", to_hex))
end

local function unhex(word)
  return word == "-" and "" or (word:gsub("%x%x", from_hex))
end

local function unhex_all(...)
  local parts = { ... }
  for i, part in ipairs(parts) do
    parts[i] = unhex(part)
  end
  return parts
end

local function hex_all(parts)
  for i, part in ipairs(parts) do
    parts[i] = hex(part)
  end
  return unpack(parts)
end

--- What an option is set to: a number, `xHEX` for bytes or `s:TEXT`.
local function value(word)
  if word:sub(1, 1) == "x" then
    return unhex(word:sub(2))
  end
  return word:match("^s:(.*)") or tonumber(word)
end

--- The number behind a name of a scenario: a constant, or a plain number after `%`.
local function number(constants, prefix, name)
  return tonumber(name:match("^%%(.*)")) or constants[prefix .. name]
end

--- Raises what a call of either module gave instead of a result.
local function check(result, failure, errno, ...)
  if result then
    return result, failure, errno, ...
  elseif type(failure) == "table" then
    error({ name = failure.code or failure:name(), text = failure:msg() }, 0)
  end
  for name, code in pairs(nnmsg) do
    if code == errno and type(name) == "string" and name:match("^NN_E%u+$") then
      error({ name = name:sub(4), text = failure }, 0)
    end
  end
  error({ name = zmq.errors[errno] or tostring(errno), text = failure }, 0)
end

-- A socket of sockery.zmq, by the names of lzmq.
local Zmq = {}
Zmq.__index = Zmq

function Zmq.open(kind)
  return setmetatable({ socket = check(zmq.Socket(number(zmq, "", kind))) }, Zmq)
end

function Zmq:bind(endpoint)
  check(self.socket:bind(endpoint))
  return self:last()
end

function Zmq:connect(endpoint)
  check(self.socket:connect(endpoint))
  return self:last()
end

function Zmq:last()
  return (check(self.socket:last_endpoint()):gsub("%z", ""))
end

function Zmq:unbind(endpoint) check(self.socket:unbind(endpoint)) end
function Zmq:disconnect(endpoint) check(self.socket:disconnect(endpoint)) end
function Zmq:set(option, to) check(self.socket:set(number(zmq, "", option), to)) end
function Zmq:get(option) return check(self.socket:get(number(zmq, "", option))) end
function Zmq:sndtimeo(ms) self.socket:set_sndtimeo(ms) end
function Zmq:rcvtimeo(ms) self.socket:set_rcvtimeo(ms) end
function Zmq:subscribe(prefix) check(self.socket:subscribe(prefix)) end
function Zmq:unsubscribe(prefix) check(self.socket:unsubscribe(prefix)) end
function Zmq:send(parts, wait) check(self.socket:send_all(parts, not wait and zmq.DONTWAIT or nil)) end
function Zmq:send_more(part) check(self.socket:send_more(part)) end
function Zmq:recv(wait) return check(self.socket:recv_all(not wait and zmq.DONTWAIT or nil)) end
function Zmq:send_to(id, body) check(self.socket:send_to(id, body)) end
function Zmq:recv_from() return check(self.socket:recv_from()) end
function Zmq:recv_part() return check(self.socket:recv()) end
function Zmq:ready(count) check(self.socket:wait_for_peers(count, WAIT)) end
function Zmq:subscribers(prefix, count) check(self.socket:wait_for_subscribers(prefix, count, WAIT)) end
function Zmq:close(linger) self.socket:close(linger) end

function Zmq:poll(events, ms)
  local ready, held = self.socket:poll(ms, events)
  check(ready ~= nil, held)
  return ready and held or 0
end

-- A socket of sockery.nnmsg.
local Nn = {}
Nn.__index = Nn

local function levelled(option)
  local level, name = option:match("^(.*):(.*)$")
  return level and nnmsg["NN_" .. level], number(nnmsg, "NN_", name or option)
end

function Nn.of(...)
  return setmetatable({ socket = check(...), endpoints = {} }, Nn)
end

function Nn.raw(kind)
  return Nn.of(nnmsg.socket["raw" .. kind]())
end

function Nn.open(kind)
  local make = nnmsg.socket[kind]
  local socket = make and check(make()) or check(nnmsg.socket(number(nnmsg, "NN_", kind)))
  return setmetatable({ socket = socket, endpoints = {} }, Nn)
end

function Nn:bind(endpoint)
  check(self.socket:bind(endpoint))
  return self:last()
end

function Nn:connect(endpoint)
  check(self.socket:connect(endpoint))
  return self:last()
end

function Nn:last()
  self.endpoints[self.socket.lastEndpoint] = self.socket.lastEndpointId
  return self.socket.lastEndpoint
end

function Nn:unbind(endpoint) check(self.socket:shutdown(self.endpoints[endpoint])) end
Nn.disconnect = Nn.unbind

function Nn:set(option, to)
  local level, name = levelled(option)
  check(self.socket:setopt(name, to, level))
end

function Nn:get(option)
  local level, name = levelled(option)
  return check(self.socket:getopt(name, nil, level))
end

function Nn:statistic(name)
  local number = tonumber(name:match("^%%(%d+)$")) or nnmsg["NN_STAT_" .. name]
  return check(self.socket:getStatistic(number or name))
end

function Nn:sndtimeo(ms) self.socket:setopt(nnmsg.NN_SNDTIMEO, ms) end
function Nn:rcvtimeo(ms) self.socket:setopt(nnmsg.NN_RCVTIMEO, ms) end
function Nn:subscribe(prefix) check(self.socket:subscribe(prefix)) end
function Nn:unsubscribe(prefix) check(self.socket:unsubscribe(prefix)) end
function Nn:send(parts, wait) check(self.socket:send(parts[1], not wait and nnmsg.NN_DONTWAIT or nil)) end
function Nn:recv(wait) return { (check(self.socket:recv(not wait and nnmsg.NN_DONTWAIT or nil))) } end
function Nn:send_to(pipe, body) check(self.socket:sendMsg(body, nil, pipe)) end

function Nn:recv_from()
  local body, _, pipe = check(self.socket:recvMsg())
  return body, pipe
end

function Nn:send_table(value) check(self.socket:sendTable(value)) end
function Nn:recv_table() return check(self.socket:recvTable()) end
function Nn:ready(count) check(self.socket:waitForPeers(count, WAIT)) end
function Nn:subscribers(_, count) self:ready(count) end
function Nn:close() self.socket:close() end

function Nn:poll(events, ms)
  local items = check(nnmsg.poll({ { fd = self.socket, events = events } }, ms))
  return items == 0 and 0 or items[1].revents
end

-- Streams: 90 % to 1 KiB, 9.9 % to 64 KiB, 0.1 % of 1 to 4 MiB, numbered.
local block

local function bodies(count, seed)
  if not block then
    local bytes = {}
    for i = 0, 250 do
      bytes[i + 1] = string.char(i)
    end
    block = table.concat(bytes):rep(16800)
  end
  local state, index = seed, -1
  local function draw()
    state = state * 16807 % 2147483647
    return state
  end
  return function()
    index = index + 1
    if index == count then
      return nil
    end
    local share, size = draw() % 1000, draw()
    if share < 900 then
      size = size % 1025
    elseif share < 999 then
      size = 1025 + size % 64512
    else
      size = 1048576 + size % 3145729
    end
    local high, low = math.floor(index / 65536), index % 65536
    local head = string.char(math.floor(high / 256), high % 256, math.floor(low / 256), low % 256)
    local offset = index % 251
    if size < 4 then
      return head:sub(1, size), index
    end
    return head .. block:sub(offset + 1, offset + size - 4), index
  end
end

-- The verbs. The first argument is a socket, or for `open` and what has none the words themselves.
local sockets = {}
local verbs = {}

function verbs.bind(s, endpoint) return s:bind(endpoint) end
function verbs.conn(s, endpoint) return s:connect(endpoint) end
function verbs.last(s) return s:last() end
function verbs.unbind(s, endpoint) s:unbind(endpoint) end
function verbs.disconn(s, endpoint) s:disconnect(endpoint) end
function verbs.close(s) s:close() end
function verbs.set(s, option, to) s:set(option, value(to)) end
function verbs.sub(s, prefix) s:subscribe(unhex(prefix)) end
function verbs.unsub(s, prefix) s:unsubscribe(unhex(prefix)) end
function verbs.trysend(s, ...) s:send(unhex_all(...), false) end
function verbs.sendmore(s, part) s:send_more(unhex(part)) end
function verbs.tryrecv(s) return hex_all(s:recv(false)) end
function verbs.ready(s, count) s:ready(tonumber(count)) end
function verbs.subs(s, prefix, count) s:subscribers(unhex(prefix), tonumber(count)) end

function verbs.get(s, option)
  local got = s:get(option)
  return type(got) == "number" and ("%d"):format(got) or hex(got)
end

function verbs.stat(s, name) return ("%d"):format(s:statistic(name)) end

function verbs.sendwait(s, ms, ...)
  s:sndtimeo(tonumber(ms))
  s:send(unhex_all(...), true)
end

function verbs.send(s, ...)
  verbs.sendwait(s, WAIT, ...)
end

function verbs.recv(s, ms)
  s:rcvtimeo(tonumber(ms) or WAIT)
  return hex_all(s:recv(true))
end

function verbs.recvpart(s)
  local part, more = s:recv_part()
  return hex(part), more and "more" or "last"
end

function verbs.recvknown(s, ...)
  s:rcvtimeo(WAIT)
  local message = check(s.socket:recv_new_msg())
  local known = { ... }
  for i, name in ipairs(known) do
    local value = message:gets(name)
    known[i] = value and hex(value) or "none"
  end
  while message:more() do
    check(s.socket:recv_msg(message))
  end
  return unpack(known)
end

function verbs.sendmsg(s, header, body)
  s:sndtimeo(WAIT)
  check(s.socket:sendMsg(unhex(body), unhex(header)))
end

function verbs.sendto(s, pipe, body)
  s:sndtimeo(WAIT)
  s:send_to(tonumber(pipe), unhex(body))
end

function verbs.sendgroup(s, group, body)
  s:sndtimeo(WAIT)
  check(s.socket:send_group(unhex(group), unhex(body)))
end

function verbs.recvgroup(s, ms)
  s:rcvtimeo(tonumber(ms) or WAIT)
  local body, group = check(s.socket:recv_group())
  return hex(group), hex(body)
end

function verbs.joingroup(s, group) check(s.socket:join(unhex(group))) end
function verbs.leavegroup(s, group) check(s.socket:leave(unhex(group))) end
function verbs.connpeer(s, endpoint) return ("%d"):format(check(s.socket:connect_peer(endpoint))) end

function verbs.recvmsg(s)
  s:rcvtimeo(WAIT)
  local body, header = check(s.socket:recvMsg())
  return hex_all({ header, body })
end

function verbs.recvfrom(s)
  s:rcvtimeo(WAIT)
  local body, pipe = s:recv_from()
  return ("%d"):format(pipe), hex_all({ body })
end

function verbs.sendtable(s, ...)
  local parts = { ... }
  for i, part in ipairs(parts) do
    parts[i] = part == "unsendable" and print or unhex(part)
  end
  s:sndtimeo(WAIT)
  s:send_table { parts = parts }
end

function verbs.recvtable(s)
  s:rcvtimeo(WAIT)
  return hex_all(s:recv_table().parts)
end

function verbs.watch(s, queue, how)
  local socket = check(s.socket:events(nil, how == "decide"))
  sockets[queue] = setmetatable({ socket = socket, endpoints = {} }, Nn)
end

function verbs.event(s, ms)
  s:rcvtimeo(tonumber(ms) or WAIT)
  s.last_event = s:recv_table()
  return s.last_event.event, s.last_event.pid and "process" or "unknown"
end

function verbs.accept(s, queue) check(s.socket:accept(sockets[queue].last_event.pipe)) end
function verbs.refuse(s, queue) check(s.socket:refuse(sockets[queue].last_event.pipe)) end

function verbs.poll(s, events, ms)
  local held = s:poll(POLL[events], tonumber(ms))
  for word, bits in pairs(POLL) do
    if bits == held then
      return word
    end
  end
  return "none"
end

--- FD tells of news once, so EVENTS is asked before each wait and after it.
function verbs.waitfd(s, ms)
  local fd = s:get("FD")
  local pollable = { getfd = function() return fd end, dirty = function() return false end }
  while s:get("EVENTS") % 2 == 0 do
    if #require("socket").select({ pollable }, nil, tonumber(ms) / 1000) == 0 then
      return "none"
    end
  end
  return "in"
end

function verbs.flood(s, count, seed)
  s:sndtimeo(-1)
  for body in bodies(tonumber(count), tonumber(seed)) do
    s:send({ body }, true)
  end
end

local idle

function verbs.drain(s, count, seed, pause)
  pause = tonumber(pause)
  s:rcvtimeo(WAIT)
  for body, index in bodies(tonumber(count), tonumber(seed)) do
    if pause and index % pause == 0 then
      -- A reader that rests: Lua has no sleep, so it waits for what cannot come.
      idle = idle or Zmq.open("PULL")
      idle:poll(POLL["in"], 1)
    end
    local got = s:recv(true)[1]
    if got ~= body then
      local text = ("message %d: %d bytes came instead of %d"):format(index, #got, #body)
      error({ name = "MISMATCH", text = text }, 0)
    end
  end
  return count
end

local plain = {}

function plain.open(name, kind)
  local module, protocol = kind:match("^(%w+)%.(.*)$")
  local open = { zmq = Zmq.open, raw = Nn.raw }
  sockets[name] = (open[module] or Nn.open)(protocol)
end

function plain.context(name, of)
  sockets[name] = Nn.of(sockets[of].socket:context())
end

function plain.device(name, other)
  local front, back = sockets[name], other and sockets[other].socket
  if getmetatable(front) == Zmq then
    check(zmq.proxy(front.socket, back))
  else
    check(front.socket:device(back))
  end
end

function plain.term()
  nnmsg.term()
end

function plain.reset()
  for _, socket in pairs(sockets) do
    socket:close(0)
  end
  sockets = {}
end

local function act(verb, name, ...)
  if plain[verb] then
    return plain[verb](name, ...)
  elseif verbs[verb] and sockets[name] then
    return verbs[verb](sockets[name], ...)
  end
  error({ skip = ("lua: no %s %s"):format(verb, name or "") }, 0)
end

local function answer(ok, first, ...)
  if ok then
    return table.concat({ "ok", first, ... }, " ")
  elseif type(first) ~= "table" then
    io.stderr:write(tostring(first), "\n")
    return "err LuaError " .. tostring(first):gsub("%s+", " ")
  elseif first.skip then
    return "skip " .. first.skip
  end
  return ("err %s %s"):format(first.name, (tostring(first.text):gsub("%s+", " ")))
end

io.stdout:setvbuf("line")
io.write("hello\n")
for line in io.lines() do
  local words = {}
  for word in line:gmatch("%S+") do
    words[#words + 1] = word
  end
  if words[1] == "exit" then
    break
  end
  io.write(answer(pcall(act, unpack(words))), "\n")
  io.flush()
end
