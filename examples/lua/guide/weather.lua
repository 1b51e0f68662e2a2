--- Weather for whoever asked: publishers and subscribers that meet at a proxy of XSUB and XPUB.
--
-- Stations and watchers come and go without knowing each other. What a watcher subscribes to goes up
-- through the proxy to the stations, so what nobody asked for is not even sent to the proxy. The proxy
-- is in a process of its own; stations and watchers are coroutines.
--
-- Run it: lua5.4 examples/lua/guide/weather.lua

local loops = require "sockery.loop"
local zmq = require "sockery.zmq"
local unpack = table.unpack or unpack

local REPORTS = 20
--- Of each city the lowest temperature, and how many there are; nobody asks for lima.
local STATIONS = { bergen = { 8, 3 }, cairo = { 30, 5 }, lima = { 18, 2 } }
local WATCHED = { "bergen", "cairo" }

local function temperature(city, report)
  local low, range = STATIONS[city][1], STATIONS[city][2]
  return low + report % range
end

local function report(pub, city)
  for number = 1, REPORTS do
    zmq.assert(pub:sendx(city, temperature(city, number)))
  end
  zmq.assert(pub:sendx(city, "end"))
end

--- Checks what comes from a city, and prints its mean.
local function watch(sub, city)
  local heard, sum = 0, 0
  while true do
    local source, celsius = zmq.assert(sub:recvx())
    assert(source == city, source)
    if celsius == "end" then
      break
    end
    heard, sum = heard + 1, sum + celsius
    assert(tonumber(celsius) == temperature(city, heard), celsius)
  end
  assert(heard == REPORTS, heard)
  print(("%s: %.1f degrees in the mean of %d reports"):format(city, sum / heard, heard))
end

local function be_peers(up, down)
  local context, loop = zmq.assert(zmq.context()), loops.new()
  for _, city in ipairs(WATCHED) do
    local sub = { zmq.SUB, subscribe = city, rcvtimeo = 10000, connect = down }
    loop:spawn(watch, zmq.assert(context:socket(sub)), city)
  end
  local stations = {}
  for city in pairs(STATIONS) do
    stations[city] = zmq.assert(context:socket { zmq.PUB, connect = up })
  end
  for _, city in ipairs(WATCHED) do
    -- Who subscribes late misses what was before: wait until it has come all the way up.
    zmq.assert(stations[city]:wait_for_subscribers(city, 1, 10000))
  end
  for city, pub in pairs(stations) do
    loop:spawn(report, pub, city)
  end
  loop:run()
  zmq.assert(context:term())
end

local function be_proxy()
  local context = zmq.assert(zmq.context())
  local sockets, addresses = {}, {}
  for place, kind in ipairs { zmq.XSUB, zmq.XPUB, zmq.PULL } do
    sockets[place] = zmq.assert(context:socket { kind, bind = "tcp://127.0.0.1:*" })
    addresses[place] = sockets[place]:get_last_endpoint()
  end
  local command = { arg[-1], arg[0], unpack(addresses) }
  local peers = assert(io.popen("'" .. table.concat(command, "' '") .. "' && echo ok"))
  zmq.assert(zmq.proxy_steerable(sockets[1], sockets[2], nil, sockets[3]))
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
  be_proxy()
end
