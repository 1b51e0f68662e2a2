--- nnmsg: the Scalability Protocols (PAIR, PUB/SUB, REQ/REP, PUSH/PULL ...), as document 000 has them.
--
-- Failure never raises: calls give `nil, text, errno` (bind, connect, shutdown, setopt, subscribe and
-- unsubscribe: `false, text, errno`), with errno as in the `_NN_E*` constants. Only an argument of the
-- wrong type raises.
--
--     local nnmsg = require "sockery.nnmsg"
--     local push = nnmsg.socket.push()
--     assert(push:bind("tcp://127.0.0.1:5555"))
--     push:sendTable{ path = "a.txt", size = 10 }

local native = require "sockery.native"
local wait = require "sockery.wait"
local buffer = require "sockery.buffer"
local marks = require "sockery.marks"
local struct = require "sockery.struct"
local calls = require "sockery.traced"
local run = require "sockery.relay"

local explain, retry, bad_argument = wait.explain, wait.retry, wait.bad_argument
local scheduler, codec = wait.scheduler, marks.codec
local IN, OUT, TERM = wait.IN, wait.OUT, native.interest.TERM

---@class nnmsg
---@field version string our version
---@field socket nnmsg.socket makes sockets
local nnmsg = {
  version = native.version,
  map = marks.map,
  array = marks.array,
  bin = marks.bin,
  time = marks.time,
  null = native.null,
  buffer = buffer.new,
}

-- Constants, with and without the leading underscore of document 000.
for name, value in pairs(native.nn.constants) do
  nnmsg[name], nnmsg["_" .. name] = value, value
end

local DONTWAIT = nnmsg.NN_DONTWAIT

---@class nnmsg.Socket
---@field handle integer? a number that no other open socket of the process has; nil once closed
---@field protocol integer the protocol number given to the constructor
---@field lastEndpointId integer? what the last successful bind or connect made
local Socket = {}
Socket.__index = Socket
Socket._timed_out = "ETIMEDOUT"

for _, row in ipairs(native.nn.options) do
  if row.name == "SNDTIMEO" then
    Socket._sndtimeo = row
  elseif row.name == "RCVTIMEO" then
    Socket._rcvtimeo = row
  end
end

---@class nnmsg.Pollable
---@field fd integer the descriptor; it belongs to the socket
---@field socket nnmsg.Socket
local Pollable = {}
Pollable.__index = Pollable

--- For cqueues: what to wait for on the descriptor.
function Pollable.events()
  return "r"
end

--- For cqueues: no time of its own.
function Pollable.timeout()
  return nil
end

--- For luasocket's select.
function Pollable:getfd()
  return self.fd
end

--- For luasocket's select: nothing is buffered outside the descriptor's sight.
function Pollable.dirty()
  return false
end

-- The last error of this Lua state, for lasterr().
local last_text, last_number

local function record(failure)
  local row, text = explain(failure)
  last_text, last_number = text, row.nn
  return text, row.nn
end

local record_failure = record

local function fail(failure)
  return nil, record(failure)
end

--- true, or false, text, errno.
local function done(result, failure)
  if result then
    return true
  end
  return false, record(failure)
end

-- Stands in for the native socket of a closed one: every call fails as on a bad handle.
local Closed = setmetatable({}, {
  __index = function()
    return function()
      return nil, "EBADF"
    end
  end,
})

--- The time that flags ask for: 0 with DONTWAIT, else nil.
local function time_of(flags)
  if flags and flags % (2 * DONTWAIT) >= DONTWAIT then
    return 0
  end
  return nil
end

local function check_bytes(value, method)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    bad_argument(1, method, "string", value)
  end
end

local function bytes_of(value, method)
  check_bytes(value, method)
  return tostring(value)
end

local function address_of(value, method)
  if type(value) ~= "string" then
    bad_argument(1, method, "string", value)
  end
  return value
end

--- Binds to an endpoint and sets lastEndpointId.
---@param address string
---@return boolean ok, string? text, integer? errno
function Socket:bind(address)
  local id, failure = self._native:bind(address_of(address, "bind"))
  if id then
    self.lastEndpointId, self.lastEndpoint = id, failure
    return true
  end
  return false, record(failure)
end

--- Connects to an endpoint and sets lastEndpointId. Returns at once; connecting goes on behind, and
--- again whenever the connection is lost.
---@param address string
---@return boolean ok, string? text, integer? errno
function Socket:connect(address)
  local id, failure = self._native:connect(address_of(address, "connect"))
  if id then
    self.lastEndpointId, self.lastEndpoint = id, failure
    return true
  end
  return false, record(failure)
end

--- Ends one endpoint: that of lastEndpointId unless another is given.
---@param id integer?
---@return boolean ok, string? text, integer? errno
function Socket:shutdown(id)
  id = id or self.lastEndpointId
  if not id then
    return done(nil, "EINVAL")
  end
  return done(self._native:shutdown(id))
end

--- Closes the socket. What is unsent goes on being sent behind, for up to a second. Again: nothing.
function Socket:close()
  if self.handle then
    self._native:close()
    self.handle, self._native = nil, Closed
    self._send, self._recv = Closed.send, Closed.recv
  end
end

Socket.__close = Socket.close

function Socket:__tostring()
  return ("nnmsg.socket.%s: %s"):format(self._kind.name:lower(), tostring(self.handle or "closed"))
end

--- Sends a string, of any bytes, as one message. Waits while it cannot, unless flags say NN_DONTWAIT.
---@param data string|number
---@param flags integer?
---@return integer? bytes, string? text, integer? errno
function Socket:send(data, flags)
  local millis = flags and time_of(flags)
  local size, failure = self:_send(millis or scheduler.millis, data)
  if size then
    return size
  end
  check_bytes(data, "send")
  if millis ~= 0 then
    size, failure = retry(self, OUT, millis, failure, nil, self._send, self, data)
    if size then
      return size
    end
  end
  return fail(failure)
end

--- Receives a message. Waits while there is none, unless flags say NN_DONTWAIT.
---@param flags integer?
---@return string? data, string? text, integer? errno
function Socket:recv(flags)
  local millis = flags and time_of(flags)
  local data, failure = self:_recv(millis or scheduler.millis)
  if data then
    return data
  end
  if millis ~= 0 then
    data, failure = retry(self, IN, millis, failure, nil, self._recv, self)
    if data then
      return data
    end
  end
  return fail(failure)
end

--- Sends a string with a header before it, as nn_sendmsg with SP_HDR. The header is what a raw socket
--- takes: 4 bytes a word, big-endian, EINVAL where its kind cannot send by it. `pipe` names the peer
--- that it goes to when NN_PAIR1_POLY is set; 0 names none.
---@param data string|number
---@param header string? none without one
---@param pipe integer? 0 without one
---@param flags integer?
---@return integer? bytes, string? text, integer? errno
function Socket:sendMsg(data, header, pipe, flags)
  local object, millis = self._native, time_of(flags)
  data, header, pipe = bytes_of(data, "sendMsg"), bytes_of(header or "", "sendMsg"), pipe or 0
  local size, failure = object:send_msg(millis or scheduler.millis, data, header, pipe)
  if not size and millis ~= 0 then
    size, failure =
      retry(self, OUT, millis, failure, nil, object.send_msg, object, data, header, pipe)
  end
  if size then
    return size
  end
  return fail(failure)
end

--- Receives as nn_recvmsg: the body, the header ("" unless raw), and the number of the peer.
---@param flags integer?
---@return string? data, string? header_or_text, integer? pipe_or_errno
function Socket:recvMsg(flags)
  local object, millis = self._native, time_of(flags)
  local parts, failure = object:recv_msg(millis or scheduler.millis)
  if not parts and millis ~= 0 then
    parts, failure = retry(self, IN, millis, failure, nil, object.recv_msg, object)
  end
  if parts then
    return parts[1], parts[2], parts[3]
  end
  return fail(failure)
end

--- The address of the peer of this number, such as tcp://127.0.0.1:40123; over ipc and inproc it is the
--- endpoint that both ends have. nil when there is no such peer, or it was gone already when 32 others went.
---@param pipe integer
---@return string? address
function Socket:peerAddress(pipe)
  return self._native:peer_address(pipe)
end

--- Sends `len` bytes of a buffer (all without `len`): a string, an `nnmsg.buffer`, in LuaJIT any
--- cdata; a pointer needs `len`.
---@param data any
---@param len integer?
---@param flags integer?
---@return integer? bytes, string? text, integer? errno
function Socket:sendBuffer(data, len, flags)
  local bytes, size = buffer.read(data, len)
  if not bytes then
    if size then
      bad_argument(2, "sendBuffer", "0 to " .. size, len)
    end
    bad_argument(1, "sendBuffer", "string or buffer", data)
  end
  return self:send(bytes, flags)
end

--- Receives into a buffer: an `nnmsg.buffer`, in LuaJIT any cdata; a pointer needs `len`. Copies what
--- fits and gives the whole size of the message, which may be more.
---@param target any
---@param len integer?
---@param flags integer?
---@return any target, integer|string size_or_text, integer? errno
function Socket:recvBuffer(target, len, flags)
  local room, size = buffer.room(target, len)
  if not room then
    if size then
      bad_argument(2, "recvBuffer", "0 to " .. size, len)
    end
    bad_argument(1, "recvBuffer", "buffer", target)
  end
  local data, text, errno = self:recv(flags)
  if not data then
    return nil, text, errno
  end
  buffer.write(target, data, room)
  return target, #data
end

--- Sends a table (or any other value that a table can hold) as MessagePack. A table with the keys 1
--- to n is an array, an empty one too, any other a map; see nnmsg.map, array, bin, null and time.
---@param value any
---@param flags integer?
---@return integer? bytes, string? text, integer? errno
function Socket:sendTable(value, flags)
  local object, millis = self._native, time_of(flags)
  if not self.handle then
    return fail("EBADF")
  end
  local sent, failure = codec:send(millis or scheduler.millis, object, value)
  if not sent and millis ~= 0 then
    sent, failure = retry(self, OUT, millis, failure, nil, codec.send, codec, object, value)
  end
  if sent then
    return sent
  end
  return fail(failure)
end

--- Receives a table that came as MessagePack. Bytes that do not decode are returned as a fourth value.
---@param flags integer?
---@return any value, string? text, integer? errno, string? bytes
function Socket:recvTable(flags)
  local object, millis = self._native, time_of(flags)
  if not self.handle then
    return fail("EBADF")
  end
  local value, failure, bytes = codec:recv(millis or scheduler.millis, object)
  if value == nil and millis ~= 0 then
    value, failure, bytes = retry(self, IN, millis, failure, bytes, codec.recv, codec, object)
  end
  if value == nil then
    local text, errno = record(failure)
    return nil, text, errno, bytes
  end
  return value
end

--- Sends a C structure. In LuaJIT `sendStruct(cdata, flags)` sends its memory; everywhere
--- `sendStruct(fields, record, flags)` sends a table described by a field list or by what
--- `nnmsg.struct` made of one. The error for what does not fit names the field.
---@param fields string|nnmsg.Struct|any
---@param record table|integer|nil
---@param flags integer?
---@return integer? bytes, string? text, integer? errno
function Socket:sendStruct(fields, record, flags)
  if type(fields) == "cdata" then
    local bytes = buffer.read(fields)
    if not bytes then
      bad_argument(1, "sendStruct", "a structure, not a pointer", fields)
    end
    return self:send(bytes, record)
  end
  local described, failure = struct.described(fields)
  if failure then
    return fail(failure)
  elseif not described then
    bad_argument(1, "sendStruct", "field list or structure", fields)
  elseif type(record) ~= "table" then
    bad_argument(2, "sendStruct", "table", record)
  end
  local bytes
  bytes, failure = described._layout:pack(record)
  if not bytes then
    return fail(failure)
  end
  return self:send(bytes, flags)
end

--- Receives a C structure, and gives it with the size of the message. In LuaJIT a cdata takes what
--- fits of the message; a field list, or what `nnmsg.struct` made of one, gives a new table, and for
--- a message of another size an error with the bytes as the fourth value.
---@param fields string|nnmsg.Struct|any
---@param flags integer?
---@return any record, integer|string|nil size_or_text, integer? errno, string? bytes
function Socket:recvStruct(fields, flags)
  if type(fields) == "cdata" then
    if not buffer.room(fields) then
      bad_argument(1, "recvStruct", "a structure, not a pointer", fields)
    end
    return self:recvBuffer(fields, nil, flags)
  end
  local described, failure = struct.described(fields)
  if failure then
    return fail(failure)
  elseif not described then
    bad_argument(1, "recvStruct", "field list or structure", fields)
  end
  local data, text, errno = self:recv(flags)
  if not data then
    return nil, text, errno
  end
  local record
  record, failure = described._layout:unpack(data)
  if not record then
    text, errno = record_failure(failure)
    return nil, text, errno, data
  end
  return record, #data
end

--- An object for schedulers that wait by descriptor: cqueues (`cqueues.poll(it)`) and luasocket
--- (`socket.select({it})`), for luv its `fd`. It is readable while a receive ("in", the default) or
--- a send ("out") would not wait; then `recv` or `send` with NN_DONTWAIT. Ours.
---@param interest "in"|"out"|nil
---@return nnmsg.Pollable? object, string? text, integer? errno
function Socket:pollable(interest)
  local option = interest == "out" and nnmsg.NN_SNDFD or nnmsg.NN_RCVFD
  local fd, text, errno = self:getopt(option)
  if not fd then
    return nil, text, errno
  end
  return setmetatable({ fd = fd, pollfd = fd, socket = self }, Pollable)
end

--- Receives up to `limit` messages at once; waits for the first only. Ours.
---@param limit integer?
---@param flags integer?
---@return string[]? messages, string? text, integer? errno
function Socket:recvMany(limit, flags)
  local object, millis = self._native, time_of(flags)
  limit = limit or 256
  local list, failure = object:recv_many(millis or scheduler.millis, limit, false)
  if not list and millis ~= 0 then
    list, failure = retry(self, IN, millis, failure, nil, object.recv_many, object, limit, false)
  end
  if list then
    return list
  end
  return fail(failure)
end

--- SUB: receive what begins with `topic` too; everything without one.
---@param topic string?
---@return boolean ok, string? text, integer? errno
function Socket:subscribe(topic)
  return done(self._native:subscribe(bytes_of(topic or "", "subscribe")))
end

--- SUB: ends one subscription.
---@param topic string?
---@return boolean ok, string? text, integer? errno
function Socket:unsubscribe(topic)
  return done(self._native:unsubscribe(bytes_of(topic or "", "unsubscribe")))
end

--- Sets an option.
---@param option integer
---@param value number|boolean|string|any a buffer too
---@param level integer? NN_SOL_SOCKET unless given
---@return boolean ok, string? text, integer? errno
function Socket:setopt(option, value, level)
  local kind = type(value)
  if kind == "number" and value ~= math.floor(value) then
    return done(nil, "EINVAL")
  elseif kind ~= "number" and kind ~= "boolean" and kind ~= "string" then
    local bytes = buffer.read(value)
    if not bytes then
      bad_argument(2, "setopt", "number, boolean, string or buffer", value)
    end
    value = bytes
  end
  return done(self._native:set(level or nnmsg.NN_SOL_SOCKET, option, value))
end

--- Gets an option: its value, or with a buffer to fill that and the length.
---@param option integer
---@param target any?
---@param level integer?
---@return any value, any length_or_text, integer? errno
function Socket:getopt(option, target, level)
  local value, failure = self._native:get(level or nnmsg.NN_SOL_SOCKET, option)
  if value == nil then
    return fail(failure)
  end
  if target == nil then
    return value
  end
  local room = buffer.room(target)
  if not room then
    bad_argument(2, "getopt", "buffer", target)
  end
  local bytes = buffer.image(value)
  buffer.write(target, bytes, room)
  return target, #bytes
end

--- One of the NN_STAT_ figures by its number, or by name: "messages_sent" and so on, and ours:
--- "queued.out_messages", "queued.out_bytes", "queued.in_messages", "queued.in_bytes" (what waits
--- now), "dropped." with a reason ("dropped.queue_full"). EINVAL when there is none such.
---@param statistic integer|string
---@return number? value, string? text, integer? errno
function Socket:getStatistic(statistic)
  local object, value, failure = self._native, nil, nil
  if type(statistic) == "string" then
    value, failure = object:statistic_named(statistic)
  else
    value, failure = object:statistic(statistic)
  end
  if value then
    return value
  end
  return fail(failure)
end

--- Messages dropped by the pattern's rules, by reason. Ours.
---@return table<string, number>? counts, string? text, integer? errno
function Socket:dropped()
  local counts, failure = self._native:dropped()
  if counts then
    return counts
  end
  return fail(failure)
end

--- Waits until `count` peers are connected, at most `timeout` milliseconds. Ours.
---@param count integer
---@param timeout number?
---@return boolean ok, string? text, integer? errno
function Socket:waitForPeers(count, timeout)
  local object, millis = self._native, timeout or -1
  local ok, failure = object:wait_for_peers(millis, count)
  if not ok and millis ~= 0 then
    ok, failure = retry(self, IN, millis, failure, nil, object.wait_for_peers, object, count)
  end
  return done(ok, failure)
end

local function kind_of(protocol, domain)
  for _, kind in ipairs(native.nn.kinds) do
    if kind.number == protocol and kind.domain == domain then
      return kind
    end
  end
end

local function wrap(object, protocol, domain)
  local send, recv = calls(object)
  return setmetatable({
    _native = object,
    _send = send,
    _recv = recv,
    _kind = kind_of(protocol, domain),
    handle = object:handle(),
    protocol = protocol,
  }, Socket)
end

local PIPE_EVENTS = { "add_pre", "add_post", "rem_post" }

--- A queue of what happens to this socket's pipes, connections and endpoints from now on.
--
-- `kinds` are add_pre, add_post and rem_post (a pipe is about to be added, was added, was removed),
-- which are all by default, and listening, accepted, connected, disconnected and the other events of
-- zmq's monitors. The queue is itself a socket: `recvTable` gives the next event as a table with event,
-- pipe (its number), ["local"], remote, bound (its endpoint was bound, not connected), value, lost (events
-- dropped before it because nobody took them) and over ipc uid, gid and pid, inside TLS tls (the version) and
-- common_name (of the peer's certificate, where it showed one); with a failed handshake or a lost connection
-- reason, a sentence for people. Close it when done. With `decide` each new pipe waits after add_pre for
-- accept or refuse, at most 30 s, and is then refused; the others are not delayed. Ours.
---@param kinds string[]?
---@param decide boolean?
---@return nnmsg.Socket? queue, string? text, integer? errno
function Socket:events(kinds, decide)
  local bits = 0
  for i, kind in ipairs(kinds or PIPE_EVENTS) do
    local bit = native.events[kind]
    if not bit then
      bad_argument(1, "events", "name of an event at " .. i, kind)
    end
    -- Named twice it counts once; there are no operators for bits in every Lua.
    bits = bits % (2 * bit) >= bit and bits or bits + bit
  end
  local object, failure = self._native:watch(bits)
  if not object then
    return fail(failure)
  end
  if decide then
    self._native:set_decides(true)
  end
  return wrap(object, nnmsg.NN_PAIR, nnmsg.AF_SP)
end

--- Takes the peer of a pipe that waits since its add_pre; ENOENT when none does. Ours.
---@param pipe integer
---@return boolean ok, string? text, integer? errno
function Socket:accept(pipe)
  return done(self._native:decide(pipe, true))
end

--- Closes the connection of such a pipe instead; ENOENT when none waits. Ours.
---@param pipe integer
---@return boolean ok, string? text, integer? errno
function Socket:refuse(pipe)
  return done(self._native:decide(pipe, false))
end

--- Passes messages between this raw socket and another, or back to itself, until one closes or a signal
--- comes.
---
--- `other` is a raw socket whose kind fits (REQ to REP, BUS to BUS), or one of `sockery.zmq`, which makes a
--- bridge: PUSH and PULL, PAIR, PUB or XPUB with SUB, SUB or XSUB with PUB, REP with DEALER, REQ with ROUTER. A
--- message of `zmq` with more than one part (after its envelope) cannot cross: it is dropped and counted
--- there as `malformed`.
---
--- Publishers of SP hear of no subscriptions. Where messages go to one, the device subscribes to `topics`
--- (prefixes), or to everything without them; where they go to an XPUB, to what its subscribers want, and to
--- `topics` besides.
---
--- EINVAL for sockets that are not raw or do not fit; EBADF or ETERM when one closes. The bridge is ours.
---@param other nnmsg.Socket|sockery.zmq.Socket?
---@param topics string[]?
---@return nil, string text, integer errno
function Socket:device(other, topics)
  local front, back = self._native, other and other._native
  if front == Closed or back == Closed then
    return fail("EBADF")
  end
  local device, failure = front.device(front, back, nil, topics)
  if device then
    failure = select(2, run(device))
  end
  return fail(failure)
end

-- Making sockets.

local context = native.nn_context()

local function open(protocol, domain)
  domain = domain or nnmsg.AF_SP
  local object, failure = context:socket(domain, protocol)
  if not object then
    return fail(failure)
  end
  return wrap(object, protocol, domain)
end

--- An independent context of this socket (nng's): REQ, REP, SUB, SURVEYOR and RESPONDENT have them, all
--- others answer ENOTSUP. It is a socket over the same peers, with its own request, survey, or
--- subscriptions (and a queue of 128 messages), and with its own NN_SNDTIMEO, NN_RCVTIMEO,
--- NN_REQ_RESEND_IVL and NN_SURVEYOR_DEADLINE. Closing it or its socket ends who waits in it with EBADF.
---@return nnmsg.Socket? context, string? text, integer? errno
function Socket:context()
  local object, failure = self._native:context()
  if not object then
    return fail(failure)
  end
  return wrap(object, self.protocol, self._kind.domain)
end

---@class nnmsg.socket
---@overload fun(protocol: integer, domain: integer?): nnmsg.Socket?, string?, integer?
local socket = setmetatable({}, {
  __call = function(_, protocol, domain)
    if type(protocol) ~= "number" then
      bad_argument(1, "socket", "number", protocol)
    end
    return open(protocol, domain)
  end,
})
nnmsg.socket = socket

-- socket.pair() ..., and socket.rawpair() ... for the raw domain.
for _, kind in ipairs(native.nn.kinds) do
  local prefix = kind.domain == nnmsg.AF_SP and "" or "raw"
  socket[prefix .. kind.name:lower()] = function()
    return open(kind.number, kind.domain)
  end
end

-- Waiting on several sockets.

--- Polls sockets; gives a sequence of what holds of each, or nil and a failure.
local function poll(sockets, events, timeout)
  local targets, millis = {}, timeout or -1
  for i, item in ipairs(sockets) do
    if not item.handle then
      return nil, "EBADF"
    end
    targets[i] = item._native
  end
  local held, failure = native.poll(millis, targets, events)
  if not held then
    held, failure = wait.again(millis, failure, function(list, rest)
      return native.poll(rest, list, events)
    end, targets)
  end
  if not held then
    return nil, failure
  end
  for i, bits in ipairs(held) do
    if bits >= TERM then
      return nil, targets[i]:is_closed() and "EBADF" or "ETERM"
    end
  end
  return held
end

local function any(held)
  for _, bits in ipairs(held) do
    if bits ~= 0 then
      return true
    end
  end
  return false
end

--- Waits until one of several sockets is ready. `items` is a sequence of {fd = socket, events = bits},
--- bits being NN_POLLIN (1) and NN_POLLOUT (2).
---@param items { fd: nnmsg.Socket, events: integer }[]
---@param timeout number? milliseconds; for ever without
---@return { fd: nnmsg.Socket, events: integer, revents: integer }[]|0|nil ready all items anew; 0 at the timeout
---@return string? text
---@return integer? errno
function nnmsg.poll(items, timeout)
  if type(items) ~= "table" then
    bad_argument(1, "poll", "table", items)
  end
  local sockets, events = {}, {}
  for i, item in ipairs(items) do
    if type(item) ~= "table" or getmetatable(item.fd) ~= Socket then
      bad_argument(1, "poll", "table of {fd = socket, events = number}", item)
    end
    sockets[i], events[i] = item.fd, item.events or 0
  end
  local held, failure = poll(sockets, events, timeout)
  if not held then
    return fail(failure)
  elseif not any(held) then
    return 0
  end
  local ready = {}
  for i, bits in ipairs(held) do
    ready[i] = { fd = sockets[i], events = events[i], revents = bits }
  end
  return ready
end

--- One poll now, then an iterator over the ready sockets, in the order given. A timeout or an error
--- is an empty iteration.
local function each(sockets, timeout, events)
  local list = {}
  for i = 1, #sockets do
    list[i] = events
  end
  local held, failure = poll(sockets, list, timeout)
  if not held then
    record(failure)
    held = {}
  end
  local i = 0
  return function()
    repeat
      i = i + 1
    until held[i] ~= 0
    if held[i] then
      return sockets[i], held[i]
    end
  end
end

--- `for socket, revents in nnmsg.eachIn(sockets, timeout) do`: those that have something to receive.
---@param sockets nnmsg.Socket[]
---@param timeout number?
---@return fun(): nnmsg.Socket?, integer?
function nnmsg.eachIn(sockets, timeout)
  return each(sockets, timeout, nnmsg.NN_POLLIN)
end

--- The same for sockets that can send.
---@param sockets nnmsg.Socket[]
---@param timeout number?
---@return fun(): nnmsg.Socket?, integer?
function nnmsg.eachOut(sockets, timeout)
  return each(sockets, timeout, nnmsg.NN_POLLOUT)
end

--- The same for both, or for `events`.
---@param sockets nnmsg.Socket[]
---@param timeout number?
---@param events integer?
---@return fun(): nnmsg.Socket?, integer?
function nnmsg.eachInOut(sockets, timeout, events)
  return each(sockets, timeout, events or nnmsg.NN_POLLIN + nnmsg.NN_POLLOUT)
end

--- The text and number of the last error here; nothing when there was none.
---@return string? text, integer? errno
function nnmsg.lasterr()
  if last_number then
    return last_text, last_number
  end
end

socket.lasterr = nnmsg.lasterr

--- The number of the last error here; 0 when there was none.
---@return integer
function nnmsg.lasterrno()
  return last_number or 0
end

--- Ends all SP sockets of the process for good: from now on every call of theirs fails with ETERM.
function nnmsg.term()
  context:shutdown()
end

--- The structure that a field list describes, for sendStruct and recvStruct: see sockery.struct.
---@param text string
---@return nnmsg.Struct? struct, string? text, integer? errno
function nnmsg.struct(text)
  if type(text) ~= "string" then
    bad_argument(1, "struct", "string", text)
  end
  local made, failure = struct.new(text)
  if made then
    return made
  end
  return fail(failure)
end

---@class nnmsg.Symbol
---@field name string such as NN_PAIR and EAGAIN
---@field value integer its number; of errors that of document 000
---@field ns integer what it is: NN_NS_*
---@field type integer of options and statistics, the type of their values: NN_TYPE_*
---@field unit integer and what they count: NN_UNIT_*

local function copy(row)
  return { name = row.name, value = row.value, ns = row.ns, type = row.type, unit = row.unit }
end

--- Everything that nanomsg has a name for, with what its nn_symbol_info says.
---@return nnmsg.Symbol[]
function nnmsg.symbolInfo()
  local list = {}
  for i, row in ipairs(native.symbols) do
    list[i] = copy(row)
  end
  return list
end

--- The i-th symbol, from 0 as in nanomsg; nil beyond the last.
---@param i integer
---@return nnmsg.Symbol?
function nnmsg.symbol(i)
  local row = native.symbols[i + 1]
  return row and copy(row)
end

--- Bytes of a value as sendTable would send it.
---@return string? bytes, string? text, integer? errno
function nnmsg.encode(value)
  local bytes, failure = codec:encode(value)
  if bytes then
    return bytes
  end
  return fail(failure)
end

--- The value of such bytes.
---@param bytes string
---@return any value, string? text, integer? errno
function nnmsg.decode(bytes)
  local value, failure = codec:decode(bytes_of(bytes, "decode"))
  if value == nil then
    return fail(failure)
  end
  return value
end

return nnmsg
