--- PUB and SUB: each subscriber gets the messages that begin as it asked.
--
-- Run it: lua5.4 examples/lua/pubsub.lua

local sockery = require "sockery"
local nnmsg, zmq = sockery.nnmsg, sockery.zmq

local REPORTS = { "wind 5", "rain 12", "wind 7", "sun 1", "rain 3" }

--- So many messages, as one line.
local function take(count, sub, must)
  local got = {}
  for i = 1, count do
    got[i] = must(sub:recv())
  end
  return table.concat(got, ", ")
end

local function with_nnmsg()
  local pub = assert(nnmsg.socket.pub())
  assert(pub:bind "tcp://127.0.0.1:0")
  local wind, everything = assert(nnmsg.socket.sub()), assert(nnmsg.socket.sub())
  assert(wind:subscribe "wind")
  assert(everything:subscribe())
  assert(wind:connect(pub.lastEndpoint))
  assert(everything:connect(pub.lastEndpoint))
  assert(pub:waitForPeers(2)) -- who is not there yet misses what is sent
  for _, report in ipairs(REPORTS) do
    assert(pub:send(report))
  end
  print("nnmsg: wind: " .. take(2, wind, assert))
  print("nnmsg: everything: " .. take(#REPORTS, everything, assert))
  for _, socket in ipairs { wind, everything, pub } do
    socket:close()
  end
end

local function with_zmq()
  local context = zmq.assert(zmq.context())
  local pub = zmq.assert(context:socket { zmq.PUB, bind = "tcp://127.0.0.1:*" })
  local address = zmq.assert(pub:get_last_endpoint())
  local wind = zmq.assert(context:socket { zmq.SUB, subscribe = "wind", connect = address })
  local everything = zmq.assert(context:socket { zmq.SUB, subscribe = "", connect = address })
  zmq.assert(pub:wait_for_subscribers("wind", 2)) -- the publisher filters: it has to know
  for _, report in ipairs(REPORTS) do
    zmq.assert(pub:send(report))
  end
  print("zmq: wind: " .. take(2, wind, zmq.assert))
  print("zmq: everything: " .. take(#REPORTS, everything, zmq.assert))
  zmq.assert(context:term())
end

with_nnmsg()
with_zmq()
