--- zmq.poller: waits on sockets of both dialects and on plain descriptors. Required by zmq.
--
-- Works both as lzmq.poller (a callback for each socket) and as its low-level poller (indices):
--
--     local poller = zmq.poller()
--     poller:add(sock, zmq.POLLIN, function(sock, revents) ... end)
--     poller:poll(1000)

local native = require "sockery.native"
local wait = require "sockery.wait"
local errors = require "sockery.zmq.error"

---@class sockery.zmq.Poller
local Poller = {}
Poller.__index = Poller

local M = { Poller = Poller }

--- What the native poller takes: a socket's native half, or a descriptor.
local function target_of(what)
  if type(what) == "number" then
    return what
  elseif type(what) == "table" and what._native then
    return what._native
  elseif type(what) == "table" and what.socket then
    return target_of(what:socket())
  end
end

--- A poller. lzmq's argument, room for so many sockets, is not needed.
---@return sockery.zmq.Poller? poller, sockery.zmq.Error? err
function M.new(_)
  local object, failure = native.poller()
  if not object then
    return nil, errors.of(failure)
  end
  return setmetatable({ _native = object, _items = {}, _keys = {}, _next = 0, _ready = {} }, Poller)
end

--- Watches a socket, or the number of a descriptor. `callback(socket, revents)` is called by poll.
---@param socket any
---@param events integer POLLIN, POLLOUT ... added
---@param callback fun(socket: any, revents: integer)?
---@return integer? index, sockery.zmq.Error? err
function Poller:add(socket, events, callback)
  local target = target_of(socket)
  if not target then
    wait.bad_argument(1, "add", "socket or descriptor", socket)
  elseif self._keys[socket] then
    return nil, errors.of("EINVAL")
  end
  local key = self._next + 1
  local ok, failure = self._native:add(key, target, events)
  if not ok then
    return nil, errors.of(failure)
  end
  self._next = key
  self._keys[socket] = key
  self._items[key] = { socket = socket, callback = callback }
  return key
end

--- Changes what is watched for, and the callback if there is one; no events remove the socket.
---@return integer? index, sockery.zmq.Error? err
function Poller:modify(socket, events, callback)
  local key = self._keys[socket]
  if events == 0 then
    return self:remove(socket)
  elseif not key then
    return self:add(socket, events, callback)
  end
  local ok, failure = self._native:modify(key, events)
  if not ok then
    return nil, errors.of(failure)
  end
  self._items[key].callback = callback or self._items[key].callback
  return key
end

--- Ends watching a socket.
---@return integer? index, sockery.zmq.Error? err
function Poller:remove(socket)
  local key = self._keys[socket]
  if not key then
    return nil, errors.of("ENOENT")
  end
  self._keys[socket], self._items[key] = nil, nil
  local ok, failure = self._native:remove(key)
  if not ok then
    return nil, errors.of(failure)
  end
  return key
end

--- Waits until something is ready, calls the callbacks, and gives how many are ready.
---@param timeout number? milliseconds; for ever without
---@return integer? count, sockery.zmq.Error? err
function Poller:poll(timeout)
  local object, millis = self._native, timeout or -1
  local ready, failure = object:wait(millis)
  if not ready then
    ready, failure = wait.again(millis, failure, object.wait, object)
  end
  if not ready then
    return nil, errors.of(failure)
  end
  self._ready, self._at = ready, 0
  for i = 1, #ready, 2 do
    local item = self._items[ready[i]]
    if item and item.callback then
      item.callback(item.socket, ready[i + 1])
    end
  end
  return #ready / 2
end

--- After poll: the index and events of the next ready socket, -1 at the end.
---@return integer index, integer revents
function Poller:next_revents_idx()
  local at = self._at or 0
  self._at = at + 2
  return self._ready[at + 1] or -1, self._ready[at + 2] or 0
end

--- After poll: `for socket, revents in poller:ready() do`.
---@return fun(): any, integer?
function Poller:ready()
  local at, ready = -1, self._ready
  return function()
    at = at + 2
    local item = self._items[ready[at]]
    if item then
      return item.socket, ready[at + 1]
    end
  end
end

--- How many are watched.
---@return integer
function Poller:count()
  local count = 0
  for _ in pairs(self._items) do
    count = count + 1
  end
  return count
end

--- Polls until a callback calls stop.
---@return boolean ok, sockery.zmq.Error? err
function Poller:start()
  self.is_running = true
  while self.is_running do
    local count, err = self:poll(-1)
    if not count then
      return false, err
    end
  end
  return true
end

function Poller:stop()
  self.is_running = false
end

function Poller:close()
  self._native, self._items, self._keys = nil, {}, {}
  return true
end

---@return boolean
function Poller:closed()
  return self._native == nil
end

Poller.__close = Poller.close

return M
