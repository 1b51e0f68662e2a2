--- Waiting: coroutines in a loop, and signals.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, zmq, LIMIT = support.lu, support.nnmsg, support.zmq, support.LIMIT
local loops = require "sockery.loop"

TestLoop = {}

function TestLoop:setUp()
  self.loop = loops.new()
end

function TestLoop:test_coroutines_wait_together()
  local rep, req = support.nn_pair("rep", "req")
  local pull, push = support.nn_pair("pull", "push", "inproc://lua-loop")
  local loop, seen = self.loop, {}
  loop:spawn(function()
    for _ = 1, 3 do
      rep:send("re: " .. assert(rep:recv()))
    end
  end)
  loop:spawn(function()
    for i = 1, 3 do
      req:send(tostring(i))
      table.insert(seen, assert(req:recv()))
    end
    push:sendTable { done = true }
  end)
  loop:spawn(function()
    local done = assert(pull:recvTable()).done
    table.insert(seen, tostring(done))
  end)
  loop:run()
  lu.assertEquals(seen, { "re: 1", "re: 2", "re: 3", "true" })
  for _, s in ipairs { rep, req, pull, push } do
    s:close()
  end
end

function TestLoop:test_both_dialects_and_many_coroutines_on_one_socket()
  local ctx = zmq.context()
  local pull, push = support.zmq_pair(ctx, zmq.PULL, zmq.PUSH)
  local loop, got = self.loop, 0
  for _ = 1, 10 do
    loop:spawn(function()
      local data = assert(pull:recv())
      got = got + tonumber(data)
    end)
  end
  loop:spawn(function()
    for i = 1, 10 do
      loop:sleep(1)
      assert(push:send(tostring(i)))
    end
  end)
  loop:run()
  lu.assertEquals(got, 55)
  ctx:term(0)
end

function TestLoop:test_a_full_queue_suspends_the_sender()
  local ctx = zmq.context()
  local a = zmq.assert(ctx:socket { zmq.PULL, rcvhwm = 1, bind = "inproc://lua-full", linger = 0 })
  local b = zmq.assert(ctx:socket { zmq.PUSH, sndhwm = 1, connect = "inproc://lua-full" })
  local loop, got = self.loop, 0
  loop:spawn(function()
    for i = 1, 100 do
      assert(b:send(tostring(i)))
    end
  end)
  loop:spawn(function()
    for i = 1, 100 do
      lu.assertEquals(a:recv(), tostring(i))
      got = i
    end
  end)
  loop:run()
  lu.assertEquals(got, 100)
  ctx:term(0)
end

function TestLoop:test_timeouts_sleep_and_stop()
  local s = nnmsg.socket.pull()
  s:bind("inproc://lua-loop-timeout")
  s:setopt(nnmsg.NN_RCVTIMEO, 10)
  local ctx = zmq.context()
  local z = zmq.assert(ctx:socket { zmq.PULL, rcvtimeo = 10, bind = "inproc://lua-loop-timeout" })
  local loop, ended = self.loop, 0
  loop:spawn(function()
    support.assert_nn_error("ETIMEDOUT", s:recv())
    support.assert_nn_error("EAGAIN", s:recv(nnmsg.NN_DONTWAIT))
    ended = ended + 1
  end)
  loop:spawn(function()
    support.assert_zmq_error("EAGAIN", z:recv())
    ended = ended + 1
  end)
  loop:spawn(function()
    while ended < 2 do
      loop:sleep(2)
    end
    loop:stop()
    loop:sleep(LIMIT)
    lu.fail("the loop was stopped")
  end)
  loop:run()
  lu.assertEquals(ended, 2)
  s:close()
  ctx:term(0)
end

function TestLoop:test_closing_wakes_who_waits()
  local s = nnmsg.socket.pull()
  s:bind("inproc://lua-loop-close")
  local loop, number = self.loop, nil
  loop:spawn(function()
    number = select(3, s:recv())
  end)
  loop:spawn(function()
    loop:sleep(5)
    s:close()
  end)
  loop:run()
  lu.assertEquals(number, nnmsg.NN_EBADF)
end

function TestLoop:test_an_error_ends_run_and_names_itself()
  local loop = self.loop
  loop:spawn(function()
    loop:sleep(1)
    error("on purpose")
  end)
  lu.assertErrorMsgContains("on purpose", loop.run, loop)
  lu.assertNil(require("sockery.wait").scheduler.millis)
end

function TestLoop:test_a_coroutine_inside_a_coroutine_blocks()
  local pull, push = support.nn_pair("pull", "push")
  local loop, got = self.loop, nil
  loop:spawn(function()
    push:send("x")
    got = coroutine.wrap(function()
      return pull:recv()
    end)()
  end)
  loop:run()
  lu.assertEquals(got, "x")
  pull:close()
  push:close()
end

TestSignals = {}

--- Returns once a process sleeps and goes on sleeping: its state and its count of voluntary switches
--- stay the same while we look many times.
local function until_blocked(pid)
  local same, before = 0, nil
  while same < 100 do
    local file = assert(io.open("/proc/" .. pid .. "/status"))
    local text = file:read("*a")
    file:close()
    local now = text:match("State:%s*(%S)") .. text:match("voluntary_ctxt_switches:%s*(%d+)")
    same = now == before and now:sub(1, 1) == "S" and same + 1 or 0
    before = now
  end
end

--- Runs a program, interrupts it once it blocks, and gives what it says.
local function interrupt(body)
  local program = os.tmpname()
  local file = assert(io.open(program, "w"))
  file:write([[
    local nnmsg, zmq = require "sockery.nnmsg", require "sockery.zmq"
    local function ready() io.write("ready\n") io.stdout:flush() end
  ]] .. body)
  file:close()
  local command = "sh -c 'echo $$; exec %s %s 2>&1'"
  local pipe = assert(io.popen(command:format(support.interpreter(), program)))
  local pid = pipe:read("*l")
  lu.assertEquals(pipe:read("*l"), "ready")
  until_blocked(pid)
  os.execute("kill -INT " .. pid)
  local output = pipe:read("*a")
  pipe:close()
  os.remove(program)
  return output
end

function TestSignals:test_control_c_ends_a_blocking_call()
  if not io.open("/proc/self/status") then
    lu.skip("only /proc says whether a process blocks")
  end
  local cases = {
    [[local s = nnmsg.socket.pull() s:bind("tcp://127.0.0.1:0") ready() s:recv()]],
    [[local s = nnmsg.socket.pull() s:bind("inproc://a") ready() s:recvTable()]],
    [[local s = nnmsg.socket.push() s:connect("tcp://127.0.0.1:1") ready()
      while true do s:send(("x"):rep(1e5)) end]],
    [[local s = nnmsg.socket.pull() s:bind("tcp://127.0.0.1:0") ready()
      nnmsg.poll{{fd = s, events = 1}}]],
    [[local s = zmq.Socket(zmq.PULL) s:bind("tcp://127.0.0.1:*") ready() s:recv()]],
    [[local s = zmq.Socket(zmq.PULL) s:bind("inproc://a") ready() s:poll()]],
    [[local s = zmq.Socket(zmq.PULL) s:bind("inproc://a") ready() s:wait_for_peers(1)]],
    [[local p = zmq.poller() p:add(zmq.Socket(zmq.PULL), zmq.POLLIN) ready() p:poll(-1)]],
    [[local l = require("sockery.loop").new() l:spawn(function() ready() l:sleep(1e6) end) l:run()]],
  }
  for i, body in ipairs(cases) do
    lu.assertStrContains(interrupt(body), "interrupted!", false, "case " .. i)
  end
end

support.finish()
