--- Titanic: requests that outlive the broker, which has them on disk before it says that it has them.
--
-- A client hands in a request and gets a ticket; with that it asks for the answer, as often as it likes,
-- and at last says that it has it. All of this the broker writes to a journal. Here it crashes with all
-- that is in its memory; the next one reads the journal, and has the request answered.
--
-- Run it: lua5.4 examples/lua/guide/titanic.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"

local context = zmq.assert(zmq.context())

--- What happened to each ticket, in a file: `request`, `answer` and `close`, each with a body.
local Journal = {}
Journal.__index = Journal

local function open_journal(path)
  local journal = setmetatable({ request = {}, answer = {}, close = {}, count = 0 }, Journal)
  local file = assert(io.open(path, "a+b"))
  local text, at = file:read "*a", 1
  assert(file:seek "end") -- between reading and writing C wants this
  while true do
    local kind, ticket, length, start = text:match("^(%a+) (%d+) (%d+)\n()", at)
    local stop = start and start + tonumber(length)
    if not start or stop > #text then
      break
    end
    journal:note(kind, ticket, text:sub(start, stop - 1))
    at = stop + 1
  end
  if at <= #text then
    print "titanic: drops what a crash left half written; nobody was told that it is there"
    file:close()
    file = assert(io.open(path, "wb"))
    assert(file:write(text:sub(1, at - 1)))
  end
  journal.file = file
  return journal
end

function Journal:note(kind, ticket, body)
  self[kind][ticket] = body
  self.count = math.max(self.count, tonumber(ticket))
end

function Journal:write(kind, ticket, body)
  assert(self.file:write(kind, " ", ticket, " ", #body, "\n", body, "\n"))
  assert(self.file:flush())
  self:note(kind, ticket, body)
end

--- The broker: REP for clients, DEALER for workers, and the journal between them.
local function be_titanic(folder)
  local journal = open_journal(folder .. "/journal")
  local clients = zmq.assert(context:socket { zmq.REP, bind = "ipc://" .. folder .. "/clients" })
  local workers = zmq.assert(context:socket { zmq.DEALER, bind = "ipc://" .. folder .. "/workers" })

  --- Gives a request to a worker, as soon as there is one.
  local function dispatch(ticket)
    zmq.assert(workers:sendx("", ticket, journal.request[ticket]))
  end

  local commands = {}

  function commands.request(body)
    local ticket = ("%d"):format(journal.count + 1)
    journal:write("request", ticket, body)
    loop:spawn(dispatch, ticket)
    return "accepted", ticket
  end

  function commands.answer(ticket)
    if journal.close[ticket] or not journal.request[ticket] then
      return "unknown"
    elseif journal.answer[ticket] then
      return "here", journal.answer[ticket]
    end
    return "pending"
  end

  function commands.close(ticket)
    if commands.answer(ticket) ~= "here" then
      return "refused"
    end
    journal:write("close", ticket, "")
    return "closed"
  end

  function commands.crash()
    os.exit(1)
  end

  loop:spawn(function()
    while true do
      local command, argument = zmq.assert(clients:recvx())
      local run = commands[command]
      if run then
        zmq.assert(clients:sendx(run(argument)))
      else
        zmq.assert(clients:send "unknown")
      end
    end
  end)
  loop:spawn(function()
    while true do
      local _, ticket, body = zmq.assert(workers:recvx())
      journal:write("answer", ticket, body)
    end
  end)
  for ticket in pairs(journal.request) do
    if not journal.answer[ticket] then
      loop:spawn(dispatch, ticket)
    end
  end
  loop:spawn(function()
    loop:sleep(10000) -- nobody is left behind when the example fails
    os.exit(1)
  end)
  loop:run()
end

if arg[1] then
  be_titanic(arg[1])
end

local folder = os.tmpname() -- of a file, which makes room for a folder
assert(os.remove(folder))
os.execute("mkdir " .. folder)

local function start()
  return assert(io.popen(("'%s' '%s' '%s'"):format(arg[-1], arg[0], folder)))
end

local function connect()
  local address = "ipc://" .. folder .. "/clients"
  return zmq.assert(context:socket { zmq.REQ, rcvtimeo = 10000, connect = address })
end

local function call(req, command, argument)
  zmq.assert(req:sendx(command, argument))
  return zmq.assert(req:recvx())
end

local function work()
  local rep = zmq.assert(context:socket { zmq.REP, connect = "ipc://" .. folder .. "/workers" })
  while true do
    local ticket, body = zmq.assert(rep:recvx())
    zmq.assert(rep:sendx(ticket, body:upper()))
  end
end

local function crash(titanic, req)
  zmq.assert(req:sendx("crash", ""))
  io.write(titanic:read "*a") -- to its end
  titanic:close()
  req:close(0)
end

loop:spawn(function()
  local titanic, req = start(), connect()
  local accepted, ticket = call(req, "request", "hello")
  assert(accepted == "accepted", accepted)
  assert(call(req, "answer", ticket) == "pending")
  print("client: has the ticket " .. ticket)
  crash(titanic, req)
  local journal = assert(io.open(folder .. "/journal", "ab"))
  assert(journal:write "request 2 1000\nhalf a requ")
  journal:close()
  print "titanic: has crashed while it wrote, and starts again"

  titanic, req = start(), connect()
  assert(call(req, "answer", ticket) == "pending")
  print "client: the request is still there; a worker comes"
  loop:spawn(work)
  local state, answer
  repeat
    state, answer = call(req, "answer", ticket)
  until state ~= "pending"
  print("client: has the answer " .. answer)
  assert(state == "here" and answer == "HELLO", answer)
  assert(call(req, "close", ticket) == "closed")
  crash(titanic, req)

  titanic, req = start(), connect()
  assert(call(req, "answer", ticket) == "unknown", "closed for good")
  crash(titanic, req)
  loop:stop()
end)
loop:run()
zmq.assert(context:term(0))
os.execute("rm -r " .. folder)
