--- Messages as lzmq has them: one part, with what is known of the peer that sent it. Required by zmq.
--
--     local msg = zmq.msg_init()
--     local msg, more = msg:recv(sock)
--     print(msg:data(), msg:gets("Peer-Address"))

local native = require "sockery.native"
local wait = require "sockery.wait"
local errors = require "sockery.zmq.error"

local MORE = native.zmq.constants.MORE

---@class sockery.zmq.Message
local Message = {}
Message.__index = Message

local M = { Message = Message }

local function bytes_of(value, index, method)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    wait.bad_argument(index, method, "string", value)
  end
  return tostring(value)
end

local function socket_of(value, method)
  if type(value) ~= "table" or not value.recv_msg then
    wait.bad_argument(1, method, "socket", value)
  end
  return value
end

local function make(data)
  return setmetatable({ _data = data, _more = false }, Message)
end

--- An empty message.
---@return sockery.zmq.Message
function M.init()
  return make("")
end

--- A message of so many zero bytes.
---@param size integer
---@return sockery.zmq.Message
function M.init_size(size)
  return make(("\0"):rep(size))
end

--- A message of these bytes: its arguments joined, or the items of one table.
---@param ... string|number|string[]
---@return sockery.zmq.Message
function M.init_data(...)
  local first = ...
  local parts = type(first) == "table" and first or { ... }
  local strings = {}
  for i, part in ipairs(parts) do
    strings[i] = bytes_of(part, i, "msg_init_data")
  end
  return make(table.concat(strings))
end

--- What a socket received.
function M.fill(message, data, more, peer)
  message._data, message._more, message._peer, message._closed = data, more, peer, nil
  return message, more
end

--- Gives its bytes up.
---@return true
function Message:close()
  self._data, self._peer, self._closed = "", nil, true
  return true
end

---@return boolean
function Message:closed()
  return self._closed or false
end

--- Moves another message's bytes and properties into this one, or without one its own into a new one.
---@param source sockery.zmq.Message?
---@return sockery.zmq.Message
function Message:move(source)
  local from, to = source or self, source and self or make("")
  M.fill(to, from._data, from._more, from._peer)
  from._data, from._more, from._peer = "", false, nil
  return to
end

--- The same as a copy.
---@param source sockery.zmq.Message?
---@return sockery.zmq.Message
function Message:copy(source)
  local from, to = source or self, source and self or make("")
  M.fill(to, from._data, from._more, from._peer)
  return to
end

--- The number of bytes.
---@return integer
function Message:size()
  return #self._data
end

--- Cuts it off, or adds zero bytes.
---@param size integer
---@return true
function Message:set_size(size)
  self._data = self._data:sub(1, size) .. ("\0"):rep(size - #self._data)
  return true
end

---@return string
function Message:data()
  return self._data
end

--- Puts bytes in, at the first place or at that of the first argument; the message grows as it must.
---@param at integer|string
---@param data string?
---@return true
function Message:set_data(at, data)
  if data == nil then
    at, data = 1, at
  end
  data = bytes_of(data, 2, "set_data")
  local before = self._data:sub(1, at - 1)
  before = before .. ("\0"):rep(at - 1 - #before)
  self._data = before .. data .. self._data:sub(at + #data)
  return true
end

--- Whether other parts of the same message follow.
---@return boolean
function Message:more()
  return self._more
end

--- A property by number: MORE, as 1 or 0.
---@param option integer
---@return integer? value, sockery.zmq.Error? err
function Message:get(option)
  if option ~= MORE then
    return nil, errors.of("EINVAL")
  end
  return self._more and 1 or 0
end

--- What is known of the peer that sent it: "Peer-Address" (its host; over ipc its user, group and process),
--- "Socket-Type", "Identity" (or "Routing-Id"), "User-Id" (of a ZAP handler), or what it says by its option
--- METADATA ("X-..."). Capitals do not matter. EINVAL where there is none.
---@param name string
---@return string? value, sockery.zmq.Error? err
function Message:gets(name)
  if type(name) ~= "string" then
    wait.bad_argument(1, "gets", "string", name)
  end
  local value = self._peer and self._peer:get(name)
  if not value then
    return nil, errors.of("EINVAL")
  end
  return value
end

--- Sends it as one part.
---@param socket sockery.zmq.Socket
---@param flags integer?
---@return true? ok, sockery.zmq.Error? err
function Message:send(socket, flags)
  return socket_of(socket, "send"):send(self._data, flags)
end

--- Sends it as a part that others follow.
---@param socket sockery.zmq.Socket
---@param flags integer?
---@return true? ok, sockery.zmq.Error? err
function Message:send_more(socket, flags)
  return socket_of(socket, "send_more"):send_more(self._data, flags)
end

--- Receives one part into it, and whether others follow.
---@param socket sockery.zmq.Socket
---@param flags integer?
---@return sockery.zmq.Message? message, boolean|sockery.zmq.Error more_or_err
function Message:recv(socket, flags)
  return socket_of(socket, "recv"):recv_msg(self, flags)
end

Message.__tostring = Message.data

return M
