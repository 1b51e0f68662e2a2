--- The documented functions of nnmsg and zmq, against the engine.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, zmq, LIMIT = support.lu, support.nnmsg, support.zmq, support.LIMIT

TestNnmsg = {}

function TestNnmsg:test_constants_have_both_names()
  local cases = {
    AF_SP = 1, AF_SP_RAW = 2, NN_PAIR = 0x10, NN_SUB = 0x21, NN_EAGAIN = 0x9523DD4,
    NN_ETERM = 0x9523DFD, NN_EFSM = 0x9523DFE, NN_DONTWAIT = 1, NN_POLLOUT = 2,
  }
  for name, value in pairs(cases) do
    lu.assertEquals(nnmsg[name], value, name)
    lu.assertEquals(nnmsg["_" .. name], value, name)
  end
end

function TestNnmsg:test_constructors()
  local cases = {
    pair = 0x10, pub = 0x20, sub = 0x21, req = 0x30, rep = 0x31, push = 0x50, pull = 0x51,
  }
  for name, protocol in pairs(cases) do
    local socket = nnmsg.socket[name]()
    lu.assertEquals(socket.protocol, protocol)
    lu.assertIsNumber(socket.handle)
    lu.assertNil(socket.lastEndpointId)
    socket:close()
    local same = nnmsg.socket(protocol, nnmsg.AF_SP)
    lu.assertEquals(same.protocol, protocol)
    same:close()
  end
end

function TestNnmsg:test_an_unknown_protocol_is_an_error()
  support.assert_nn_error("EINVAL", nnmsg.socket(0x7777))
  lu.assertEquals(nnmsg.lasterrno(), nnmsg.NN_EINVAL)
  lu.assertEquals(select(2, nnmsg.socket.lasterr()), nnmsg.NN_EINVAL)
end

function TestNnmsg:test_send_and_recv()
  local pull, push = support.nn_pair("pull", "push")
  for _, data in ipairs { "", "hello", "\0\1\255", ("x"):rep(100000) } do
    lu.assertEquals(push:send(data), #data)
    lu.assertTrue(pull:recv() == data)
  end
  lu.assertEquals(push:send(42), 2)
  lu.assertEquals(pull:recv(), "42")
  pull:close()
  push:close()
end

function TestNnmsg:test_the_address_of_a_peer()
  local pull, push = support.nn_pair("pull", "push")
  lu.assertEquals(push:send("x"), 1)
  local body, _, pipe = pull:recvMsg()
  lu.assertEquals(body, "x")
  lu.assertStrMatches(pull:peerAddress(pipe), "tcp://127%.0%.0%.1:%d+")
  lu.assertNotEquals(pull:peerAddress(pipe), pull.lastEndpoint)
  lu.assertNil(pull:peerAddress(pipe + 1))
  pull:close()
  push:close()
end

function TestNnmsg:test_endpoints()
  local pull = nnmsg.socket.pull()
  lu.assertTrue(pull:bind("tcp://127.0.0.1:0"))
  local first = pull.lastEndpointId
  lu.assertIsNumber(first)
  lu.assertStrMatches(pull.lastEndpoint, "tcp://127%.0%.0%.1:%d+")
  lu.assertTrue(pull:bind("inproc://lua-endpoints"))
  lu.assertTrue(pull.lastEndpointId ~= first)
  lu.assertTrue(pull:shutdown())
  lu.assertTrue(pull:shutdown(first))
  support.assert_nn_error("EINVAL", pull:shutdown(first))
  pull:close()
end

function TestNnmsg:test_request_and_reply()
  local rep, req = support.nn_pair("rep", "req")
  local one, other = req:context(), req:context()
  lu.assertEquals({ one:send("1"), other:send("2") }, { 1, 1 })
  for _ = 1, 2 do
    lu.assertEquals(rep:send(rep:recv()), 1)
  end
  lu.assertEquals({ other:recv(), one:recv() }, { "2", "1" })
  support.assert_nn_error("ENOTSUP", one:bind("tcp://127.0.0.1:0"))
  one:close()
  support.assert_nn_error("EBADF", one:send("x"))
  support.assert_nn_error("EFSM", req:recv())
  support.assert_nn_error("EFSM", rep:send("early"))
  req:send("question")
  lu.assertEquals(rep:recv(), "question")
  rep:send("answer")
  lu.assertEquals(req:recv(), "answer")
  rep:close()
  req:close()
end

function TestNnmsg:test_subscriptions()
  local pub, sub = support.nn_pair("pub", "sub")
  lu.assertTrue(sub:subscribe("a"))
  pub:send("b1")
  pub:send("a1")
  lu.assertEquals(sub:recv(), "a1")
  lu.assertTrue(sub:unsubscribe("a"))
  lu.assertTrue(sub:subscribe())
  pub:send("b2")
  lu.assertEquals(sub:recv(), "b2")
  pub:close()
  sub:close()
end

function TestNnmsg:test_options()
  local sub = nnmsg.socket.sub()
  lu.assertTrue(sub:setopt(nnmsg.NN_RCVTIMEO, 5))
  lu.assertEquals(sub:getopt(nnmsg.NN_RCVTIMEO), 5)
  lu.assertTrue(sub:setopt(nnmsg.NN_SUB_SUBSCRIBE, "x", nnmsg.NN_SUB))
  lu.assertTrue(sub:setopt(nnmsg.NN_TCP_NODELAY, 1, nnmsg.NN_TCP))
  lu.assertEquals(sub:getopt(nnmsg.NN_TCP_NODELAY, nil, nnmsg.NN_TCP), 1)
  local buffer = nnmsg.buffer(4)
  local filled, len = sub:getopt(nnmsg.NN_RCVTIMEO, buffer)
  lu.assertEquals(filled.data, "\5\0\0\0")
  lu.assertEquals(len, 4)
  lu.assertTrue(sub:setopt(nnmsg.NN_RCVTIMEO, nnmsg.buffer("\7\0\0\0")))
  lu.assertEquals(sub:getopt(nnmsg.NN_RCVTIMEO), 7)
  sub:close()
end

function TestNnmsg:test_timeouts_and_dontwait()
  local pull = nnmsg.socket.pull()
  pull:bind("inproc://lua-timeouts")
  support.assert_nn_error("EAGAIN", pull:recv(nnmsg.NN_DONTWAIT))
  pull:setopt(nnmsg.NN_RCVTIMEO, 10)
  support.assert_nn_error("ETIMEDOUT", pull:recv())
  support.assert_nn_error("ETIMEDOUT", pull:recvTable())
  lu.assertEquals(nnmsg.lasterrno(), nnmsg.NN_ETIMEDOUT)
  pull:close()
end

function TestNnmsg:test_poll()
  local pull, push = support.nn_pair("pull", "push")
  local items = { { fd = pull, events = nnmsg.NN_POLLIN }, { fd = push, events = nnmsg.NN_POLLOUT } }
  local ready = nnmsg.poll(items, LIMIT)
  lu.assertEquals({ ready[1].revents, ready[2].revents }, { 0, nnmsg.NN_POLLOUT })
  lu.assertTrue(rawequal(ready[2].fd, push))
  lu.assertNil(items[2].revents)
  lu.assertEquals(nnmsg.poll({ items[1] }, 10), 0)
  lu.assertEquals(nnmsg.poll({ items[1] }, 0), 0)
  lu.assertEquals(#nnmsg.poll({ items[2] }, 0), 1)
  push:send("x")
  lu.assertEquals(nnmsg.poll({ items[1] })[1].revents, nnmsg.NN_POLLIN)
  support.assert_nn_error("ENOPROTOOPT", nnmsg.poll({ { fd = push, events = 1 } }, 10))
  support.assert_nn_error("ENOPROTOOPT", nnmsg.poll({ { fd = pull, events = 2 } }, 10))
  pull:close()
  push:close()
  support.assert_nn_error("EBADF", nnmsg.poll(items, 10))
end

function TestNnmsg:test_each_yields_in_the_order_given()
  local one, two = nnmsg.socket.pair(), nnmsg.socket.pair()
  one:bind("inproc://lua-each")
  two:connect("inproc://lua-each")
  one:waitForPeers(1, LIMIT)
  local seen = {}
  for socket, revents in nnmsg.eachOut({ two, one }, LIMIT) do
    seen[#seen + 1] = { socket == two and "two" or "one", revents }
  end
  lu.assertEquals(seen, { { "two", 2 }, { "one", 2 } })
  one:send("x")
  nnmsg.poll({ { fd = two, events = 1 } }, LIMIT)
  seen = {}
  for socket, revents in nnmsg.eachInOut({ one, two }) do
    seen[#seen + 1] = { socket == two and "two" or "one", revents }
  end
  lu.assertEquals(seen, { { "one", 2 }, { "two", 3 } })
  two:recv()
  for _ in nnmsg.eachIn({ one, two }, 5) do
    lu.fail("nothing is ready")
  end
  local push = nnmsg.socket.push()
  for _ in nnmsg.eachInOut({ push }, 5) do
    lu.fail("a one-way socket cannot be polled for both")
  end
  for _, socket in ipairs { one, two, push } do
    socket:close()
  end
end

function TestNnmsg:test_buffers()
  local pull, push = support.nn_pair("pull", "push")
  local buffer = nnmsg.buffer("abcdef")
  lu.assertEquals(push:sendBuffer(buffer, 3), 3)
  lu.assertEquals(pull:recv(), "abc")
  lu.assertEquals(push:sendBuffer("xyz"), 3)
  local target = nnmsg.buffer("......")
  local same, size = pull:recvBuffer(target)
  lu.assertTrue(rawequal(same, target))
  lu.assertEquals({ size, target.data }, { 3, "xyz..." })
  push:send("0123456789")
  local _, full = pull:recvBuffer(target, 2)
  lu.assertEquals({ full, target.data }, { 10, "01z..." })
  if support.jit then
    local ffi = require "ffi"
    local memory = ffi.new("uint8_t[4]", 1, 2, 3, 4)
    lu.assertEquals(push:sendBuffer(memory), 4)
    local into = ffi.new("uint8_t[2]")
    lu.assertEquals(select(2, pull:recvBuffer(into)), 4)
    lu.assertEquals({ into[0], into[1] }, { 1, 2 })
    push:sendBuffer(ffi.cast("uint8_t *", memory), 2)
    lu.assertEquals(pull:recv(), "\1\2")
  end
  pull:close()
  push:close()
end

function TestNnmsg:test_many_at_once()
  local pull, push = support.nn_pair("pull", "push")
  local sent, got = {}, {}
  for i = 1, 50 do
    sent[i] = tostring(i)
    push:send(sent[i])
  end
  while #got < #sent do
    for _, data in ipairs(assert(pull:recvMany(20))) do
      got[#got + 1] = data
    end
  end
  lu.assertEquals(got, sent)
  pull:close()
  push:close()
end

function TestNnmsg:test_statistics()
  local pull, push = support.nn_pair("pull", "push")
  push:send("12345")
  pull:recv()
  lu.assertEquals(push:getStatistic(nnmsg.NN_STAT_MESSAGES_SENT), 1)
  lu.assertEquals(pull:getStatistic(nnmsg.NN_STAT_BYTES_RECEIVED), 5)
  lu.assertIsTable(push:dropped())
  pull:close()
  push:close()
end

--- In a process of its own, which a signal ends: Lua has no second thread to close a socket.
local DEVICE = [[
local nnmsg, zmq = require "sockery.nnmsg", require "sockery.zmq"
local ctx = zmq.context()
local pull, push = nnmsg.socket(nnmsg.NN_PULL, nnmsg.AF_SP_RAW), ctx:socket(zmq.PUSH)
assert(pull:bind("tcp://127.0.0.1:0"))
zmq.assert(push:bind("tcp://127.0.0.1:*"))
print(pull.lastEndpoint)
print(push:last_endpoint())
io.stdout:flush()
pull:device(push)
]]

function TestNnmsg:test_a_device_joins_both_dialects()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(DEVICE)
  file:close()
  local pipe = assert(io.popen(("echo $$; exec %s %s"):format(support.interpreter(), path)))
  local pid, inner, outer = pipe:read("*l"), pipe:read("*l"), pipe:read("*l")
  local ctx = zmq.context()
  local source = nnmsg.socket.push()
  local target = zmq.assert(ctx:socket(zmq.PULL, { rcvtimeo = LIMIT, linger = 0 }))
  assert(source:connect(inner))
  zmq.assert(target:connect(outer))
  assert(source:send("through"))
  lu.assertEquals(target:recv(), "through")
  os.execute("kill -9 " .. pid)
  pipe:close()
  os.remove(path)
  source:close()
  target:close()
  ctx:term()
end

function TestNnmsg:test_a_device_wants_raw_sockets_that_fit()
  local open = function(name)
    return nnmsg.socket(nnmsg["NN_" .. name], nnmsg.AF_SP_RAW)
  end
  local cooked, rep, push, sub, pub = nnmsg.socket.rep(), open "REP", open "PUSH", open "SUB", open "PUB"
  lu.assertStrContains(support.assert_nn_error("EINVAL", cooked:device()), "raw")
  lu.assertStrContains(support.assert_nn_error("EINVAL", rep:device(push)), "PUSH")
  support.assert_nn_error("EINVAL", rep:device(nil, { "a" }))
  lu.assertError(sub.device, sub, pub, { {} })
  for _, socket in ipairs { cooked, rep, push, sub, pub } do
    socket:close()
  end
  support.assert_nn_error("EBADF", rep:device())
end

TestZmq = {}

function TestZmq:setUp()
  self.ctx = zmq.assert(zmq.context())
end

function TestZmq:tearDown()
  lu.assertTrue(self.ctx:term(0))
end

function TestZmq:test_constants_and_version()
  lu.assertEquals({ zmq.PAIR, zmq.SUB, zmq.XSUB, zmq.SNDMORE, zmq.POLLIN, zmq.LINGER },
    { 0, 2, 10, 2, 1, 17 })
  lu.assertEquals(zmq.version(), { 4, 3, 5 })
  lu.assertEquals({ zmq.version(true) }, { 4, 3, 5 })
  lu.assertEquals(zmq.errors.EFSM, zmq.EFSM)
  lu.assertEquals(zmq.errors[zmq.EFSM], "EFSM")
end

function TestZmq:test_forms_of_socket()
  for _, made in ipairs {
    zmq.assert(self.ctx:socket(zmq.SUB)),
    zmq.assert(self.ctx:socket("SUB", { subscribe = "a", linger = 5 })),
    zmq.assert(self.ctx:socket { zmq.SUB, subscribe = { "a", "b" }, bind = "inproc://lua-forms" }),
    zmq.assert(zmq.Socket(zmq.SUB)),
    zmq.assert(zmq.init(1):socket(zmq.SUB)),
  } do
    lu.assertEquals(made:type(), zmq.SUB)
    lu.assertTrue(made:close())
    lu.assertTrue(made:closed())
  end
  support.assert_zmq_error("EINVAL", self.ctx:socket(99))
  local none, err, where = self.ctx:socket { zmq.SUB, connect = { "inproc://x", "nonsense" } }
  support.assert_zmq_error("EINVAL", none, err)
  lu.assertEquals(where, "nonsense")
  lu.assertErrorMsgContains("socket type", self.ctx.socket, self.ctx, "NOSUCH")
end

function TestZmq:test_parts()
  local a, b = support.zmq_pair(self.ctx, zmq.PAIR, zmq.PAIR)
  lu.assertTrue(a:send_more("one"))
  lu.assertTrue(a:send("two"))
  lu.assertEquals({ b:recv() }, { "one", true })
  lu.assertTrue(b:more())
  lu.assertEquals({ b:recv() }, { "two", false })
  lu.assertTrue(a:sendx("1", "", "3"))
  lu.assertEquals({ b:recvx() }, { "1", "", "3" })
  lu.assertTrue(a:send_all { "x", "y" })
  lu.assertEquals(b:recv_all(), { "x", "y" })
  lu.assertTrue(a:send_multipart({ "w", "x", "y", "z" }, 0, 2, 3))
  lu.assertEquals(b:recv_multipart(), { "x", "y" })
  lu.assertTrue(a:sendx_more("x", "y"))
  lu.assertTrue(a:sendv("ab", "cd"))
  lu.assertEquals(b:recv_all(), { "x", "y", "abcd" })
  a:send("0123456789")
  lu.assertEquals({ b:recv_len(4) }, { "0123", false, 10 })
end

--- Long enough for LuaJIT to compile it, with all that leaves the compiled way in between.
function TestZmq:test_a_stream_of_parts_of_all_sizes()
  local pull, push = support.zmq_pair(self.ctx, zmq.PULL, zmq.PUSH)
  local sizes, contents = { 0, 1, 64, 4095, 4096, 4097, 70000 }, {}
  for i, size in ipairs(sizes) do
    contents[i] = ("%d"):format(i):rep(size)
  end
  for round = 1, 3000 do
    local body, more = contents[round % #sizes + 1], round % 5 == 0
    assert(push:send(body, more and zmq.SNDMORE or nil))
    if more then
      assert(push:send(round))
    end
    local data, follows = pull:recv()
    assert(data == body and follows == more)
    if more then
      lu.assertEquals({ pull:recv() }, { tostring(round), false })
    end
    if round % 100 == 0 then
      support.assert_zmq_error("EAGAIN", pull:recv(zmq.DONTWAIT))
    end
  end
end

function TestZmq:test_many_at_once()
  local pull, push = support.zmq_pair(self.ctx, zmq.PULL, zmq.PUSH)
  local list = {}
  for i = 1, 30 do
    list[i] = i % 2 == 0 and tostring(i) or { tostring(i), "b" }
  end
  lu.assertEquals(push:send_many(list), 30)
  local got = {}
  while #got < 30 do
    for _, message in ipairs(zmq.assert(pull:recv_many(7))) do
      got[#got + 1] = message
    end
  end
  lu.assertEquals(got[1], { "1", "b" })
  lu.assertEquals(got[30], { "30" })
end

function TestZmq:test_options()
  local s = zmq.assert(self.ctx:socket(zmq.SUB))
  lu.assertTrue(s:set_linger(7))
  lu.assertEquals(s:get_linger(), 7)
  lu.assertEquals(s:linger(), 7)
  lu.assertTrue(s:set("linger", 8))
  lu.assertEquals(s:get("ZMQ_LINGER"), 8)
  lu.assertTrue(s:set(zmq.LINGER, 9))
  lu.assertEquals(s:getopt_int(zmq.LINGER), 9)
  lu.assertTrue(s:set_identity("me"))
  lu.assertEquals(s:get_routing_id(), "me")
  lu.assertTrue(s:subscribe("a"))
  lu.assertTrue(s:unsubscribe { "a" })
  lu.assertNil(s.set_type)
  support.assert_zmq_error("EINVAL", s:set("no such", 1))
  lu.assertTrue(s:set_linger("1000"))
  lu.assertEquals(s:get_linger(), 1000)
  support.assert_zmq_error("EINVAL", s:set_linger("long"))
  local text = support.assert_zmq_error("EINVAL", s:set_linger(-7))
  lu.assertStrContains(text, "LINGER")
  lu.assertTrue(self.ctx:set_max_sockets(50))
  lu.assertEquals(self.ctx:get_max_sockets(), 50)
end

function TestZmq:test_waiting()
  local pull, push = support.zmq_pair(self.ctx, zmq.PULL, zmq.PUSH)
  lu.assertEquals({ pull:poll(5) }, { false, 0 })
  lu.assertEquals({ pull:poll(0) }, { false, 0 })
  support.assert_zmq_error("EAGAIN", pull:wait_for_peers(2, 0))
  support.assert_zmq_error("EAGAIN", pull:wait_for_peers(2, 5))
  support.assert_zmq_error("EAGAIN", pull:recv(zmq.DONTWAIT))
  pull:set_rcvtimeo(5)
  support.assert_zmq_error("EAGAIN", pull:recv())
  push:send("x")
  lu.assertEquals({ pull:poll(LIMIT, zmq.POLLIN) }, { true, zmq.POLLIN })
  lu.assertEquals({ push:has_event(zmq.POLLIN, zmq.POLLOUT) }, { false, true })
  lu.assertEquals({ push:poll(5, zmq.POLLIN) }, { false, 0 })
end

function TestZmq:test_publishing()
  local pub, sub = support.zmq_pair(self.ctx, zmq.PUB, zmq.SUB)
  sub:subscribe("a")
  lu.assertTrue(pub:wait_for_subscribers("a", 1, LIMIT))
  pub:send("b")
  pub:send("a")
  lu.assertEquals(sub:recv(), "a")
end

function TestZmq:test_descriptors_are_pure_levels()
  local pull, push = support.nn_pair("pull", "push")
  local receiving, sending = assert(pull:getopt(nnmsg.NN_RCVFD)), assert(push:getopt(nnmsg.NN_SNDFD))
  local poller = zmq.assert(zmq.poller())
  poller:add(receiving, zmq.POLLIN)
  lu.assertEquals(poller:poll(0), 0)
  push:send("1")
  push:send("2")
  for _, body in ipairs { "1", "2" } do
    lu.assertEquals(poller:poll(LIMIT), 1)
    lu.assertEquals(poller:poll(0), 1)
    lu.assertEquals((pull:recv()), body)
  end
  lu.assertEquals(poller:poll(0), 0)
  local room = zmq.assert(zmq.poller())
  room:add(sending, zmq.POLLIN)
  lu.assertEquals(room:poll(0), 1)
  local sent = 0
  while push:send(("x"):rep(10000), nnmsg.NN_DONTWAIT) do
    sent = sent + 1
  end
  while room:poll(0) == 1 do
    -- What was refused may have been told a moment later.
  end
  for _ = 1, sent do
    lu.assertIsString((pull:recv()))
  end
  lu.assertEquals(room:poll(LIMIT), 1)
  push:close()
  pull:close()
end

function TestZmq:test_one_poller_over_both_dialects_and_a_descriptor()
  local zmq_near, zmq_far = support.zmq_pair(self.ctx, zmq.PULL, zmq.PUSH)
  local nn_near, nn_far = support.nn_pair("pull", "push")
  local behind, far = support.nn_pair("pull", "push")
  -- Lua makes no descriptors of its own; to the poller this one is as plain as any.
  local near = assert(behind:getopt(nnmsg.NN_RCVFD))
  local poller = zmq.assert(zmq.poller())
  for _, what in ipairs { zmq_near, nn_near, near } do
    lu.assertIsNumber(poller:add(what, zmq.POLLIN))
  end
  lu.assertEquals(poller:poll(0), 0)
  local cases = { { zmq_far, zmq_near, zmq_near }, { nn_far, nn_near, nn_near }, { far, near, behind } }
  for i, case in ipairs(cases) do
    local sender, watched, reader = case[1], case[2], case[3]
    sender:send("x")
    lu.assertEquals(poller:poll(LIMIT), 1, "case " .. i)
    for what, revents in poller:ready() do
      lu.assertTrue(rawequal(what, watched), "case " .. i)
      lu.assertEquals(revents, zmq.POLLIN)
    end
    lu.assertEquals((reader:recv()), "x")
  end
  lu.assertEquals(poller:poll(0), 0)
  for _, case in ipairs(cases) do
    case[1]:send("x")
  end
  repeat until poller:poll(LIMIT) == #cases
  poller:close()
  for _, socket in ipairs { nn_near, nn_far, behind, far } do
    socket:close()
  end
end

function TestZmq:test_poller()
  local pull, push = support.zmq_pair(self.ctx, zmq.PULL, zmq.PUSH)
  local poller = zmq.assert(zmq.poller(2))
  local seen = {}
  lu.assertIsNumber(poller:add(pull, zmq.POLLIN, function(socket, revents)
    seen[#seen + 1] = { socket == pull, revents }
    poller:stop()
  end))
  support.assert_zmq_error("EINVAL", poller:add(pull, zmq.POLLIN))
  lu.assertEquals(poller:poll(5), 0)
  lu.assertEquals(poller:poll(0), 0)
  push:send("x")
  lu.assertTrue(poller:start())
  lu.assertEquals(seen, { { true, zmq.POLLIN } })
  poller:modify(pull, 0)
  lu.assertEquals(poller:count(), 0)
  local index = poller:add(push, zmq.POLLOUT)
  lu.assertEquals(poller:poll(LIMIT), 1)
  lu.assertEquals({ poller:next_revents_idx() }, { index, zmq.POLLOUT })
  lu.assertEquals(poller:next_revents_idx(), -1)
  for socket, revents in poller:ready() do
    lu.assertEquals({ socket == push, revents }, { true, zmq.POLLOUT })
  end
  local nn = nnmsg.socket.pull()
  lu.assertIsNumber(poller:add(nn, zmq.POLLIN))
  lu.assertIsNumber(poller:remove(nn))
  support.assert_zmq_error("ENOENT", poller:remove(nn))
  nn:close()
  poller:close()
  lu.assertTrue(poller:closed())
end

function TestZmq:test_endpoints()
  local s = zmq.assert(self.ctx:socket(zmq.PULL))
  local port = zmq.assert(s:bind_to_random_port("tcp://127.0.0.1"))
  lu.assertTrue(port >= 0xC000)
  lu.assertTrue(s:unbind("tcp://127.0.0.1:" .. port))
  lu.assertTrue(s:bind { "inproc://lua-a", "inproc://lua-b" })
  support.assert_zmq_error("ENOENT", s:disconnect("tcp://127.0.0.1:1"))
end

function TestZmq:test_error_objects()
  local err = zmq.error(zmq.EAGAIN)
  lu.assertEquals({ err:no(), err:name(), err:mnemo(), err:cat() },
    { zmq.EAGAIN, "EAGAIN", "EAGAIN", "ZMQ" })
  lu.assertStrContains(tostring(err), "EAGAIN")
  lu.assertStrContains("why: " .. err, "EAGAIN")
  lu.assertTrue(err == zmq.error(zmq.EAGAIN))
  lu.assertStrContains(zmq.strerror(zmq.EFSM), "EFSM")
  lu.assertErrorMsgContains("EAGAIN", zmq.assert, nil, err)
  lu.assertEquals({ zmq.assert(1, 2) }, { 1, 2 })
end

support.finish()
