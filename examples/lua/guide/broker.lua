--- Request and reply with a broker between: ROUTER and DEALER, joined by a proxy.
--
-- Clients and workers know the broker alone, so either may come and go. The DEALER deals questions out
-- in turn; each carries its client's routing id, by which the ROUTER finds the way back. A proxy keeps
-- its whole process busy, so the others live in a second one, as coroutines.
--
-- Run it: lua5.4 examples/lua/guide/broker.lua

local loops = require "sockery.loop"
local zmq = require "sockery.zmq"
local unpack = table.unpack or unpack

local CLIENTS, WORKERS, QUESTIONS = { "ada", "ben", "cleo" }, { "left", "right" }, 4

--- Turns words around, for ever.
local function work(rep, name)
  while true do
    zmq.assert(rep:sendx(zmq.assert(rep:recv()):reverse(), name))
  end
end

--- Asks, checks the answers, and counts in `answered` who gave how many.
local function ask(req, name, answered)
  for number = 1, QUESTIONS do
    zmq.assert(req:send(name .. number))
    local word, by = zmq.assert(req:recvx())
    assert(word == number .. name:reverse(), word)
    answered[by] = (answered[by] or 0) + 1
  end
  print(name .. " got " .. QUESTIONS .. " answers")
end

--- The second process: workers and clients.
local function be_peers(frontend, backend)
  local context, loop, answered = zmq.assert(zmq.context()), loops.new(), {}
  for _, name in ipairs(WORKERS) do
    loop:spawn(work, zmq.assert(context:socket { zmq.REP, connect = backend }), name)
  end
  local asking = #CLIENTS
  for _, name in ipairs(CLIENTS) do
    local req = zmq.assert(context:socket { zmq.REQ, rcvtimeo = 10000, connect = frontend })
    loop:spawn(function()
      ask(req, name, answered)
      asking = asking - 1
      if asking == 0 then
        loop:stop()
      end
    end)
  end
  loop:run()

  for _, name in ipairs(WORKERS) do
    print(name .. " answered " .. answered[name])
    assert(answered[name] == #CLIENTS * QUESTIONS / #WORKERS)
  end
  zmq.assert(context:term())
end

local function be_broker()
  local context = zmq.assert(zmq.context())
  local sockets, addresses = {}, {}
  for place, kind in ipairs { zmq.ROUTER, zmq.DEALER, zmq.PULL } do
    sockets[place] = zmq.assert(context:socket { kind, bind = "tcp://127.0.0.1:*" })
    addresses[place] = sockets[place]:get_last_endpoint()
  end
  local frontend, backend, control = sockets[1], sockets[2], sockets[3]
  local command = { arg[-1], arg[0], unpack(addresses) }
  local peers = assert(io.popen("'" .. table.concat(command, "' '") .. "' && echo ok"))
  zmq.assert(backend:wait_for_peers(#WORKERS, 10000)) -- or the first one gets more than its share
  zmq.assert(zmq.proxy_steerable(frontend, backend, nil, control))
  local told = peers:read "*a"
  peers:close()
  zmq.assert(context:term(0))
  io.write(told)
  assert(told:match "ok\n$", "the peers failed")
end

if arg[1] then
  local ok, why = pcall(be_peers, arg[1], arg[2])
  local control = zmq.assert(zmq.Socket { zmq.PUSH, connect = arg[3] })
  zmq.assert(control:send "TERMINATE")
  control:close()
  assert(ok, why)
else
  be_broker()
end
