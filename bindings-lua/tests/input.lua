--- Bad input: every fault is a clear error, and the socket works afterwards.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, zmq, LIMIT = support.lu, support.nnmsg, support.zmq, support.LIMIT

TestFaults = {}

function TestFaults:test_endpoints_of_nnmsg()
  local s = nnmsg.socket.pair()
  local cases = {
    { "nonsense", "EINVAL" }, { "", "EINVAL" }, { "xyz://a", "EPROTONOSUPPORT" },
    { "tcp://127.0.0.1", "EINVAL" }, { "tcp://127.0.0.1:99999", "EINVAL" },
  }
  for _, case in ipairs(cases) do
    support.assert_nn_error(case[2], s:bind(case[1]))
  end
  local none, text = s:bind("inproc://" .. ("x"):rep(500))
  lu.assertFalse(none)
  lu.assertStrContains(text, "name too long")
  lu.assertTrue(s:bind("inproc://lua-faults"))
  local other = nnmsg.socket.pair()
  support.assert_nn_error("EADDRINUSE", other:bind("inproc://lua-faults"))
  other:close()
  s:close()
end

function TestFaults:test_options_of_nnmsg()
  local s = nnmsg.socket.pair()
  support.assert_nn_error("ENOPROTOOPT", s:setopt(9999, 1))
  support.assert_nn_error("ENOPROTOOPT", s:getopt(9999))
  support.assert_nn_error("ENOPROTOOPT", s:getopt(nnmsg.NN_RCVTIMEO, nil, nnmsg.NN_SUB))
  support.assert_nn_error("EINVAL", s:setopt(nnmsg.NN_RCVTIMEO, "a text of no integer's size"))
  support.assert_nn_error("EINVAL", s:setopt(nnmsg.NN_SNDBUF, -5))
  support.assert_nn_error("EINVAL", s:setopt(nnmsg.NN_RCVTIMEO, 1.5))
  lu.assertTrue(s:setopt(nnmsg.NN_RCVTIMEO, 1))
  s:close()
end

function TestFaults:test_directions()
  local push, pull = nnmsg.socket.push(), nnmsg.socket.pull()
  support.assert_nn_error("ENOTSUP", push:recv())
  support.assert_nn_error("ENOTSUP", pull:send("x"))
  push:close()
  pull:close()
  local ctx = zmq.context()
  support.assert_zmq_error("ENOTSUP", ctx:socket(zmq.PUSH):recv())
  support.assert_zmq_error("EFSM", ctx:socket(zmq.REQ):recv())
  ctx:term(0)
end

function TestFaults:test_a_message_above_the_limit()
  local pull = nnmsg.socket.pull()
  assert(pull:setopt(nnmsg.NN_RCVMAXSIZE, 100))
  assert(pull:setopt(nnmsg.NN_RCVTIMEO, LIMIT))
  assert(pull:bind("tcp://127.0.0.1:0"))
  local large, small = nnmsg.socket.push(), nnmsg.socket.push()
  large:connect(pull.lastEndpoint)
  assert(large:waitForPeers(1, LIMIT))
  large:send(("x"):rep(101))
  small:connect(pull.lastEndpoint)
  small:send("fits")
  lu.assertEquals(pull:recv(), "fits")
  for _, s in ipairs { pull, large, small } do
    s:close()
  end
end

function TestFaults:test_wrong_types_raise_and_say_where()
  local s = nnmsg.socket.pair()
  local ctx = zmq.context()
  local z = ctx:socket(zmq.PAIR)
  local cases = {
    { "bad argument #1 to 'send' (string expected, got table)", s.send, s, {} },
    { "bad argument #1 to 'send' (string expected, got no value)", s.send, s },
    { "bad argument #1 to 'bind' (string expected, got number)", s.bind, s, 5 },
    { "bad argument #1 to 'subscribe' (string expected, got table)", s.subscribe, s, {} },
    { "bad argument #2 to 'setopt'", s.setopt, s, 1, {} },
    { "bad argument #1 to 'sendBuffer'", s.sendBuffer, s, {} },
    { "bad argument #1 to 'recvBuffer'", s.recvBuffer, s, "constant" },
    { "bad argument #1 to 'poll'", nnmsg.poll, 5 },
    { "bad argument #1 to 'poll'", nnmsg.poll, { 5 } },
    { "bad argument #1 to 'poll'", nnmsg.poll, { { fd = {} } } },
    { "bad argument #1 to 'socket'", nnmsg.socket, "pair" },
    { "bad argument #1 to 'bin'", nnmsg.bin, 5 },
    { "bad argument #1 to 'send'", z.send, z, {} },
    { "bad argument #2 to 'send_all'", z.send_all, z, { "a", {} } },
    { "bad argument #1 to 'send_all'", z.send_all, z, "a" },
    { "bad argument #1 to 'connect'", z.connect, z },
    { "bad argument #1 to 'set'", z.set, z, {}, 1 },
    { "bad argument #1 to 'add'", zmq.poller().add, zmq.poller(), {}, 1 },
    { "bad argument #1 to 'socket'", ctx.socket, ctx, {} },
  }
  for _, case in ipairs(cases) do
    local unpack = table.unpack or unpack
    lu.assertErrorMsgContains(case[1], unpack(case, 2, 6))
  end
  s:close()
  ctx:term(0)
end

function TestFaults:test_a_peer_of_the_wrong_type_is_ignored()
  local pull = nnmsg.socket.pull()
  assert(pull:bind("tcp://127.0.0.1:0"))
  local wrong, right = nnmsg.socket.req(), nnmsg.socket.push()
  wrong:connect(pull.lastEndpoint)
  right:connect(pull.lastEndpoint)
  right:send("x")
  pull:setopt(nnmsg.NN_RCVTIMEO, LIMIT)
  lu.assertEquals(pull:recv(), "x")
  support.assert_nn_error("ETIMEDOUT", wrong:waitForPeers(1, 20))
  for _, s in ipairs { pull, wrong, right } do
    s:close()
  end
end

function TestFaults:test_a_dialect_met_by_the_other_is_ignored()
  local ctx = zmq.context()
  local pull = zmq.assert(ctx:socket { zmq.PULL, bind = "tcp://127.0.0.1:*", rcvtimeo = LIMIT })
  local wrong = nnmsg.socket.push()
  wrong:connect(pull:last_endpoint())
  local right = zmq.assert(ctx:socket { zmq.PUSH, connect = pull:last_endpoint() })
  right:send("x")
  lu.assertEquals(pull:recv(), "x")
  wrong:close()
  ctx:term(0)
end

function TestFaults:test_a_peer_that_is_gone_does_not_kill_the_process()
  local output, code = support.run [[
    local nnmsg = require "sockery.nnmsg"
    local a, b = nnmsg.socket.pair(), nnmsg.socket.pair()
    assert(a:bind("tcp://127.0.0.1:0")) assert(b:connect(a.lastEndpoint))
    assert(b:waitForPeers(1, 10000))
    for i = 1, 100 do b:send(("x"):rep(1e5), nnmsg.NN_DONTWAIT) end
    a:close()
    b:setopt(nnmsg.NN_SNDTIMEO, 1)
    for i = 1, 200 do b:send(("x"):rep(1e5)) end
    print("alive")
  ]]
  lu.assertStrContains(output, "alive")
  lu.assertEquals(code, 0)
end

support.finish()
