--- zmq: ZeroMQ sockets, with the names and habits of lzmq.
--
--     local zmq = require "sockery.zmq"
--     local ctx = zmq.context()
--     local sub = zmq.assert(ctx:socket{zmq.SUB, subscribe = "", connect = "tcp://127.0.0.1:5556"})
--     local data, more = sub:recv()
--
-- A call that fails gives `nil, err`, an error object with :no(), :name() and :msg(); only a wrong
-- argument type raises. Ours beside lzmq's: recv_many, send_many, wait_for_peers, dropped, Socket.

local native = require "sockery.native"
local run = require "sockery.relay"
local wait = require "sockery.wait"
local errors = require "sockery.zmq.error"
local contexts = require "sockery.zmq.context"
local messages = require "sockery.zmq.message"
local pollers = require "sockery.zmq.poller"
local timers = require "sockery.zmq.timers"

---@class sockery.zmq
---@field poller fun(size: integer?): sockery.zmq.Poller
---@field errors table<string|integer, integer|string> error numbers by name and names by number
local zmq = {
  _VERSION = native.version,
  _NAME = "sockery.zmq",
  errors = {},
}

-- Every constant of zmq.h without its ZMQ_.
for name, value in pairs(native.zmq.constants) do
  zmq[name] = value
end

for name, row in pairs(wait.errors) do
  zmq.errors[name], zmq.errors[row.zmq] = row.zmq, name
end

--- The version of libzmq whose behaviour this is: a table of three numbers, or with `unpacked` three
--- values. Ours is `_VERSION`.
---@param unpacked boolean?
function zmq.version(unpacked)
  local constants = native.zmq.constants
  local major = constants.VERSION_MAJOR or 4
  local minor, patch = constants.VERSION_MINOR or 3, constants.VERSION_PATCH or 5
  if unpacked then
    return major, minor, patch
  end
  return { major, minor, patch }
end

--- A context; `options` are its options by name, such as {io_threads = 2}.
---@param options table?
---@return sockery.zmq.Context? context, sockery.zmq.Error? err
function zmq.context(options)
  local context = contexts.wrap(native.context())
  if type(options) == "table" then
    local ok, err = contexts.apply(context, options)
    if not ok then
      context:term(0)
      return nil, err
    end
  end
  return context
end

--- A context with so many I/O threads.
---@param io_threads integer?
---@return sockery.zmq.Context? context, sockery.zmq.Error? err
function zmq.init(io_threads)
  return zmq.context { io_threads = io_threads }
end

local default

--- A socket of the process's default context: `zmq.Socket(zmq.SUB)`, with options as ctx:socket has
--- them. Ours.
---@param what integer|string|table
---@param options table?
---@return sockery.zmq.Socket? socket, sockery.zmq.Error? err, string? where
function zmq.Socket(what, options)
  if not default or default._native:is_terminated() then
    default = contexts.wrap(native.zmq_context(), true)
  end
  return default:socket(what, options)
end

zmq.poller = setmetatable({ new = pollers.new }, {
  __call = function(_, size)
    return pollers.new(size)
  end,
})

--- Handlers that are called again and again: `:add`, `:cancel`, `:set_interval`, `:reset`, `:timeout`,
--- `:execute`. Ours.
zmq.timers = timers.new

--- A message of one part, as lzmq has them: empty, of so many zero bytes, or of these bytes. Receiving into
--- one, `msg:recv(sock)`, also tells who sent it: `msg:gets("Peer-Address")`.
zmq.msg_init, zmq.msg_init_size, zmq.msg_init_data = messages.init, messages.init_size, messages.init_data

--- The error object of a number.
---@param number integer
---@return sockery.zmq.Error
function zmq.error(number)
  return errors.number(number)
end

--- What an error number means.
---@param number integer
---@return string
function zmq.strerror(number)
  return tostring(errors.number(number))
end

--- Gives its arguments back, or raises what the second one says when the first is nil or false.
function zmq.assert(ok, err, ...)
  if ok then
    return ok, err, ...
  elseif type(err) == "number" then
    err = errors.number(err)
  end
  error(err == nil and "assertion failed!" or tostring(err), 0)
end

--- A new pair of CURVE keys, each 40 characters of Z85.
---@return string public, string secret
function zmq.curve_keypair()
  return native.curve_keypair()
end

local function or_error(value, failure)
  if value == nil then
    return nil, errors.of(failure)
  end
  return value
end

--- The public key (Z85) of a secret one: 32 bytes, or 40 characters of Z85.
---@param secret string
---@return string? public, sockery.zmq.Error? err
function zmq.curve_public(secret)
  return or_error(native.curve_public(secret))
end

--- Bytes, a multiple of 4, as Z85.
---@param bytes string
---@return string? text, sockery.zmq.Error? err
function zmq.z85_encode(bytes)
  return or_error(native.z85_encode(bytes))
end

--- The bytes of Z85.
---@param text string
---@return string? bytes, sockery.zmq.Error? err
function zmq.z85_decode(text)
  return or_error(native.z85_decode(text))
end

local capabilities = {}
for _, name in ipairs(native.capabilities()) do
  capabilities[name] = true
end

--- Whether there is a transport or mechanism such as "ipc", "ws" or "curve".
---@param capability string
---@return boolean
function zmq.has(capability)
  return capabilities[capability:lower()] == true
end

--- Passes messages between two sockets until one of them closes; `capture` gets a copy of each. One of them
--- may be a raw socket of `sockery.nnmsg`: see its `device`.
---@param front sockery.zmq.Socket
---@param back sockery.zmq.Socket
---@param capture sockery.zmq.Socket?
---@return nil, sockery.zmq.Error err
function zmq.proxy(front, back, capture)
  local device, failure = front._native.device(front._native, back._native, capture and capture._native)
  if device then
    failure = select(2, run(device))
  end
  return nil, errors.of(failure)
end

--- zmq.proxy that obeys what `control` (PAIR, PULL, SUB or REP) receives: PAUSE, RESUME; TERMINATE, upon
--- which it gives true; STATISTICS, answered with eight parts, each a number of 8 bytes in the host's order:
--- of the front and then of the back the messages and bytes received and the messages and bytes sent.
---@param front sockery.zmq.Socket
---@param back sockery.zmq.Socket
---@param capture sockery.zmq.Socket?
---@param control sockery.zmq.Socket?
---@return true? ok, sockery.zmq.Error? err
function zmq.proxy_steerable(front, back, capture, control)
  local proxy, failure = front._native.proxy(
    front._native, back._native, capture and capture._native, control and control._native
  )
  local ok
  if proxy then
    ok, failure = run(proxy)
  end
  if ok then
    return true
  end
  return nil, errors.of(failure)
end

--- zmq.proxy with the old name and a type that says nothing.
function zmq.device(_, front, back)
  return zmq.proxy(front, back)
end

return zmq
