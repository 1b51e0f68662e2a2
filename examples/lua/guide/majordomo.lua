--- Majordomo: a broker that knows services by name (MDP 0.1, rfc.zeromq.org/spec/7).
--
-- Clients ask for a service; workers say which one they offer. The broker keeps questions until a worker
-- of that service is idle, and drops workers whose heartbeats stop. What it offers itself begins with
-- "mmi.": "mmi.service" says 200 when a service has workers and 404 when not.
--
-- Run it: lua5.4 examples/lua/guide/majordomo.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"
local unpack = table.unpack or unpack

local CLIENT, WORKER = "MDPC01", "MDPW01"
local READY, REQUEST, REPLY, HEARTBEAT, DISCONNECT = "\1", "\2", "\3", "\4", "\5"
local INTERVAL, LIVENESS = 40, 10 -- milliseconds between heartbeats; so many without one are death

local context = zmq.assert(zmq.context())
local broker = zmq.assert(context:socket { zmq.ROUTER, bind = "tcp://127.0.0.1:*" })
local address = zmq.assert(broker:get_last_endpoint())
--- Says of which service a worker was given up.
local buried = zmq.assert(context:socket { zmq.PAIR, bind = "inproc://buried" })
local workers = {} -- by routing id: { id, service, left }, left being intervals until it is given up
local services = {} -- by name: { idle, waiting }

local function service_of(name)
  services[name] = services[name] or { idle = {}, waiting = {} }
  return services[name]
end

--- Gives questions to workers while there are both.
local function dispatch(service)
  while #service.idle > 0 and #service.waiting > 0 do
    local worker, question = table.remove(service.idle, 1), table.remove(service.waiting, 1)
    zmq.assert(broker:sendx(worker.id, "", WORKER, REQUEST, question.client, "", question.body))
  end
end

local function on_client(client, name, body)
  if name == "mmi.service" then
    local known = "404"
    for _, worker in pairs(workers) do
      known = worker.service == body and "200" or known
    end
    zmq.assert(broker:sendx(client, "", CLIENT, name, known))
  else
    local service = service_of(name)
    table.insert(service.waiting, { client = client, body = body })
    dispatch(service)
  end
end

local function on_worker(id, command, ...)
  if command == READY then
    workers[id] = { id = id, service = (...) }
  end
  local worker = workers[id]
  if not worker then -- it was given up: it shall begin anew
    zmq.assert(broker:sendx(id, "", WORKER, DISCONNECT))
    return
  end
  worker.left = LIVENESS
  if command == REPLY then
    local client, _, body = ...
    zmq.assert(broker:sendx(client, "", CLIENT, worker.service, body))
  end
  if command == READY or command == REPLY then
    local service = service_of(worker.service)
    table.insert(service.idle, worker)
    dispatch(service)
  end
end

local function serve()
  local handlers = { [CLIENT] = on_client, [WORKER] = on_worker }
  while true do
    local message = zmq.assert(broker:recv_all())
    handlers[message[3]](message[1], unpack(message, 4))
  end
end

local function bury(worker)
  workers[worker.id] = nil
  local idle = service_of(worker.service).idle
  for place = #idle, 1, -1 do
    if idle[place] == worker then
      table.remove(idle, place)
    end
  end
  print("broker: a worker of " .. worker.service .. " is dead")
  zmq.assert(buried:send(worker.service))
end

local function beat()
  while true do
    loop:sleep(INTERVAL)
    for id, worker in pairs(workers) do
      worker.left = worker.left - 1
      if worker.left < 0 then
        bury(worker)
      else
        zmq.assert(broker:sendx(id, "", WORKER, HEARTBEAT))
      end
    end
  end
end

--- Offers a function as a service; after so many jobs, if given, it vanishes without a word.
local function work(service, job, jobs)
  repeat
    local dealer = zmq.assert(context:socket { zmq.DEALER, connect = address })
    zmq.assert(dealer:sendx("", WORKER, READY, service))
    local command, client, body, _
    repeat
      _, _, command, client, _, body = zmq.assert(dealer:recvx())
      if command == HEARTBEAT then
        zmq.assert(dealer:sendx("", WORKER, HEARTBEAT))
      elseif command == REQUEST then
        zmq.assert(dealer:sendx("", WORKER, REPLY, client, "", job(body)))
        jobs = jobs and jobs - 1
      end
    until command == DISCONNECT or jobs == 0
    dealer:close(1000) -- the last answer still goes out
  until jobs == 0
end

local function ask(req, service, body)
  zmq.assert(req:sendx(CLIENT, service, body))
  local who, of, answer = zmq.assert(req:recvx())
  assert(who == CLIENT and of == service, of)
  print(('client: %s of "%s" is "%s"'):format(service, body, answer))
  return answer
end

local function tell_the_story()
  local pair = { zmq.PAIR, rcvtimeo = 10000, connect = "inproc://buried" }
  local burials = zmq.assert(context:socket(pair))
  local client = zmq.assert(context:socket { zmq.REQ, rcvtimeo = 10000, connect = address })
  local early = zmq.assert(context:socket { zmq.REQ, rcvtimeo = 10000, connect = address })
  assert(ask(client, "mmi.service", "upper") == "404")
  loop:spawn(work, "upper", string.upper, 1)
  assert(ask(early, "upper", "early") == "EARLY") -- waits at the broker for the worker
  assert(zmq.assert(burials:recv()) == "upper")
  assert(ask(client, "mmi.service", "upper") == "404")

  loop:spawn(work, "upper", string.upper)
  loop:spawn(work, "mirror", string.reverse)
  assert(ask(client, "upper", "again") == "AGAIN")
  assert(ask(client, "mirror", "a mirror") == "rorrim a")
  assert(ask(client, "mmi.service", "mirror") == "200")
  loop:stop()
end

loop:spawn(serve)
loop:spawn(beat)
loop:spawn(tell_the_story)
loop:run()
zmq.assert(context:term(0))
