--- REQ and REP: a question, and its answer to whoever asked. Both sides wait in coroutines.
--
-- Run it: lua5.4 examples/lua/reqrep.lua

local sockery = require "sockery"
local nnmsg, zmq = sockery.nnmsg, sockery.zmq

local QUESTIONS = { "how", "are", "you" }

--- Runs functions as if each were alone, until all have ended.
local function together(...)
  local loop = sockery.loop.new()
  for _, each in ipairs { ... } do
    loop:spawn(each)
  end
  loop:run()
end

local function with_nnmsg()
  local rep, req = assert(nnmsg.socket.rep()), assert(nnmsg.socket.req())
  assert(rep:bind "tcp://127.0.0.1:0")
  assert(req:connect(rep.lastEndpoint))
  together(function()
    for _ = 1, #QUESTIONS do
      assert(rep:send(assert(rep:recv()):upper()))
    end
  end, function()
    for _, question in ipairs(QUESTIONS) do
      assert(req:send(question))
      print("nnmsg: " .. question .. " -> " .. assert(req:recv()))
    end
  end)
  req:close()
  rep:close()
end

local function with_zmq()
  local context = zmq.assert(zmq.context())
  local rep = zmq.assert(context:socket { zmq.REP, bind = "tcp://127.0.0.1:*" })
  local req = zmq.assert(context:socket { zmq.REQ, connect = rep:get_last_endpoint() })
  together(function()
    for _ = 1, #QUESTIONS do
      zmq.assert(rep:send(zmq.assert(rep:recv()):upper()))
    end
  end, function()
    for _, question in ipairs(QUESTIONS) do
      zmq.assert(req:send(question))
      print("zmq: " .. question .. " -> " .. zmq.assert(req:recv()))
    end
  end)
  zmq.assert(context:term())
end

with_nnmsg()
with_zmq()
