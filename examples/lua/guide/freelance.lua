--- Freelance: a client without a broker that knows several servers and uses one that lives.
--
-- The client's ROUTER gives each server the name by which it speaks to it (CONNECT_ROUTING_ID). It asks
-- one server at a time and goes to the next when there is no answer in TIMEOUT. One server never starts,
-- one freezes after its first answer, one is well. Numbers tell late answers from those that are waited
-- for.
--
-- Run it: lua5.4 examples/lua/guide/freelance.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"

local TIMEOUT = 300 -- milliseconds

local context = zmq.assert(zmq.context())
local servers = { "ghost", "frail", "hale" } -- the one that answered last is first
local client = zmq.assert(context:socket { zmq.ROUTER, rcvtimeo = TIMEOUT })
for _, name in ipairs(servers) do
  zmq.assert(client:set_connect_routing_id(name))
  zmq.assert(client:connect("inproc://" .. name))
end

local asked, late = 0, 0

--- The answer to the question asked last, or nil.
local function answer()
  while true do
    local _, number, text = client:recvx()
    if not _ then
      assert(number:name() == "EAGAIN", number)
      return nil
    elseif tonumber(number) == asked then
      return text
    end
    late = late + 1
    print("client: " .. text .. " comes too late")
  end
end

--- The answer, and the server that gave it.
local function ask(question)
  for _ = 1, 2 * #servers do
    asked = asked + 1
    zmq.assert(client:sendx(servers[1], asked, question))
    local text = answer()
    if text then
      print(("client: %s -> %s by %s"):format(question, text, servers[1]))
      assert(text == question:upper(), text)
      return servers[1]
    end
    print("client: " .. servers[1] .. " does not answer")
    table.insert(servers, table.remove(servers, 1))
  end
  error("no server answers " .. question)
end

--- Answers; with `thaw` it waits for a word there before its second answer.
local function serve(name, thaw)
  local router = zmq.assert(context:socket { zmq.ROUTER, bind = "inproc://" .. name })
  local turn = 0
  while true do
    local who, number, question = zmq.assert(router:recvx())
    turn = turn + 1
    if thaw and turn == 2 then
      zmq.assert(thaw:recv())
    end
    zmq.assert(router:sendx(who, number, question:upper()))
  end
end

local thaw = zmq.assert(context:socket { zmq.PAIR, bind = "inproc://thaw" })
loop:spawn(serve, "frail", zmq.assert(context:socket { zmq.PAIR, connect = "inproc://thaw" }))
loop:spawn(serve, "hale")
loop:spawn(function()
  assert(ask "one" == "frail")
  assert(ask "two" == "hale")
  assert(ask "three" == "hale")
  zmq.assert(thaw:send "go")
  assert(answer() == nil) -- its answer to "two" comes, and no other
  assert(late == 1, late)
  assert(ask "four" == "hale")
  loop:stop()
end)
loop:run()
zmq.assert(context:term(0))
