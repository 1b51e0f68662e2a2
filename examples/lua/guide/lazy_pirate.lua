--- Lazy pirate: a client that loses patience, asks again with a new socket, and at last gives up.
--
-- A REQ whose answer never comes can do nothing but be closed. So the client waits for at most TIMEOUT,
-- closes the socket and asks once more with another. The server dies with a question in its hands, comes
-- back, and at the end is gone for good. Client and server are coroutines.
--
-- Run it: lua5.4 examples/lua/guide/lazy_pirate.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"

local TIMEOUT, TRIES = 150, 3 -- milliseconds

local context = zmq.assert(zmq.context())
local folder = os.tmpname() -- of a file, which makes room for a folder
assert(os.remove(folder))
os.execute("mkdir " .. folder)
local address = "ipc://" .. folder .. "/server"

local asked = 0
local client

local function connect()
  -- Without linger: a question that nobody takes goes with the socket.
  client = zmq.assert(context:socket { zmq.REQ, rcvtimeo = TIMEOUT, linger = 0, connect = address })
end

--- The answer, or nil when there was none at TRIES times.
local function ask(question)
  for _ = 1, TRIES do
    asked = asked + 1
    zmq.assert(client:send(question))
    local answer, err = client:recv()
    if answer then
      return answer
    end
    assert(err:name() == "EAGAIN", err)
    print(("client: no answer to %s in %d ms"):format(question, TIMEOUT))
    client:close()
    connect()
  end
end

--- Answers until it gets one question: of that it dies.
local function serve(dies_of)
  local rep = zmq.assert(context:socket { zmq.REP, bind = address })
  while true do
    local question = zmq.assert(rep:recv())
    if question == dies_of then
      print("server: died of " .. question)
      rep:close()
      return
    end
    zmq.assert(rep:send(question:upper()))
  end
end

loop:spawn(function()
  serve "two"
  print "server: is back"
  serve "four"
end)
loop:spawn(function()
  connect()
  assert(ask "one" == "ONE")
  assert(ask "two" == "TWO")
  assert(ask "three" == "THREE")
  assert(ask "four" == nil, "somebody answers for the dead")
end)
loop:run()
print("client: got three answers with " .. asked .. " questions")
-- One question for one and three, two for two, TRIES for four; more on a slow machine.
assert(asked >= 4 + TRIES, asked)
zmq.assert(context:term())
os.execute("rm -r " .. folder)
