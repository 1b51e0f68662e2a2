--- rtos: the messages and timers that go with socketcore, and harmless forms of what programs of the
--- device call when they start. The table is writable: such programs put functions of their own in it
--- (`rtos.on`).

local native = require "sockery.native"
local station = require "sockery.station"
local wait = require "sockery.wait"

---@class rtos
---@field INF_TIMEOUT integer as long as it takes
---@field WAIT_MSG_TIMEOUT integer
---@field MSG_TIMER integer
---@field MSG_SOCK_CONN_CNF integer
---@field MSG_SOCK_SEND_CNF integer
---@field MSG_SOCK_RECV_IND integer
---@field MSG_SOCK_CLOSE_CNF integer
---@field MSG_SOCK_CLOSE_IND integer
---@field MSG_SOCK_ACCEPT_IND integer ours: see socketcore.sock_listen
local rtos = {}
for name, value in pairs(native.rtos) do
  rtos[name] = value
end

---@alias rtos.message {id: integer, socket_index: integer, result: integer, send_len: integer?, recv_len: integer?, accept_index: integer?, addr: string?, error: string?}

local function number(index, name, value)
  local found = type(value) ~= "boolean" and tonumber(value)
  if not found then
    wait.bad_argument(index, name, "number", value)
  end
  return found
end

--- Waits for the next message.
---@param timeout number milliseconds; INF_TIMEOUT or below 0 as long as it takes, 0 not at all
---@return integer|rtos.message msg WAIT_MSG_TIMEOUT; MSG_TIMER; else a table: its `id` says what it is,
--- its `error` (ours) why `result` is not 0
---@return integer? param of MSG_TIMER the timer's id
function rtos.receive(timeout)
  local millis = number(1, "receive", timeout)
  if millis >= rtos.INF_TIMEOUT then
    millis = -1
  end
  while true do
    local message, param = station:receive(millis)
    if message == false then
      return rtos.WAIT_MSG_TIMEOUT
    elseif type(message) == "table" then
      return message
    elseif message then
      return message, param
    elseif type(param) ~= "table" or not param.waited then
      local _, text = wait.explain(param)
      error("rtos.receive: " .. text, 2)
    elseif millis >= 0 then
      -- A signal came, and whoever has a hook for it has seen it.
      millis = math.max(millis - param.waited, 0)
    end
  end
end

--- Document 003's name of receive.
rtos.recv = rtos.receive

--- Starts a timer, or starts it anew: MSG_TIMER comes once, after so long.
---@param id integer
---@param ms number milliseconds
---@return integer done 1; 0 for a negative time, or where 65,536 timers run
function rtos.timer_start(id, ms)
  local name = "timer_start"
  return station:timer_start(number(1, name, id), number(2, name, ms)) and 1 or 0
end

--- Stops a timer; one that does not run is fine.
---@param id integer
---@return integer done 1
function rtos.timer_stop(id)
  station:timer_stop(number(1, "timer_stop", id))
  return 1
end

--- How long the program runs, in ticks of 5 ms.
---@return integer
function rtos.tick()
  return station:tick()
end

--- Ours: a descriptor that is readable while messages wait, for event loops.
---@return integer? fd
function rtos.fileno()
  return (station:descriptor())
end

--- The version of this library.
---@return string
function rtos.get_version()
  return "sockery_" .. native.version
end

--- Why the device was started: somebody pressed its key.
---@return integer
function rtos.poweron_reason()
  return rtos.POWERON_KEY
end

local function nothing() end

--- What concerns only the device's own parts does nothing here; restart and poweroff neither, since a
--- program's end is its host's matter.
rtos.poweron = nothing
rtos.poweroff = nothing
rtos.restart = nothing
rtos.init_module = nothing
rtos.set_trace = nothing
rtos.set_trace_port = nothing
rtos.openSoftDog = nothing
rtos.eatSoftDog = nothing
rtos.closeSoftDog = nothing

return rtos
