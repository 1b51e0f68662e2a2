--- Simple pirate: a queue that gives each question to the worker that has been idle longest.
--
-- Workers say when they are ready, by a REQ whose "answer" is their next job. One dies with a job: the
-- queue does not learn of it, but it never says again that it is ready. The client asks again, and
-- somebody else has the answer. Its REQ is relaxed, so it may ask again, and correlates, so that late
-- answers are dropped.
--
-- Run it: lua5.4 examples/lua/guide/simple_pirate.lua

local loop = require("sockery.loop").new()
local zmq = require "sockery.zmq"
local unpack = table.unpack or unpack

local READY, TIMEOUT, QUESTIONS = "ready", 200, 9
--- By worker: the number of jobs after which it dies of the next.
local WORKERS = { stout = math.huge, frail = 1, hale = math.huge }

local context = zmq.assert(zmq.context())
local frontend = zmq.assert(context:socket { zmq.ROUTER, bind = "tcp://127.0.0.1:*" })
local backend = zmq.assert(context:socket { zmq.ROUTER, bind = "inproc://backend" })
local idle = {}

--- Hands one question on. There is one such coroutine for each idle worker, so nobody takes
--- questions while there is nobody to answer.
local function question()
  local message = zmq.assert(frontend:recv_all())
  zmq.assert(backend:sendx(table.remove(idle, 1), "", unpack(message)))
end

--- Hands answers on, and knows by them who is idle.
local function answers()
  while true do
    local message = zmq.assert(backend:recv_all())
    idle[#idle + 1] = message[1]
    loop:spawn(question)
    if message[3] ~= READY then
      zmq.assert(frontend:send_all(message, 0, 3))
    end
  end
end

local function work(name)
  local req = zmq.assert(context:socket { zmq.REQ, connect = "inproc://backend" })
  zmq.assert(req:send(READY))
  local left = WORKERS[name]
  while true do
    local message = zmq.assert(req:recv_all())
    local number = table.remove(message) -- what is left is the way back to the client
    if left == 0 then
      print(name .. " dies of question " .. number)
      req:close(0)
      return
    end
    left = left - 1
    message[#message + 1] = ("%d %s"):format(number ^ 2, name)
    zmq.assert(req:send_all(message))
  end
end

--- Asks all questions: how many each worker answered, and how often it asked again.
local function ask()
  local req = zmq.assert(context:socket {
    zmq.REQ,
    req_relaxed = 1,
    req_correlate = 1,
    rcvtimeo = TIMEOUT,
    connect = frontend:get_last_endpoint(),
  })
  local answered, again = { stout = 0, frail = 0, hale = 0 }, 0
  local number = 1
  while number <= QUESTIONS do
    zmq.assert(req:send(number))
    local answer, err = req:recv()
    if answer then
      local square, by = answer:match "^(%d+) (%a+)$"
      assert(tonumber(square) == number ^ 2, answer)
      answered[by] = answered[by] + 1
      number = number + 1
    else
      assert(err:name() == "EAGAIN", err)
      print("client: asks " .. number .. " again")
      again = again + 1
      assert(again < 20, "nobody answers")
    end
  end
  return answered, again
end

for name in pairs(WORKERS) do
  loop:spawn(work, name)
end
loop:spawn(function()
  zmq.assert(backend:wait_for_peers(3, 10000)) -- so that all three are asked
  loop:spawn(answers)
  local answered, again = ask()
  print(("answered by stout %d, frail %d, hale %d"):format(answered.stout, answered.frail, answered.hale))
  assert(answered.frail <= 1 and answered.stout > 1 and answered.hale > 1)
  assert(again >= 1, "the job of the dead was answered at once")
  loop:stop()
end)
loop:run()
zmq.assert(context:term(0))
