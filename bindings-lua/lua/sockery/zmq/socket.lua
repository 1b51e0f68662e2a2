--- The sockets of zmq, with lzmq's methods. Required by zmq.
--
-- A call that fails gives `nil, err` with an error object. Options have a method each, made from the
-- engine's table: `get_linger()`, `set_linger(0)`, and `linger()`, which gets without an argument and
-- sets with one.

local native = require "sockery.native"
local wait = require "sockery.wait"
local errors = require "sockery.zmq.error"
local messages = require "sockery.zmq.message"

local retry, bad_argument, scheduler = wait.retry, wait.bad_argument, wait.scheduler
local IN, OUT, TERM = wait.IN, wait.OUT, native.interest.TERM
local constants = native.zmq.constants
local DONTWAIT, SNDMORE, POLLIN = constants.DONTWAIT, constants.SNDMORE, constants.POLLIN

---@class sockery.zmq.Socket
local Socket = {}
Socket.__index = Socket
Socket._timed_out = "EAGAIN"

local M = { Socket = Socket }

local function fail(failure)
  return nil, errors.of(failure)
end

local function done(ok, failure)
  if ok then
    return true
  end
  return nil, errors.of(failure)
end

local function has(flags, flag)
  return flags ~= nil and flags % (2 * flag) >= flag
end

local function time_of(flags)
  if flags and flags % (2 * DONTWAIT) >= DONTWAIT then
    return 0
  end
  return nil
end

local function check_bytes(value, method, index)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    bad_argument(index or 1, method, "string", value)
  end
end

-- Endpoints.

--- bind, unbind, connect and disconnect take an address, or a sequence of them.
local function each_address(name)
  return function(self, address)
    local method = self._native[name]
    if type(address) ~= "table" then
      check_bytes(address, name)
      return done(method(self._native, address))
    end
    for _, one in ipairs(address) do
      local ok, failure = method(self._native, one)
      if not ok then
        return nil, errors.of(failure), one
      end
    end
    return true
  end
end

---@type fun(self, address: string|string[]): true?, sockery.zmq.Error?
Socket.bind = each_address("bind")
---@type fun(self, address: string|string[]): true?, sockery.zmq.Error?
Socket.unbind = each_address("unbind")
---@type fun(self, address: string|string[]): true?, sockery.zmq.Error?
Socket.connect = each_address("connect")
---@type fun(self, address: string|string[]): true?, sockery.zmq.Error?
Socket.disconnect = each_address("disconnect")

local FIRST_PORT, LAST_PORT = 0xC000, 0xFFFF

--- Binds to the first free port from `first` on, at most `tries` of them.
---@param base string the address without its port
---@param first integer?
---@param tries integer?
---@return integer? port, sockery.zmq.Error? err
function Socket:bind_to_random_port(base, first, tries)
  check_bytes(base, "bind_to_random_port")
  first = first or FIRST_PORT
  local last = math.min(LAST_PORT, first + (tries or LAST_PORT) - 1)
  local err
  for port = first, last do
    local ok
    ok, err = self:bind(("%s:%d"):format(base, port))
    if ok then
      return port
    elseif err.code ~= "EADDRINUSE" and err.code ~= "EACCES" then
      break
    end
  end
  return nil, err or errors.of("EADDRINUSE")
end

--- Closes the socket, with this linger if one is given. Always succeeds.
---@param linger integer?
---@return true
function Socket:close(linger)
  if not self._native:is_closed() then
    if self._on_close then
      self._on_close(self)
    end
    self._native:close(linger)
    self._context._sockets[self] = nil
  end
  return true
end

function Socket:__close()
  self:close()
end

--- A function to call with the socket just before it closes.
function Socket:on_close(callback)
  self._on_close = callback
end

---@return boolean
function Socket:closed()
  return self._native:is_closed()
end

---@return sockery.zmq.Context
function Socket:context()
  return self._context
end

function Socket:__tostring()
  local state = self._native:is_closed() and " - closed" or ""
  return ("sockery.zmq.Socket[%s] (%d)%s"):format(self._kind, self._native:handle(), state)
end

-- Who may connect. Ours.

--- Lets in exactly the CURVE clients with these public keys (32 bytes, or 40 of Z85), without a ZAP handler.
--- From now on; peers that are connected stay. nil asks the handler again.
---@param keys string[]?
---@return true? ok, sockery.zmq.Error? err
function Socket:allow_curve(keys)
  return done(self._native:allow_curve(keys))
end

--- Lets in exactly the PLAIN clients with these names and passwords, without a ZAP handler; their messages
--- bear the name as "User-Id". From now on; nil asks the handler again.
---@param users table<string, string>? passwords by name
---@return true? ok, sockery.zmq.Error? err
function Socket:allow_plain(users)
  return done(self._native:allow_plain(users))
end

-- Messages part by part.

--- Sends what happens to connections to a PAIR that connects to `addr`, which `recv_event` takes apart. In
--- place of an earlier monitor. `events` is a set of EVENT_*, all without; `version` 1 or 2.
---@param addr string|integer? an inproc address, one of its own by default; or the events
---@param events integer?
---@param version integer?
---@return string? addr, sockery.zmq.Error? err
function Socket:monitor(addr, events, version)
  if type(addr) ~= "string" then
    addr, events, version = nil, addr, events
  end
  addr = addr or ("inproc://lzmq.monitor." .. self._native:handle())
  local ok, failure = self._native:monitor(addr, events or constants.EVENT_ALL, version or 1)
  if not ok then
    return nil, errors.of(failure)
  end
  return addr
end

--- Ends the monitor.
---@return true
function Socket:reset_monitor()
  self._native:stop_monitor()
  return true
end

--- Asks the monitor, of version 2, for an event PIPES_STATS of each connection: the messages that wait to be
--- sent, and to be received.
---@return true? ok, sockery.zmq.Error? err
function Socket:monitor_pipes_stats()
  local ok, failure = self._native:monitor_pipes_stats()
  if not ok then
    return nil, errors.of(failure)
  end
  return true
end

--- An integer of the host's bytes. No Lua before 5.3 has string.unpack.
local function integer_of(bytes)
  local number = 0
  for i = 1, #bytes do
    local at = native.little_endian and #bytes + 1 - i or i
    number = number * 256 + bytes:byte(at)
  end
  return number
end

--- Of a monitor's PAIR: the next event, its value and its endpoint; in version 2 the value is a list, and
--- the local and the remote endpoint follow.
---@param flags integer?
---@return integer? event, integer|integer[]|sockery.zmq.Error value, string? endpoint, string? remote
function Socket:recv_event(flags)
  local parts, err = self:recv_all(flags)
  if not parts then
    return nil, err
  elseif #parts == 2 and #parts[1] == 6 then
    return integer_of(parts[1]:sub(1, 2)), integer_of(parts[1]:sub(3)), parts[2]
  end
  local values = {}
  for i = 3, #parts - 2 do
    values[i - 2] = integer_of(parts[i])
  end
  return integer_of(parts[1]), values, parts[#parts - 1], parts[#parts]
end

--- Sends one part; SNDMORE in flags says that others follow.
---@param data string|number
---@param flags integer?
---@return true? ok, sockery.zmq.Error? err
function Socket:send(data, flags)
  local millis, more
  if flags then
    millis, more = time_of(flags), has(flags, SNDMORE)
  end
  local ok, failure = self:_send(millis or scheduler.millis, data, more)
  if ok then
    return true
  end
  check_bytes(data, "send")
  if millis ~= 0 then
    ok, failure = retry(self, OUT, millis, failure, nil, self._send, self, data, more)
  end
  return done(ok, failure)
end

--- Sends one part that others follow.
---@return true? ok, sockery.zmq.Error? err
function Socket:send_more(data, flags)
  return self:send(data, has(flags, SNDMORE) and flags or (flags or 0) + SNDMORE)
end

--- Receives one part, and whether others follow.
---@param flags integer?
---@return string? data, boolean|sockery.zmq.Error more_or_err
function Socket:recv(flags)
  local millis = flags and time_of(flags)
  local data, more = self:_recv(millis or scheduler.millis)
  if data then
    return data, more
  end
  if millis ~= 0 then
    data, more = retry(self, IN, millis, more, nil, self._recv, self)
    if data then
      return data, more
    end
  end
  return fail(more)
end

--- As recv, but at most `len` bytes of the part; the third value is its whole length.
---@return string? data, boolean|sockery.zmq.Error more_or_err, integer? len
function Socket:recv_len(len, flags)
  local data, more = self:recv(flags)
  if not data then
    return nil, more
  end
  return data:sub(1, len), more, #data
end

--- Receives one part into a message of `zmq.msg_init`, with what is known of its sender.
---@param message sockery.zmq.Message
---@param flags integer?
---@return sockery.zmq.Message? message, boolean|sockery.zmq.Error more_or_err
function Socket:recv_msg(message, flags)
  local object, millis = self._native, time_of(flags)
  local got, failure = object:recv_from(millis or scheduler.millis)
  if not got and millis ~= 0 then
    got, failure = retry(self, IN, millis, failure, nil, object.recv_from, object)
  end
  if not got then
    return fail(failure)
  end
  return messages.fill(message, got[1], got[2], got[3])
end

--- The same into a new message.
---@param flags integer?
---@return sockery.zmq.Message? message, boolean|sockery.zmq.Error more_or_err
function Socket:recv_new_msg(flags)
  return self:recv_msg(messages.init(), flags)
end

--- Sends a message of `zmq.msg_init` as one part.
---@param message sockery.zmq.Message
---@param flags integer?
---@return true? ok, sockery.zmq.Error? err
function Socket:send_msg(message, flags)
  return message:send(self, flags)
end

--- Whether the part received last is followed by others.
---@return boolean
function Socket:more()
  return self:get_rcvmore() ~= 0
end

-- Whole messages: all parts or none.

local function send_parts(self, parts, flags)
  for i, part in ipairs(parts) do
    check_bytes(part, "send_all", i)
  end
  local object, millis = self._native, time_of(flags)
  local ok, failure = object:send_parts(millis or scheduler.millis, parts)
  if not ok and millis ~= 0 then
    ok, failure = retry(self, OUT, millis, failure, nil, object.send_parts, object, parts)
  end
  return done(ok, failure)
end

local function recv_parts(self, flags)
  local object, millis = self._native, time_of(flags)
  local parts, failure = object:recv_parts(millis or scheduler.millis)
  if not parts and millis ~= 0 then
    parts, failure = retry(self, IN, millis, failure, nil, object.recv_parts, object)
  end
  if not parts then
    return fail(failure)
  end
  return parts
end

--- Sends a sequence of parts, those from `first` to `last` if given. With SNDMORE the message stays
--- open. Unlike lzmq, DONTWAIT may be given: it is all or nothing.
---@param parts string[]
---@param flags integer?
---@param first integer?
---@param last integer?
---@return true? ok, sockery.zmq.Error? err
function Socket:send_all(parts, flags, first, last)
  if type(parts) ~= "table" then
    bad_argument(1, "send_all", "table", parts)
  end
  first, last = first or 1, last or #parts
  if has(flags, SNDMORE) then
    for i = first, last do
      local ok, err = self:send(parts[i], flags)
      if not ok then
        return nil, err, i
      end
    end
    return true
  end
  if first > last then
    return true
  end
  if first ~= 1 or last ~= #parts then
    local slice = {}
    for i = first, last do
      slice[#slice + 1] = parts[i]
    end
    parts = slice
  end
  return send_parts(self, parts, flags)
end

Socket.send_multipart = Socket.send_all

--- Receives a whole message as a sequence of its parts.
---@param flags integer?
---@return string[]? parts, sockery.zmq.Error? err
function Socket:recv_all(flags)
  return recv_parts(self, flags)
end

Socket.recv_multipart = Socket.recv_all

--- Sends its arguments as the parts of one message.
---@return true? ok, sockery.zmq.Error? err
function Socket:sendx(...)
  return send_parts(self, { ... })
end

--- Sends its arguments as parts that others follow.
---@return true? ok, sockery.zmq.Error? err
function Socket:sendx_more(...)
  return self:send_all({ ... }, SNDMORE)
end

local unpack = table.unpack or unpack

--- Receives a whole message; each part is a value.
---@param flags integer?
---@return string? ... the parts, or nil and an error object
function Socket:recvx(flags)
  local parts, err = recv_parts(self, flags)
  if not parts then
    return nil, err
  end
  return unpack(parts)
end

--- Sends its arguments, joined, as one part.
---@return true? ok, sockery.zmq.Error? err
function Socket:sendv(...)
  return self:send(table.concat({ ... }))
end

--- The same as a part that others follow.
---@return true? ok, sockery.zmq.Error? err
function Socket:sendv_more(...)
  return self:send_more(table.concat({ ... }))
end

-- Drafts of libzmq: messages of one part that bear a routing id (SERVER, PEER) or a group (RADIO, DISH).

local function send_directed(self, data, flags, routing_id, group)
  local object, millis = self._native, time_of(flags)
  local ok, failure = object:send_directed(millis or scheduler.millis, data, routing_id, group)
  if not ok and millis ~= 0 then
    ok, failure = retry(self, OUT, millis, failure, nil, object.send_directed, object, data, routing_id, group)
  end
  return done(ok, failure)
end

local function recv_directed(self, flags)
  local object, millis = self._native, time_of(flags)
  local data, direction = object:recv_directed(millis or scheduler.millis)
  if not data and millis ~= 0 then
    data, direction = retry(self, IN, millis, direction, nil, object.recv_directed, object)
  end
  if data then
    return data, direction
  end
  return fail(direction)
end

--- Sends a message to the peer of a routing id (SERVER, PEER). EHOSTUNREACH when there is none.
---@param routing_id integer 1 to 4294967295
---@param data string|number
---@param flags integer?
---@return true? ok, sockery.zmq.Error? err
function Socket:send_to(routing_id, data, flags)
  if type(routing_id) ~= "number" then
    bad_argument(1, "send_to", "number", routing_id)
  end
  check_bytes(data, "send_to", 2)
  return send_directed(self, data, flags, routing_id, nil)
end

--- Receives a message and the routing id of the peer that sent it (SERVER, PEER).
---@param flags integer?
---@return string? data, integer|sockery.zmq.Error routing_id
function Socket:recv_from(flags)
  return recv_directed(self, flags)
end

--- Sends a message to a group (RADIO). Those that are not in it do not get it.
---@param group string at most 255 bytes
---@param data string|number
---@param flags integer?
---@return true? ok, sockery.zmq.Error? err
function Socket:send_group(group, data, flags)
  check_bytes(group, "send_group", 1)
  check_bytes(data, "send_group", 2)
  return send_directed(self, data, flags, nil, group)
end

--- Receives a message and the group that it was sent to (DISH).
---@param flags integer?
---@return string? data, string|sockery.zmq.Error group
function Socket:recv_group(flags)
  return recv_directed(self, flags)
end

--- Receives the messages of a group too (DISH). EINVAL when it is in that group already.
---@param group string at most 255 bytes
---@return true? ok, sockery.zmq.Error? err
function Socket:join(group)
  check_bytes(group, "join")
  return done(self._native:join(group))
end

--- Receives the messages of a group no longer (DISH). EINVAL when it is not in it.
---@param group string
---@return true? ok, sockery.zmq.Error? err
function Socket:leave(group)
  check_bytes(group, "leave")
  return done(self._native:leave(group))
end

--- Connects, and gives the routing id of the new peer, which may be sent to at once (PEER).
---@param address string
---@return integer? routing_id, sockery.zmq.Error? err
function Socket:connect_peer(address)
  check_bytes(address, "connect_peer")
  local routing_id, failure = self._native:connect_peer(address)
  if not routing_id then
    return fail(failure)
  end
  return routing_id
end

-- Many messages at once. Ours.

--- Receives up to `limit` messages, each a sequence of parts; waits for the first only.
---@param limit integer?
---@param flags integer?
---@return string[][]? messages, sockery.zmq.Error? err
function Socket:recv_many(limit, flags)
  local object, millis = self._native, time_of(flags)
  limit = limit or 256
  local list, failure = object:recv_many(millis or scheduler.millis, limit, true)
  if not list and millis ~= 0 then
    list, failure = retry(self, IN, millis, failure, nil, object.recv_many, object, limit, true)
  end
  if not list then
    return fail(failure)
  end
  return list
end

--- Sends messages, each a string or a sequence of parts. Gives how many went; fewer than all come
--- with an error object.
---@param list (string|string[])[]
---@param flags integer?
---@return integer count, sockery.zmq.Error? err
function Socket:send_many(list, flags)
  if type(list) ~= "table" then
    bad_argument(1, "send_many", "table", list)
  end
  local object, asked, at, failure = self._native, time_of(flags), 1, nil
  repeat
    at, failure = object:send_many(asked or scheduler.millis, list, at)
    if failure then
      local parts = type(list[at]) == "table" and list[at] or { list[at] }
      local ok, why = retry(self, OUT, asked, failure, nil, object.send_parts, object, parts)
      if not ok then
        return at - 1, errors.of(why)
      end
      at = at + 1
    end
  until at > #list
  return #list
end

-- Options.

local by_name, by_number = {}, {}
for _, row in ipairs(native.zmq.options) do
  by_name[row.name], by_number[row.number] = row, row
  for _, alias in ipairs(row.aliases) do
    by_name[alias] = row
  end
end

Socket._sndtimeo, Socket._rcvtimeo = by_name.SNDTIMEO, by_name.RCVTIMEO

--- The number of an option given by number or name ("linger", "LINGER", "ZMQ_LINGER").
local function number_of(option, method)
  if type(option) == "number" then
    return option
  elseif type(option) ~= "string" then
    bad_argument(1, method, "number or string", option)
  end
  local name = option:upper():gsub("^ZMQ_", "")
  return by_name[name] and by_name[name].number
end

local function set(self, number, value, method)
  if type(value) == "table" then
    for i, one in ipairs(value) do
      local ok, failure = self._native:set(0, number, one)
      if not ok then
        return nil, errors.of(failure), i
      end
    end
    return true
  end
  local kind, row = type(value), by_number[number]
  if kind == "string" and row and row.integral then
    -- "100" is the number 100, as Lua has it, and not a C integer's memory.
    value = tonumber(value)
    kind = "number"
  end
  if value == nil and kind == "number" then
    return fail("EINVAL")
  elseif kind == "nil" or kind == "function" or kind == "userdata" or kind == "thread" then
    bad_argument(1, method, "number, boolean or string", value)
  elseif kind == "number" and value ~= math.floor(value) then
    return fail("EINVAL")
  end
  return done(self._native:set(0, number, value))
end

local function get(self, number)
  local value, failure = self._native:get(0, number)
  if value == nil then
    return fail(failure)
  end
  return value
end

--- Sets an option by number or name.
---@param option integer|string
---@param value any
---@return true? ok, sockery.zmq.Error? err
function Socket:set(option, value)
  local number = number_of(option, "set")
  if not number then
    return fail("EINVAL")
  end
  return set(self, number, value, "set")
end

--- Gets an option by number or name.
---@param option integer|string
---@return any value, sockery.zmq.Error? err
function Socket:get(option)
  local number = number_of(option, "get")
  if not number then
    return fail("EINVAL")
  end
  return get(self, number)
end

for _, kind in ipairs { "int", "i64", "u64", "str" } do
  Socket["setopt_" .. kind] = Socket.set
  Socket["getopt_" .. kind] = Socket.get
end

Socket.setopt, Socket.getopt = Socket.set, Socket.get

for name, row in pairs(by_name) do
  local lower, number = name:lower(), row.number
  local function setter(self, value)
    return set(self, number, value, lower)
  end
  local function getter(self)
    return get(self, number)
  end
  Socket["set_" .. lower] = row.writes and setter or nil
  Socket["get_" .. lower] = row.reads and getter or nil
  if Socket[lower] == nil then
    Socket[lower] = function(self, value)
      if value == nil and row.reads then
        return getter(self)
      end
      return setter(self, value)
    end
  end
end

-- Waiting.

--- Waits until one of `events` (POLLIN unless given) holds, at most `timeout` milliseconds.
---@param timeout number? for ever without
---@param events integer?
---@return boolean? ready, integer|sockery.zmq.Error revents_or_err
function Socket:poll(timeout, events)
  local object, millis = self._native, timeout or -1
  events = events or POLLIN
  local held, failure = object:wait(millis, events)
  if not held and millis ~= 0 then
    held, failure = retry(self, IN, millis, failure, nil, object.wait, object, events)
  end
  if not held then
    return fail(failure)
  elseif held >= TERM then
    return fail(object:is_closed() and "ENOTSOCK" or "ETERM")
  end
  return held ~= 0, held
end

--- Which of its arguments (POLLIN, POLLOUT) hold now.
---@return boolean ...
function Socket:has_event(...)
  local held, answers = self._native:readiness(), { ... }
  for i, event in ipairs(answers) do
    answers[i] = has(held, event)
  end
  return unpack(answers)
end

--- Waits until `count` peers are connected, at most `timeout` milliseconds. Ours.
---@param count integer
---@param timeout number?
---@return true? ok, sockery.zmq.Error? err
function Socket:wait_for_peers(count, timeout)
  local object, millis = self._native, timeout or -1
  local ok, failure = object:wait_for_peers(millis, count)
  if not ok and millis ~= 0 then
    ok, failure = retry(self, IN, millis, failure, nil, object.wait_for_peers, object, count)
  end
  return done(ok, failure)
end

--- PUB, XPUB: waits until `count` peers subscribe to a prefix. Ours.
---@param prefix string
---@param count integer
---@param timeout number?
---@return true? ok, sockery.zmq.Error? err
function Socket:wait_for_subscribers(prefix, count, timeout)
  local object, millis = self._native, timeout or -1
  local ok, failure = object:wait_for_subscribers(millis, prefix, count)
  if not ok then
    local call = object.wait_for_subscribers
    ok, failure = retry(self, IN, millis, failure, nil, call, object, prefix, count)
  end
  return done(ok, failure)
end

--- Messages dropped by the pattern's rules, by reason. Ours.
---@return table<string, number>
function Socket:dropped()
  return self._native:dropped()
end

--- The number of connected peers. Ours.
---@return integer
function Socket:peers()
  return self._native:peers()
end

--- Takes over a multipart message that another thread has open. Ours.
function Socket:adopt()
  self._native:adopt()
end

return M
