--- loop: coroutines that wait together, each as if it were alone.
--
--     local loop = require("sockery.loop").new()
--     loop:spawn(function() while true do print(sock:recv()) end end)
--     loop:run()
--
-- Inside a spawned coroutine every send and receive of nnmsg and zmq that would block suspends just
-- that coroutine; outside it blocks. Timeouts and errors are the same. (poll and wait_for_... do
-- block the whole loop.)

local native = require "sockery.native"
local wait = require "sockery.wait"

local scheduler = wait.scheduler

---@class sockery.loop.Loop
local Loop = {}
Loop.__index = Loop

---@class sockery.loop
local M = {}

--- A loop without coroutines.
---@return sockery.loop.Loop
function M.new()
  local poller, failure = native.poller()
  if not poller then
    local _, text = wait.explain(failure)
    error("sockery.loop: " .. text, 2)
  end
  return setmetatable({
    _poller = poller,
    _ready = {}, -- coroutines to resume, in order
    _waiting = {}, -- coroutine -> what it waits for
    _sockets = {}, -- native socket -> its entry in the poller
    _entries = {}, -- the same by key
    _key = 0,
    _idle = {}, -- entries that may have lost their last waiter
    _own = setmetatable({}, { __mode = "k" }), -- the coroutines spawned here
  }, Loop)
end

local function queue(self, co, ...)
  self._ready[#self._ready + 1] = { co = co, n = select("#", ...), ... }
end

--- Adds a coroutine that runs `f(...)`, and gives it. An error in it ends run with that error.
---@param f function
---@return thread
function Loop:spawn(f, ...)
  local co = coroutine.create(f)
  self._own[co] = true
  queue(self, co, ...)
  return co
end

--- Suspends the running coroutine for so many milliseconds.
---@param millis number
function Loop:sleep(millis)
  self._waiting[coroutine.running()] = { deadline = native.now() + millis }
  coroutine.yield()
end

--- Ends run when the running coroutine next suspends.
function Loop:stop()
  self._stopped = true
end

--- The entry of a socket in the poller, with its waiters.
local function entry_of(self, socket)
  local entry = self._sockets[socket]
  if not entry then
    self._key = self._key + 1
    entry = { key = self._key, socket = socket, interest = 0, waiters = {} }
    self._sockets[socket], self._entries[entry.key] = entry, entry
  end
  return entry
end

--- Brings what the poller watches a socket for in line with its waiters.
local function settle(self, entry)
  local interest, input, output = 0, false, false
  for _, waits in pairs(entry.waiters) do
    input = input or waits.interest == wait.IN
    output = output or waits.interest == wait.OUT
  end
  interest = (input and wait.IN or 0) + (output and wait.OUT or 0)
  if interest == entry.interest then
    return true
  end
  local ok, failure
  if interest == 0 then
    ok, failure = self._poller:remove(entry.key)
    self._sockets[entry.socket], self._entries[entry.key] = nil, nil
  elseif entry.interest == 0 then
    ok, failure = self._poller:add(entry.key, entry.socket, interest)
  else
    ok, failure = self._poller:modify(entry.key, interest)
  end
  entry.interest = interest
  return ok, failure
end

local function wake(self, co, ...)
  local waits = self._waiting[co]
  self._waiting[co] = nil
  if waits.entry then
    waits.entry.waiters[co] = nil
    self._idle[waits.entry] = true
  end
  queue(self, co, ...)
end

--- Waits with the whole loop: for a coroutine of someone else's, whose yield is not ours to take.
local function block(socket, interest, deadline)
  repeat
    local left = deadline < math.huge and math.max(deadline - native.now(), 0) or -1
    local held, failure = socket:wait(left, interest)
    if held ~= 0 and not (type(failure) == "table" and failure.waited) then
      return true
    end
  until native.now() >= deadline
  return false
end

--- Suspends the running coroutine until a socket is ready; false at the deadline.
local function park(self, socket, interest, deadline)
  local co = coroutine.running()
  if not self._own[co] then
    return block(socket, interest, deadline)
  end
  local entry = entry_of(self, socket)
  local waits = { interest = interest, deadline = deadline, entry = entry }
  entry.waiters[co], self._waiting[co] = waits, waits
  if not settle(self, entry) then
    -- A closed socket cannot be watched; the call that waits says so.
    entry.waiters[co], self._waiting[co] = nil, nil
    return true
  end
  return coroutine.yield()
end

--- Runs what is ready, with the scheduler set so that calls park.
local function run_ready(self)
  local ready = self._ready
  self._ready = {}
  local before_millis, before_park = scheduler.millis, scheduler.park
  scheduler.millis = 0
  scheduler.park = function(...)
    return park(self, ...)
  end
  local failed, why
  for i, item in ipairs(ready) do
    local ok, err = coroutine.resume(item.co, (table.unpack or unpack)(item, 1, item.n))
    if not ok then
      failed, why = item.co, err
      for j = i + 1, #ready do
        self._ready[#self._ready + 1] = ready[j]
      end
      break
    end
  end
  scheduler.millis, scheduler.park = before_millis, before_park
  if failed then
    error(type(why) == "string" and debug.traceback(failed, why) or why, 0)
  end
end

--- Milliseconds to the nearest deadline; -1 without one. Wakes those whose time has come.
local function next_timeout(self)
  local now, nearest = native.now(), math.huge
  local due = {}
  for co, waits in pairs(self._waiting) do
    local deadline = waits.deadline or math.huge
    if deadline <= now then
      due[#due + 1] = co
    end
    nearest = math.min(nearest, deadline)
  end
  for _, co in ipairs(due) do
    wake(self, co, false)
  end
  if #due > 0 or #self._ready > 0 then
    return 0
  end
  return nearest < math.huge and math.ceil(nearest - now) or -1
end

--- Waits for sockets and deadlines, and makes the coroutines ready whose turn it is.
local function turn(self)
  for entry in pairs(self._idle) do
    settle(self, entry)
  end
  self._idle = {}
  local millis = next_timeout(self)
  local ready, failure = self._poller:wait(millis)
  if not ready then
    if type(failure) == "table" and failure.waited then
      return
    end
    local _, text = wait.explain(failure)
    error("sockery.loop: " .. text, 0)
  end
  for i = 1, #ready, 2 do
    local entry, held = self._entries[ready[i]], ready[i + 1]
    local woken = {}
    for co, waits in pairs(entry and entry.waiters or woken) do
      if held >= native.interest.TERM or held % (2 * waits.interest) >= waits.interest then
        woken[#woken + 1] = co
      end
    end
    for _, co in ipairs(woken) do
      wake(self, co, true)
    end
  end
end

--- Runs until every coroutine has ended, or one calls stop, or one fails.
function Loop:run()
  self._stopped = false
  while not self._stopped do
    run_ready(self)
    if self._stopped or #self._ready == 0 and next(self._waiting) == nil then
      return
    end
    turn(self)
  end
end

return M
