--- Work dealt out and its results gathered: a ventilator, workers, a sink, and a signal to stop.
--
-- Work goes through PUSH and PULL, to all workers in turn. Workers cannot know which job is the last:
-- the sink does, and publishes the end, upon which each worker closes its socket for work.
--
-- Run it: lua5.4 examples/lua/guide/ventilator.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"

local JOBS, WORKERS = 60, 3

local context = zmq.assert(zmq.context())
local jobs = zmq.assert(context:socket { zmq.PUSH, bind = "inproc://jobs" })
local results = zmq.assert(context:socket { zmq.PULL, rcvtimeo = 10000, bind = "inproc://results" })
local control = zmq.assert(context:socket { zmq.PUB, bind = "inproc://control" })
local done = {}

--- Squares numbers until the signal comes, and notes in `done` how many.
local function work(place)
  local pull = zmq.assert(context:socket { zmq.PULL, connect = "inproc://jobs" })
  local push = zmq.assert(context:socket { zmq.PUSH, connect = "inproc://results" })
  local sub = zmq.assert(context:socket { zmq.SUB, subscribe = "", connect = "inproc://control" })
  loop:spawn(function()
    zmq.assert(sub:recv())
    pull:close()
  end)
  done[place] = 0
  while true do
    local number, err = pull:recv()
    if not number then
      assert(err:name() == "ENOTSOCK", err)
      return
    end
    zmq.assert(push:send(number ^ 2))
    done[place] = done[place] + 1
  end
end

local function ventilate()
  for number = 1, JOBS do
    zmq.assert(jobs:send(number))
  end
end

--- Adds all squares up, then tells the workers to stop.
local function gather()
  local total, expected = 0, 0
  for number = 1, JOBS do
    total = total + zmq.assert(results:recv())
    expected = expected + number ^ 2
  end
  zmq.assert(control:send "end")
  print(("the sink added %d squares up to %d"):format(JOBS, total))
  assert(total == expected, total)
end

for place = 1, WORKERS do
  loop:spawn(work, place)
end
loop:spawn(function()
  -- Or the first to connect gets all the work, and the last to subscribe does not hear the end.
  zmq.assert(jobs:wait_for_peers(WORKERS, 10000))
  zmq.assert(control:wait_for_subscribers("", WORKERS, 10000))
  loop:spawn(ventilate)
  loop:spawn(gather)
end)
loop:run()
print("the workers stopped after " .. table.concat(done, ", ") .. " jobs")
for place = 1, WORKERS do
  assert(done[place] == JOBS / WORKERS, done[place])
end
zmq.assert(context:term())
