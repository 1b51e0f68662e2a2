--- PUSH and PULL: each piece of work goes to one of the workers, to all in turn.
--
-- Run it: lua5.4 examples/lua/pipeline.lua

local sockery = require "sockery"
local nnmsg, zmq = sockery.nnmsg, sockery.zmq

local function with_nnmsg()
  local push = assert(nnmsg.socket.push())
  assert(push:bind "tcp://127.0.0.1:0")
  local workers = { assert(nnmsg.socket.pull()), assert(nnmsg.socket.pull()) }
  for _, worker in ipairs(workers) do
    assert(worker:connect(push.lastEndpoint))
  end
  assert(push:waitForPeers(2))
  for number = 1, 6 do
    assert(push:sendTable { job = number, square = number ^ 2 })
  end
  for place, worker in ipairs(workers) do
    local jobs = {}
    for i = 1, 3 do
      jobs[i] = assert(worker:recvTable()).job
    end
    print(("nnmsg: worker %d got %s"):format(place, table.concat(jobs, ", ")))
    worker:close()
  end
  push:close()
end

local function with_zmq()
  local context = zmq.assert(zmq.context())
  local push = zmq.assert(context:socket { zmq.PUSH, bind = "tcp://127.0.0.1:*" })
  local address = zmq.assert(push:get_last_endpoint())
  local workers = {}
  for place = 1, 2 do
    workers[place] = zmq.assert(context:socket { zmq.PULL, connect = address })
  end
  zmq.assert(push:wait_for_peers(2))
  for number = 1, 6 do
    zmq.assert(push:send(number))
  end
  for place, worker in ipairs(workers) do
    local jobs = {}
    for i = 1, 3 do
      jobs[i] = zmq.assert(worker:recv())
    end
    print(("zmq: worker %d got %s"):format(place, table.concat(jobs, ", ")))
  end
  zmq.assert(context:term())
end

with_nnmsg()
with_zmq()
