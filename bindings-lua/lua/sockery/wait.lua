--- What every call that fails or waits has in common. Required by nnmsg, zmq and loop.
--
-- A native call gives `nil` and a failure: the name of an error, or a table {code, text, waited}.
-- Waiting is done here, in Lua, so that hooks run: a signal ends the native wait with EINTR and the
-- time it took (`waited`), the hook that Ctrl-C has set raises "interrupted!", and where there is
-- none the call is made again with what remains of the time.

local native = require "sockery.native"

local wait = {}

local IN, OUT = native.interest.IN, native.interest.OUT

--- Set while a coroutine of a loop runs: `millis` is what a blocking call passes as its time (0,
--- nothing but a try), `park` suspends the coroutine until a socket is ready.
---@type { millis: number?, park: (fun(socket: userdata, interest: integer, deadline: number?): boolean)? }
wait.scheduler = {}

local scheduler = wait.scheduler

--- The rows of the error table, by name.
---@type table<string, {name: string, text: string, nn: integer, zmq: integer}>
wait.errors = {}
for _, row in ipairs(native.errors) do
  wait.errors[row.name] = row
end

--- The row of a failure, and its text.
function wait.explain(failure)
  if type(failure) == "table" then
    return wait.errors[failure.code], failure.text
  end
  local row = wait.errors[failure]
  return row, row.text
end

--- The value of a socket's own timeout for an interest.
local function timeout(socket, interest)
  local option = interest == OUT and socket._sndtimeo or socket._rcvtimeo
  return option and socket._native:get(option.level or 0, option.number) or -1
end

--- What is left of a time after a signal; never 0, which would be no wait at all.
local function remaining(socket, interest, millis, waited)
  millis = millis or timeout(socket, interest)
  if millis < 0 then
    return millis
  end
  return math.max(millis - waited, 1)
end

--- Goes on where a native call gave up: calls again after a signal, and in a loop's coroutine parks
--- until the socket is ready. `millis` is what the caller asked for, `call(object, millis, ...)` what
--- gave `failure`. Gives what the call gives, or `nil` and a failure.
function wait.retry(socket, interest, millis, failure, third, call, object, ...)
  local parks = millis == nil and scheduler.millis ~= nil
  local deadline
  while true do
    local first
    if type(failure) == "table" and failure.waited then
      millis = remaining(socket, interest, millis, failure.waited)
      first, failure, third = call(object, millis, ...)
    elseif parks and failure == "EAGAIN" then
      if not deadline then
        local limit = timeout(socket, interest)
        deadline = limit >= 0 and native.now() + limit or math.huge
      end
      if not scheduler.park(socket._native, interest, deadline) then
        return nil, socket._timed_out
      end
      first, failure, third = call(object, 0, ...)
    else
      return nil, failure, third
    end
    if first ~= nil then
      return first, failure, third
    end
  end
end

--- The same for calls that are no socket's: only signals matter.
function wait.again(millis, failure, call, object, ...)
  while type(failure) == "table" and failure.waited do
    millis = millis < 0 and millis or math.max(millis - failure.waited, 1)
    local first
    first, failure = call(object, millis, ...)
    if first ~= nil then
      return first
    end
  end
  return nil, failure
end

--- Raises what luaL_argerror does: the fault is the caller's caller's.
function wait.bad_argument(index, method, expected, value)
  local text = "bad argument #%d to '%s' (%s expected, got %s)"
  local got = value == nil and "no value" or type(value)
  error(text:format(index, method, expected, got), 3)
end

wait.IN, wait.OUT = IN, OUT

return wait
