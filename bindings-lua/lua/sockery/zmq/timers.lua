--- zmq.timers: handlers that are called again and again, by whoever polls (zmq_timers_*). Required by zmq.
--
--     local timers = zmq.timers()
--     timers:add(1000, function() sock:send("alive") end)
--     while poller:poll(timers:timeout()) do timers:execute() end

local native = require "sockery.native"
local wait = require "sockery.wait"
local errors = require "sockery.zmq.error"

---@class sockery.zmq.Timers
local Timers = {}
Timers.__index = Timers

local M = {}

---@return sockery.zmq.Timers
function M.new()
  return setmetatable({ _native = native.timers(), _handlers = {} }, Timers)
end

local function interval_of(interval, method)
  if type(interval) ~= "number" or interval < 0 then
    wait.bad_argument(1, method, "milliseconds from 0 on", interval)
  end
  return interval
end

local function done(ok, failure)
  if ok then
    return true
  end
  return nil, errors.of(failure)
end

--- Calls `handler(timer)` every `interval` milliseconds from now on.
---@param interval number
---@param handler fun(timer: integer)
---@return integer timer its number
function Timers:add(interval, handler)
  interval_of(interval, "add")
  if type(handler) ~= "function" then
    wait.bad_argument(2, "add", "function", handler)
  end
  local timer = self._native:add(interval)
  self._handlers[timer] = handler
  return timer
end

--- Ends a timer; EINVAL when there is none of that number.
---@param timer integer
---@return true? ok, sockery.zmq.Error? err
function Timers:cancel(timer)
  self._handlers[timer] = nil
  return done(self._native:cancel(timer))
end

--- Gives a timer another interval and starts it anew.
---@param timer integer
---@param interval number
---@return true? ok, sockery.zmq.Error? err
function Timers:set_interval(timer, interval)
  return done(self._native:set_interval(timer, interval_of(interval, "set_interval")))
end

--- Starts a timer anew.
---@param timer integer
---@return true? ok, sockery.zmq.Error? err
function Timers:reset(timer)
  return done(self._native:reset(timer))
end

--- Milliseconds until a timer is due, 0 when one is; -1 when there is none.
---@return integer
function Timers:timeout()
  return self._native:timeout()
end

--- Calls the handlers of the timers that are due.
function Timers:execute()
  for _, timer in ipairs(self._native:take_due()) do
    -- Another handler may have ended it.
    local handler = self._handlers[timer]
    if handler then
      handler(timer)
    end
  end
end

return M
