--- PAIR: two peers that talk as they like, both ways.
--
-- Run it: lua5.4 examples/lua/pair.lua

local sockery = require "sockery"
local nnmsg, zmq = sockery.nnmsg, sockery.zmq

local function with_nnmsg()
  local here, there = assert(nnmsg.socket.pair()), assert(nnmsg.socket.pair())
  assert(here:connect "inproc://nnmsg") -- before there is anybody: it connects when there is
  assert(there:bind "inproc://nnmsg")
  assert(here:send "first")
  assert(here:send "second")
  assert(there:send "meanwhile")
  print("nnmsg: there got " .. assert(there:recv()) .. " and " .. assert(there:recv()))
  print("nnmsg: here got " .. assert(here:recv()))
  here:close()
  there:close()
end

local function with_zmq()
  local context = zmq.assert(zmq.context())
  local here = zmq.assert(context:socket { zmq.PAIR, connect = "inproc://zmq" })
  local there = zmq.assert(context:socket { zmq.PAIR, bind = "inproc://zmq" })
  zmq.assert(here:sendx("a message", "of", "four", "parts"))
  zmq.assert(there:send "meanwhile")
  print("zmq: there got " .. table.concat(zmq.assert(there:recv_all()), " | "))
  print("zmq: here got " .. zmq.assert(here:recv()))
  zmq.assert(context:term())
end

with_nnmsg()
with_zmq()
