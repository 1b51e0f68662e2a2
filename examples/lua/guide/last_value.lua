--- Last value cache: who subscribes gets at once what was said last, and then what comes.
--
-- The cache stands between a publisher and its subscribers and remembers the last value of each topic.
-- Its XPUB tells it of each subscription (XPUB_VERBOSE: also of second ones), upon which it publishes
-- the last value again: old subscribers see it twice, new ones need not wait for the next.
--
-- Run it: lua5.4 examples/lua/guide/last_value.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"

local context = zmq.assert(zmq.context())
local inward = zmq.assert(context:socket { zmq.SUB, subscribe = "", bind = "inproc://values" })
local outward = zmq.assert(context:socket { zmq.XPUB, xpub_verbose = 1, bind = "tcp://127.0.0.1:*" })
local last = {} -- values by topic

local function pass_on()
  while true do
    local topic, value = zmq.assert(inward:recvx())
    last[topic] = value
    zmq.assert(outward:sendx(topic, value))
  end
end

--- Sends the last value again for each new subscriber.
local function greet()
  while true do
    local event = zmq.assert(outward:recv())
    local begins, topic = event:byte() == 1, event:sub(2)
    if begins and last[topic] then
      print("cache: sends " .. topic .. " again")
      zmq.assert(outward:sendx(topic, last[topic]))
    end
  end
end

local function subscriber(topic)
  return zmq.assert(context:socket {
    zmq.SUB,
    subscribe = topic,
    rcvtimeo = 10000,
    connect = outward:get_last_endpoint(),
  })
end

--- The next message as one string.
local function next_of(sub)
  return table.concat(zmq.assert(sub:recv_all()), " ")
end

loop:spawn(pass_on)
loop:spawn(greet)
loop:spawn(function()
  local pub = zmq.assert(context:socket { zmq.PUB, connect = "inproc://values" })
  zmq.assert(pub:wait_for_subscribers("", 1, 10000))
  for celsius = 17, 19 do
    zmq.assert(pub:sendx("oslo", celsius))
  end
  zmq.assert(pub:sendx("rome", 31))

  -- They come after all that was published. Rome is last: the cache has the others then.
  local rome = subscriber "rome"
  assert(next_of(rome) == "rome 31")
  local early = subscriber "oslo"
  assert(next_of(early) == "oslo 19")
  local late = subscriber "oslo"
  assert(next_of(late) == "oslo 19")
  print "oslo: both subscribers got 19, though it was published before they came"

  assert(next_of(early) == "oslo 19") -- once more, for the late one
  zmq.assert(pub:sendx("oslo", 20))
  assert(next_of(early) == "oslo 20")
  assert(next_of(late) == "oslo 20")
  print "oslo: both got 20 next"
  loop:stop()
end)
loop:run()
zmq.assert(context:term(0))
