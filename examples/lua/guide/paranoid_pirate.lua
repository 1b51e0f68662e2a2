--- Paranoid pirate: a queue and workers that watch each other by heartbeats.
--
-- Both say something every INTERVAL. Who is silent for LIVENESS intervals is taken for dead: the queue
-- gives such a worker no more jobs, and a worker whose queue is silent connects anew. Here a worker
-- freezes and thaws, and then the queue dies and another takes its place. The queue is a process of its
-- own, with a poller and timers; workers and client are coroutines.
--
-- Run it: lua5.4 examples/lua/guide/paranoid_pirate.lua

local zmq = require "sockery.zmq"

local READY, HEARTBEAT = "\1", "\2"
local INTERVAL, LIVENESS = 40, 4 -- milliseconds, intervals

--- Hands questions to the worker that was idle longest; tells `+name` and `-name` of workers.
local function be_queue(folder)
  local context = zmq.assert(zmq.context())
  local clients = zmq.assert(context:socket { zmq.ROUTER, bind = folder .. "/clients" })
  local workers = zmq.assert(context:socket {
    zmq.ROUTER,
    router_handover = 1, -- a worker that connects anew keeps its name
    bind = folder .. "/workers",
  })
  local events = zmq.assert(context:socket { zmq.PUSH, connect = folder .. "/events" })
  local idle, left = {}, {} -- names in order; by name the intervals until it is given up
  local poller, timers = zmq.assert(zmq.poller()), zmq.timers()

  local function on_question()
    local message = zmq.assert(clients:recv_all())
    if message[#message] == "die" then
      os.exit(1)
    end
    local name = table.remove(idle, 1)
    left[name] = nil
    table.insert(message, 1, name)
    zmq.assert(workers:send_all(message))
  end

  local function on_worker()
    local message = zmq.assert(workers:recv_all())
    local name = table.remove(message, 1)
    if not left[name] then
      idle[#idle + 1] = name
      zmq.assert(events:send("+" .. name))
    end
    left[name] = LIVENESS
    if #message > 1 then
      zmq.assert(clients:send_all(message))
    end
  end

  local function beat()
    for place = #idle, 1, -1 do
      local name = idle[place]
      left[name] = left[name] - 1
      if left[name] < 0 then
        left[name] = nil
        table.remove(idle, place)
        zmq.assert(events:send("-" .. name))
      else
        zmq.assert(workers:sendx(name, HEARTBEAT))
      end
    end
  end

  timers:add(INTERVAL, beat)
  timers:add(10000, function()
    os.exit(1) -- nobody is left behind when the example fails
  end)
  poller:add(workers, zmq.POLLIN, on_worker)
  while true do
    zmq.assert(poller:poll(timers:timeout()))
    timers:execute()
    if #idle > 0 then
      poller:modify(clients, zmq.POLLIN, on_question)
    else
      poller:remove(clients) -- questions wait in the socket while there is nobody to answer
    end
  end
end

if arg[1] then
  be_queue(arg[1])
end

local loop = require("sockery.loop").new()
local context = zmq.assert(zmq.context())
local path = os.tmpname() -- of a file, which makes room for a folder
assert(os.remove(path))
os.execute("mkdir " .. path)
local folder = "ipc://" .. path
local events = zmq.assert(context:socket { zmq.PULL, rcvtimeo = 10000, bind = folder .. "/events" })
local thaw = zmq.assert(context:socket { zmq.PAIR, bind = "inproc://thaw" })
local frozen = false

--- Answers, and does and says nothing while it is frozen. A round of the outer loop is a connection.
local function work(name)
  local thawed = name == "frail" and zmq.assert(context:socket { zmq.PAIR, connect = "inproc://thaw" })
  while true do
    local dealer = zmq.assert(context:socket { zmq.DEALER, routing_id = name, rcvtimeo = INTERVAL })
    zmq.assert(dealer:connect(folder .. "/workers"))
    zmq.assert(dealer:send(READY))
    local silent = 0
    while silent < LIVENESS do
      local message = dealer:recv_all()
      silent = message and 0 or silent + 1
      if frozen and thawed then
        zmq.assert(thawed:recv())
      end
      if message and #message > 1 then
        message[#message] = message[#message]:upper() .. " by " .. name
        zmq.assert(dealer:send_all(message))
      else
        zmq.assert(dealer:send(HEARTBEAT))
      end
    end
    dealer:close(0)
  end
end

local function start_queue()
  return assert(io.popen(("'%s' '%s' '%s'"):format(arg[-1], arg[0], folder)))
end

--- Who answers. Asks again when nobody does for a while.
local function ask(req, word)
  for _ = 1, 20 do
    zmq.assert(req:send(word))
    local answer = req:recv()
    if answer then
      local text, by = answer:match "^(.*) by (%a+)$"
      assert(text == word:upper(), answer)
      return by
    end
  end
  error("nobody answers " .. word)
end

--- Reads what the queue tells up to one event.
local function await(wanted)
  repeat
    local event = zmq.assert(events:recv())
  until event == wanted
end

local function tell_the_story()
  local queue = start_queue()
  loop:spawn(work, "frail")
  await "+frail"
  local options = { zmq.REQ, req_relaxed = 1, req_correlate = 1, rcvtimeo = 500 }
  local req = zmq.assert(context:socket(options))
  zmq.assert(req:connect(folder .. "/clients"))
  assert(ask(req, "one") == "frail")

  print "frail answers, and freezes"
  frozen = true
  loop:spawn(work, "stout")
  await "-frail"
  for _, word in ipairs { "two", "three", "four" } do
    assert(ask(req, word) == "stout")
  end
  print "frail is given up, stout answers everything; frail thaws"
  frozen = false
  zmq.assert(thaw:send "go")
  await "+frail"
  local tries = 0
  repeat
    tries = tries + 1
    assert(tries < 20, "frail gets nothing")
  until ask(req, "five") == "frail"

  print "frail answers again; the queue dies, and another takes its place"
  zmq.assert(req:send "die")
  queue:read "*a" -- to its end
  queue:close()
  queue = start_queue()
  print("the first answer by the new queue is of " .. ask(req, "six"))
  zmq.assert(req:send "die")
  queue:close()
  loop:stop()
end

loop:spawn(tell_the_story)
loop:run()
zmq.assert(context:term(0))
os.execute("rm -r " .. path)
