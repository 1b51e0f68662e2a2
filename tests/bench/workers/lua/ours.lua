--- The worker of sockery for Lua: `ours.lua zmtp|sp`, for 5.4 and LuaJIT.

local play = dofile((arg[0]:match("^.*/") or "") .. "roles.lua")
local native = require "sockery.native"
local nnmsg, zmq = require "sockery.nnmsg", require "sockery.zmq"

local POLLIN, STDIN = 1, 0

local open = {}

function open.zmtp(kind, bind, url)
  local socket = zmq.assert(zmq.Socket(zmq[kind:upper()]))
  zmq.assert(socket:set_sndhwm(1000))
  zmq.assert(socket:set_rcvhwm(1000))
  if kind == "pub" then
    zmq.assert(socket:set_xpub_nodrop(1))
  elseif kind == "sub" then
    zmq.assert(socket:subscribe(""))
  end
  zmq.assert(socket[bind and "bind" or "connect"](socket, url))
  return socket
end

function open.sp(kind, bind, url)
  local socket = assert(nnmsg.socket[kind]())
  assert(socket:setopt(nnmsg.NN_RCVMAXSIZE, -1))
  assert(socket:setopt(nnmsg.NN_TCP_NODELAY, 1, nnmsg.NN_TCP))
  if kind == "pub" then
    assert(socket:setopt(nnmsg.NN_PUB_NODROP, 1, nnmsg.NN_PUB))
  elseif kind == "sub" then
    assert(socket:subscribe())
  end
  assert(socket[bind and "bind" or "connect"](socket, url))
  return socket
end

local harness = zmq.assert(zmq.poller())
zmq.assert(harness:add(STDIN, POLLIN))

play {
  open = open[arg[1]],
  now = function()
    return native.now() / 1000
  end,
  processor = os.clock,
  listen = function(millis)
    return zmq.assert(harness:poll(millis)) > 0
  end,
  beside = function(first, second)
    local loop = require("sockery.loop").new()
    loop:spawn(first)
    loop:spawn(second)
    loop:run()
  end,
}
