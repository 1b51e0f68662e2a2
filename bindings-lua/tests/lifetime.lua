--- Closing, collecting, leaving: what becomes of sockets that nobody holds or closes.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, zmq, LIMIT = support.lu, support.nnmsg, support.zmq, support.LIMIT

local function collect()
  collectgarbage()
  collectgarbage()
end

TestClose = {}

function TestClose:test_use_after_close_is_an_error_and_not_a_raise()
  local s = nnmsg.socket.pair()
  s:close()
  s:close()
  lu.assertNil(s.handle)
  local calls = {
    { "send", "x" }, { "recv" }, { "sendTable", {} }, { "recvTable" }, { "sendBuffer", "x" },
    { "bind", "inproc://a" }, { "connect", "inproc://a" }, { "shutdown", 1 }, { "subscribe", "" },
    { "setopt", nnmsg.NN_LINGER, 1 }, { "getopt", nnmsg.NN_LINGER }, { "recvMany" }, { "device" },
    { "getStatistic", nnmsg.NN_STAT_MESSAGES_SENT }, { "waitForPeers", 1, 1 }, { "dropped" },
  }
  for _, call in ipairs(calls) do
    support.assert_nn_error("EBADF", s[call[1]](s, call[2], call[3]))
  end
  local ctx = zmq.context()
  local z = ctx:socket(zmq.PAIR)
  lu.assertTrue(z:close())
  lu.assertTrue(z:close())
  for _, call in ipairs { { "send", "x" }, { "recv" }, { "bind", "inproc://a" }, { "recv_all" },
    { "sendx", "x" }, { "set_linger", 1 }, { "get_linger" }, { "poll", 1 } } do
    support.assert_zmq_error("ENOTSOCK", z[call[1]](z, call[2]))
  end
  lu.assertTrue(ctx:term())
  lu.assertTrue(ctx:closed())
end

function TestClose:test_term_closes_what_the_context_made()
  local ctx = zmq.context()
  local s = ctx:socket(zmq.PUSH)
  s:connect("inproc://lua-nobody")
  lu.assertEquals(ctx:socket_count(), 1)
  local told = 0
  s:on_close(function() told = told + 1 end)
  lu.assertTrue(ctx:term(0))
  lu.assertTrue(s:closed())
  lu.assertEquals(told, 1)
  support.assert_zmq_error("ETERM", ctx:socket(zmq.PUSH))
end

function TestClose:test_term_closes_what_is_lost_but_not_collected()
  for _ = 1, 200 do
    local ctx = zmq.context()
    assert(ctx:socket(zmq.PUSH))
    lu.assertTrue(ctx:term(0))
  end
end

function TestClose:test_shutdown_ends_calls_with_eterm()
  local ctx = zmq.context()
  local s = ctx:socket(zmq.PULL)
  ctx._native:shutdown() -- ctx:shutdown() closes the sockets too, as lzmq does
  lu.assertTrue(ctx:shutdowned())
  support.assert_zmq_error("ETERM", s:recv())
  support.assert_zmq_error("ETERM", s:poll(LIMIT))
  s:close(0)
  lu.assertTrue(ctx:term())
end

function TestClose:test_a_socket_sends_on_after_close()
  local pull, push = support.nn_pair("pull", "push")
  for i = 1, 1000 do
    push:send(("%d"):format(i))
  end
  push:close()
  for i = 1, 1000 do
    lu.assertEquals(pull:recv(), ("%d"):format(i))
  end
  pull:close()
end

if _VERSION == "Lua 5.4" then
  function TestClose:test_to_be_closed_variables()
    local run = assert(load([[
      local nnmsg, zmq = ...
      local kept, ctx = {}, zmq.context()
      do
        local a <close> = nnmsg.socket.pair()
        local b <close> = ctx:socket(zmq.PAIR)
        kept = { a, b }
      end
      return kept[1].handle, kept[2]:closed(), ctx
    ]]))
    local handle, closed, ctx = run(nnmsg, zmq)
    lu.assertNil(handle)
    lu.assertTrue(closed)
    ctx:term()
  end
end

TestCollection = {}

function TestCollection:test_a_collected_socket_frees_its_address()
  local pull = nnmsg.socket.pull()
  pull:bind("inproc://lua-collected")
  pull = nil
  collect()
  local again = nnmsg.socket.pull()
  lu.assertTrue(again:bind("inproc://lua-collected"))
  again:close()
end

function TestCollection:test_a_socket_keeps_its_context()
  local a, b
  do
    local ctx = zmq.context()
    a, b = support.zmq_pair(ctx, zmq.PAIR, zmq.PAIR, "inproc://lua-kept")
  end
  collect()
  a:send("x")
  lu.assertEquals(b:recv(), "x")
  a:close()
  b:close()
end

function TestCollection:test_thousands_of_sockets_come_and_go()
  for _ = 1, 20 do
    for _ = 1, 100 do
      assert(nnmsg.socket.pair())
    end
    collect()
  end
end

TestExit = {}

local PRELUDE = [[
  local nnmsg, zmq = require "sockery.nnmsg", require "sockery.zmq"
]]

function TestExit:test_leaving_without_closing_ends_at_once()
  for _, ending in ipairs { "", "os.exit(0)", "os.exit(0, true)" } do
    local output, code = support.run(PRELUDE .. [[
      local ctx = zmq.context()
      local a, b = ctx:socket(zmq.PULL), nnmsg.socket.pull()
      assert(a:bind("tcp://127.0.0.1:*")) assert(b:bind("tcp://127.0.0.1:0"))
    ]] .. ending)
    lu.assertEquals({ output, code }, { "", 0 })
  end
end

function TestExit:test_leaving_with_unsent_messages_says_what_is_lost()
  for _, ending in ipairs { "", "os.exit(0)" } do
    local output, code = support.run(PRELUDE .. [[
      local s = zmq.context():socket(zmq.PUSH)
      assert(s:connect("tcp://127.0.0.1:1"))
      assert(s:send("lost")) assert(s:send("lost too"))
    ]] .. ending, "SOCKERY_EXIT_MS=50")
    lu.assertEquals(code, 0)
    lu.assertStrContains(output, "2 unsent messages")
  end
end

function TestExit:test_leaving_flushes_what_can_be_sent()
  local ctx = zmq.context()
  local pull = zmq.assert(ctx:socket { zmq.PULL, bind = "tcp://127.0.0.1:*", rcvtimeo = LIMIT })
  for _, ending in ipairs { "", "os.exit(0)" } do
    local output, code = support.run(PRELUDE .. ([[
      local s = zmq.context():socket{zmq.PUSH, connect = %q}
      for i = 1, 2000 do assert(s:send(("x"):rep(1000))) end
      assert(s:send("end"))
    ]]):format(pull:last_endpoint()) .. ending)
    lu.assertEquals({ output, code }, { "", 0 })
    local count = 0
    while zmq.assert(pull:recv()) ~= "end" do
      count = count + 1
    end
    lu.assertEquals(count, 2000)
  end
  ctx:term(0)
end

function TestExit:test_a_finalizer_may_use_a_socket_that_was_finalized_before_it()
  local output, code = support.run([[
    local a
    local function finalize()
      local data, text, errno = a:recv()
      print(data, text, errno, a:send("x"))
    end
    if newproxy then
      last = newproxy(true)
      getmetatable(last).__gc = finalize
    else
      last = setmetatable({}, { __gc = finalize })
    end
  ]] .. PRELUDE .. [[
    a = nnmsg.socket.pair()
  ]])
  local text, errno = "the socket is closed", nnmsg.NN_EBADF
  local expected = ("nil\t%s\t%d\tnil\t%s\t%d\n"):format(text, errno, text, errno)
  lu.assertEquals({ output, code }, { expected, 0 })
end

function TestExit:test_an_error_exits_with_its_code()
  local output, code = support.run(PRELUDE .. [[
    local s = nnmsg.socket.pull()
    s:bind("tcp://127.0.0.1:0")
    error("on purpose")
  ]])
  lu.assertStrContains(output, "on purpose")
  lu.assertEquals(code, 1)
end

function TestExit:test_term_of_nnmsg_is_final()
  local output, code = support.run(PRELUDE .. [[
    local s = nnmsg.socket.pull()
    s:bind("tcp://127.0.0.1:0")
    nnmsg.term()
    local _, _, errno = s:recv()
    assert(errno == nnmsg.NN_ETERM)
    local _, _, errno = nnmsg.socket.pair()
    assert(errno == nnmsg.NN_ETERM)
    local _, _, errno = nnmsg.poll{{fd = s, events = 1}}
    assert(errno == nnmsg.NN_ETERM, tostring(errno))
    assert(zmq.context():socket(zmq.PAIR))
  ]])
  lu.assertEquals({ output, code }, { "", 0 })
end

if support.jit then
  -- LuaJIT alone can fork without another module.
  function TestExit:test_a_forked_child_leaves_its_parents_sockets_alone()
    local output, code = support.run(PRELUDE .. [[
      local ffi = require "ffi"
      ffi.cdef "int fork(void); int waitpid(int, int *, int);"
      local a, b = nnmsg.socket.pair(), nnmsg.socket.pair()
      assert(a:bind("tcp://127.0.0.1:0")) assert(b:connect(a.lastEndpoint))
      assert(a:waitForPeers(1, 10000))
      b:send("unread")
      local child = ffi.C.fork()
      if child == 0 then
        local _, _, errno = a:recv()
        assert(errno == nnmsg.NN_ETERM, tostring(errno))
        a:close()
        os.exit(7)
      end
      local status = ffi.new("int[1]")
      ffi.C.waitpid(child, status, 0)
      assert(status[0] == 7 * 256, status[0])
      assert(a:recv() == "unread")
      assert(b:send("more") and a:recv() == "more")
    ]])
    lu.assertEquals({ output, code }, { "", 0 })
  end
end

support.finish()
