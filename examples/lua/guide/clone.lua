--- Clone: a table that many hold, each the same: a snapshot first, then numbered updates.
--
-- Who writes sends to the server (PUSH), which numbers each change and publishes it (PUB). A new holder
-- subscribes first and asks for a snapshot then (DEALER to ROUTER), so that no change falls between;
-- those that the snapshot has already it knows by their numbers.
--
-- Run it: lua5.4 examples/lua/guide/clone.lua

local sockery = require "sockery"
local nnmsg, zmq = sockery.nnmsg, sockery.zmq
local loop = sockery.loop.new()

local CHANGES, KEYS = 30, { "a", "b", "c", "d", "e", "f", "g", "h" }

local context = zmq.assert(zmq.context())

local function socket(kind, address)
  return zmq.assert(context:socket { kind, rcvtimeo = 10000, connect = address })
end

local function bound(kind)
  return zmq.assert(context:socket { kind, bind = "tcp://127.0.0.1:*" })
end

--- The table that all others are copies of, and the number of its last change.
local server = { table = {}, number = 0 }
server.snapshots, server.updates, server.changes = bound(zmq.ROUTER), bound(zmq.PUB), bound(zmq.PULL)

local function serve_snapshots()
  while true do
    local client = zmq.assert(server.snapshots:recvx())
    local snapshot = { number = server.number, table = nnmsg.map(server.table) }
    zmq.assert(server.snapshots:sendx(client, assert(nnmsg.encode(snapshot))))
  end
end

local function publish_updates()
  while true do
    local change = assert(nnmsg.decode(zmq.assert(server.changes:recv())))
    server.number = server.number + 1
    server.table[change.key] = change.value
    change.number = server.number
    zmq.assert(server.updates:send(assert(nnmsg.encode(change))))
  end
end

--- A copy of the server's table, as it was after some change.
local Holder = {}
Holder.__index = Holder

local function new_holder()
  local updates = socket(zmq.SUB, server.updates:get_last_endpoint())
  zmq.assert(updates:subscribe "")
  local snapshot = socket(zmq.DEALER, server.snapshots:get_last_endpoint())
  return setmetatable({ updates = updates, snapshot = snapshot, stale = 0 }, Holder)
end

function Holder:load()
  zmq.assert(self.snapshot:send "snapshot")
  local snapshot = assert(nnmsg.decode(zmq.assert(self.snapshot:recv())))
  self.table, self.number = snapshot.table, snapshot.number
end

--- Applies changes until it has this one.
function Holder:follow(up_to)
  while self.number < up_to do
    local update = assert(nnmsg.decode(zmq.assert(self.updates:recv())))
    if update.number <= self.number then
      self.stale = self.stale + 1 -- the snapshot had it already
    else
      assert(update.number == self.number + 1, "a change is missing")
      self.table[update.key], self.number = update.value, update.number
    end
  end
end

local function write(push)
  for _ = 1, CHANGES do
    local change = { key = KEYS[math.random(#KEYS)], value = math.random(100) }
    zmq.assert(push:send(assert(nnmsg.encode(change))))
  end
end

--- A table as one line, in the order of the keys.
local function shown(values)
  local line = {}
  for _, key in ipairs(KEYS) do
    line[#line + 1] = values[key] and ("%s=%d"):format(key, values[key])
  end
  return table.concat(line, " ")
end

loop:spawn(serve_snapshots)
loop:spawn(publish_updates)
loop:spawn(function()
  local writer = socket(zmq.PUSH, server.changes:get_last_endpoint())
  local first = new_holder()
  zmq.assert(server.updates:wait_for_subscribers("", 1, 10000))
  first:load()
  write(writer)
  first:follow(CHANGES)
  print(("first: has followed %d changes from an empty table"):format(CHANGES))

  local second = new_holder()
  zmq.assert(server.updates:wait_for_subscribers("", 2, 10000))
  write(writer)
  first:follow(2 * CHANGES) -- so all those changes are made before the snapshot
  second:load()
  write(writer)
  first:follow(3 * CHANGES)
  second:follow(3 * CHANGES)
  print(("second: came late, left out %d changes that its snapshot had"):format(second.stale))
  print("all three hold " .. shown(server.table))
  assert(shown(first.table) == shown(server.table), shown(first.table))
  assert(shown(second.table) == shown(server.table), shown(second.table))
  assert(first.stale == 0 and second.stale == CHANGES, second.stale)
  loop:stop()
end)
loop:run()
zmq.assert(context:term(0))
