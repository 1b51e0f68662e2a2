--- Contexts, as lzmq has them. Required by zmq.

local native = require "sockery.native"
local wait = require "sockery.wait"
local errors = require "sockery.zmq.error"
local calls = require "sockery.traced"
local Socket = require("sockery.zmq.socket").Socket

---@class sockery.zmq.Context
local Context = {}
Context.__index = Context

local M = { Context = Context }

local function fail(failure)
  return nil, errors.of(failure)
end

--- A context around a native one; `shared` with other Lua states.
function M.wrap(object, shared)
  local sockets = setmetatable({}, { __mode = "k" })
  return setmetatable({ _native = object, _sockets = sockets, _shared = shared }, Context)
end

local numbers = {}
for _, kind in ipairs(native.zmq.kinds) do
  numbers[kind.name] = kind.number
end

local function type_of(what)
  if type(what) == "number" then
    return what
  elseif type(what) == "string" then
    return numbers[what:upper()]
  elseif type(what) == "table" then
    return type_of(what[1])
  end
end

--- Applies what `options` has that `object` has a set_ method for.
local function apply(object, options)
  for name, value in pairs(options) do
    local method = type(name) == "string" and object["set_" .. name]
    if method then
      local ok, err, where = method(object, value)
      if not ok then
        return nil, err, where
      end
    end
  end
  return true
end
M.apply = apply

local function set_up(socket, options)
  local ok, err, where = apply(socket, options)
  if ok and options.bind then
    ok, err, where = socket:bind(options.bind)
  end
  if ok and options.connect then
    ok, err, where = socket:connect(options.connect)
  end
  return ok, err, where
end

--- Opens a socket: `ctx:socket(zmq.SUB, options)`, `ctx:socket("SUB", options)` or
--- `ctx:socket{zmq.SUB, subscribe = "", connect = "tcp://..."}`.
---@param what integer|string|table
---@param options table? option names with their values, and bind and connect
---@return sockery.zmq.Socket? socket, sockery.zmq.Error? err, string? where
function Context:socket(what, options)
  local number = type_of(what)
  if not number then
    wait.bad_argument(1, "socket", "socket type", what)
  end
  local object, failure = self._native:socket(0, number)
  if not object then
    return fail(failure)
  end
  local send, recv = calls(object)
  local socket = setmetatable({
    _native = object,
    _send = send,
    _recv = recv,
    _context = self,
    _kind = number,
  }, Socket)
  for name, value in pairs(numbers) do
    socket._kind = value == number and name or socket._kind
  end
  self._sockets[socket] = true
  options = type(what) == "table" and what or options
  if type(options) == "table" then
    local ok, err, where = set_up(socket, options)
    if not ok then
      socket:close(0)
      return nil, err, where
    end
  end
  return socket
end

local function close_sockets(self, linger)
  for socket in pairs(self._sockets) do
    socket:close(linger)
  end
  if not self._shared then
    -- Also those that nobody holds and that Lua has not yet collected: nobody else can close them.
    self._native:close_all(linger)
  end
end

--- Closes the context's sockets, with this linger if given, then waits until all is sent as each
--- one's linger says; with `timeout` at most so many milliseconds, and then fails with EAGAIN, whose text
--- names the sockets that are still in the way. To be called again then.
---@param linger integer?
---@param timeout number? for ever without. Ours
---@return true? ok, sockery.zmq.Error? err
function Context:term(linger, timeout)
  if self._closed then
    return true
  end
  close_sockets(self, linger)
  local object, millis = self._native, timeout or -1
  local ok, failure = object:terminate(millis)
  if not ok then
    ok, failure = wait.again(millis, failure, object.terminate, object)
  end
  if not ok then
    return fail(failure)
  end
  self._closed = true
  return true
end

Context.destroy = Context.term

--- Lets every call on the context's sockets fail with ETERM from now on; does not wait.
---@param linger integer? closes the sockets too, as lzmq does
---@return true
function Context:shutdown(linger)
  close_sockets(self, linger)
  self._native:shutdown()
  return true
end

---@return boolean
function Context:shutdowned()
  return self._native:is_terminated()
end

---@return boolean
function Context:closed()
  return self._closed or false
end

--- How many sockets are open that this object made.
---@return integer
function Context:socket_count()
  local count = 0
  for socket in pairs(self._sockets) do
    count = count + (socket:closed() and 0 or 1)
  end
  return count
end

--- lzmq's: a socket that term closes. All of them are here.
function Context:autoclose(socket)
  self._sockets[socket] = true
end

--- Sets a context option by number.
---@return true? ok, sockery.zmq.Error? err
function Context:set(option, value)
  local ok, failure = self._native:set(option, value)
  if not ok then
    return fail(failure)
  end
  return true
end

--- Gets a context option by number.
---@return any value, sockery.zmq.Error? err
function Context:get(option)
  local value, failure = self._native:get(option)
  if value == nil then
    return fail(failure)
  end
  return value
end

local constants = native.zmq.constants

-- A method each way for every context option.
for _, row in ipairs(native.zmq.context_options) do
  local number = constants[row.name]
  local name = row.name:lower()
  Context["set_" .. name] = row.writes and function(self, value)
    return self:set(number, value)
  end or nil
  Context["get_" .. name] = row.reads and function(self)
    return self:get(number)
  end or nil
end

function Context:__close()
  self:term()
end

function Context:__tostring()
  return "sockery.zmq.Context" .. (self._closed and " - closed" or "")
end

return M
