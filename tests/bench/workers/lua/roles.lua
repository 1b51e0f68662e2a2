--- The roles of the worker protocol for Lua.
--
-- `play(peer)` wants a table with `open(kind, bind, url)`, which gives an object with `send(string)`
-- and `recv()`, and with `now()` and `processor()` in seconds. For `pub` it wants `listen(millis)`
-- besides, which waits so long for the harness to speak; for the pairs `beside(first, second)`, which
-- runs two functions side by side.

local role, url, size, count = arg[#arg - 3], arg[#arg - 2], tonumber(arg[#arg - 1]), tonumber(arg[#arg])
local warm_up = math.floor(count / 10)
local measured = count - warm_up
local body = ("x"):rep(size)

local peer, began

local function say(...)
  io.write(string.format(...), "\n")
  io.flush()
end

local function wait_for_end()
  io.read("*a")
end

local function tell(messages, seconds, trips)
  local percentiles = ""
  if trips then
    table.sort(trips)
    local p50, p99 = trips[math.floor(#trips / 2) + 1], trips[math.floor(#trips * 0.99) + 1]
    percentiles = (',"p50":%.3f,"p99":%.3f'):format(p50 * 1e6, p99 * 1e6)
  end
  local processor = peer.processor() - began
  say('{"n":%d,"secs":%.9f,"cpu":%.6f%s}', messages, seconds, processor, percentiles)
end

local function check(message)
  if #message ~= size then
    error(("received %d bytes instead of %d"):format(#message, size))
  end
end

local does = {}

function does.pull(socket)
  local start
  for number = 0, count - 1 do
    if number == warm_up then
      start = peer.now()
    end
    check(socket:recv())
  end
  tell(measured, peer.now() - start)
end

function does.push(socket)
  for _ = 1, count do
    socket:send(body)
  end
end

function does.req(socket)
  local trips, start = {}, nil
  for number = 0, count - 1 do
    local asked = peer.now()
    if number == warm_up then
      start, trips = asked, {}
    end
    socket:send(body)
    check(socket:recv())
    trips[#trips + 1] = peer.now() - asked
  end
  tell(measured, peer.now() - start, trips)
end

function does.rep(socket)
  for _ = 1, count do
    socket:send((socket:recv()))
  end
end

function does.pub(socket)
  while not peer.listen(1) do
    socket:send("H")
  end
  io.read("*l")
  does.push(socket)
  while not peer.listen(1) do
    socket:send("E")
  end
end

function does.sub(socket)
  socket:recv()
  say("READY")
  repeat
    local message = socket:recv()
  until #message == size
  local received, start = 1, peer.now()
  while #socket:recv() == size do
    received = received + 1
  end
  tell(received, peer.now() - start)
end

function does.idle() end

local KINDS = { idle = "pull" }
local BINDS = { pull = true, rep = true, pub = true, idle = true }
local TELLS = { push = true, rep = true, pub = true }
local PAIRS = { ["both-pushpull"] = { "pull", "push" }, ["both-reqrep"] = { "req", "rep" } }

--- The pair in one process: the first half binds, the other connects.
local function both(here, there)
  local first, second = peer.open(here, true, url), peer.open(there, false, url)
  peer.beside(function()
    does[here](first)
  end, function()
    does[there](second)
  end)
  wait_for_end()
end

local function alone()
  local socket = peer.open(KINDS[role] or role, BINDS[role], url)
  if BINDS[role] then
    say("READY")
  end
  does[role](socket)
  wait_for_end()
  if TELLS[role] then
    say('{"cpu":%.6f}', peer.processor() - began)
  end
end

--- Plays the role that the command line names, to its end; nothing is closed after it.
local function play(with)
  peer, began = with, with.processor()
  if PAIRS[role] then
    both(PAIRS[role][1], PAIRS[role][2])
  else
    alone()
  end
  os.exit(0)
end

return play
