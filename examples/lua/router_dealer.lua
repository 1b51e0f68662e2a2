--- ROUTER and DEALER: a server that answers many clients in the order that it likes. ZeroMQ only.
--
-- Run it: lua5.4 examples/lua/router_dealer.lua

local zmq = require "sockery.zmq"

local CLIENTS = { "ada", "ben", "cleo" }

local context = zmq.assert(zmq.context())
local router = zmq.assert(context:socket { zmq.ROUTER, bind = "tcp://127.0.0.1:*" })
local dealers = {}
for place, name in ipairs(CLIENTS) do
  local dealer = zmq.assert(context:socket(zmq.DEALER))
  zmq.assert(dealer:set_routing_id(name))
  zmq.assert(dealer:connect(router:get_last_endpoint()))
  zmq.assert(dealer:send("hello from " .. name))
  dealers[place] = dealer
end

-- The router puts in front of each message whose it is, and takes that off to find the peer.
local greetings = {}
for _ = 1, #CLIENTS do
  local who, text = zmq.assert(router:recvx())
  greetings[who] = text
end
for place = #CLIENTS, 1, -1 do
  local who = CLIENTS[place]
  print("router got " .. greetings[who])
  zmq.assert(router:sendx(who, "welcome, " .. who))
end

for place, name in ipairs(CLIENTS) do
  print(name .. " got " .. zmq.assert(dealers[place]:recv()))
end
zmq.assert(context:term())
