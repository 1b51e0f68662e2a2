--- Messages of zmq.msg_init, and what they know of their sender; the end of a context.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, zmq, LIMIT = support.lu, support.zmq, support.LIMIT

TestMessages = {}

function TestMessages:test_bytes()
  local msg = zmq.msg_init_data("ab", "cd")
  lu.assertEquals({ msg:data(), msg:size(), tostring(msg), msg:more() }, { "abcd", 4, "abcd", false })
  lu.assertEquals(zmq.msg_init_data({ "a", 1 }):data(), "a1")
  lu.assertEquals(zmq.msg_init_data():data(), "")
  lu.assertErrorMsgContains("string expected", zmq.msg_init_data, true)
  lu.assertEquals(zmq.msg_init_size(2):data(), "\0\0")
  msg:set_data(3, "xyz")
  lu.assertEquals(msg:data(), "abxyz")
  msg:set_data("AB")
  lu.assertEquals(msg:data(), "ABxyz")
  msg:set_size(3)
  lu.assertEquals(msg:data(), "ABx")
  msg:set_size(4)
  lu.assertEquals(msg:data(), "ABx\0")
  local copy = msg:copy()
  local moved = zmq.msg_init():move(msg)
  lu.assertEquals({ copy:data(), moved:data(), msg:data() }, { "ABx\0", "ABx\0", "" })
  lu.assertEquals({ copy:closed(), copy:close(), copy:closed() }, { false, true, true })
  lu.assertEquals(msg:get(zmq.MORE), 0)
  support.assert_zmq_error("EINVAL", msg:get(-1))
end

function TestMessages:test_what_is_known_of_the_sender()
  local ctx = zmq.context()
  local router, dealer = support.zmq_pair(ctx, zmq.ROUTER, zmq.DEALER)
  lu.assertTrue(dealer:send_all { "one", "two" })
  local msg = zmq.msg_init()
  local same, more = msg:recv(router)
  lu.assertIs(same, msg)
  lu.assertTrue(more and msg:more())
  lu.assertEquals(msg:gets("Socket-Type"), "DEALER")
  for i, text in ipairs { "one", "two" } do
    msg, more = router:recv_new_msg()
    lu.assertEquals({ msg:data(), more }, { text, i == 1 })
    lu.assertEquals({ msg:gets("Peer-Address"), msg:gets("identity") }, { "127.0.0.1", "" })
  end
  support.assert_zmq_error("EINVAL", msg:gets("X-other"))
  support.assert_zmq_error("EINVAL", zmq.msg_init():gets("Socket-Type"))
  support.assert_zmq_error("EAGAIN", msg:recv(router, zmq.DONTWAIT))
  lu.assertErrorMsgContains("socket expected", msg.recv, msg, 5)
  router:close()
  dealer:close()
  ctx:term()
end

function TestMessages:test_messages_are_sent()
  local ctx = zmq.context()
  local pull, push = support.zmq_pair(ctx, zmq.PULL, zmq.PUSH)
  lu.assertTrue(zmq.msg_init_data("a"):send_more(push))
  lu.assertTrue(push:send_msg(zmq.msg_init_data("b")))
  lu.assertEquals(pull:recv_all(), { "a", "b" })
  pull:close()
  push:close()
  ctx:term()
end

function TestMessages:test_term_names_who_is_in_the_way()
  local ctx = zmq.context()
  local push = zmq.assert(ctx:socket { zmq.PUSH, linger = -1, connect = "tcp://127.0.0.1:1" })
  lu.assertTrue(push:send("stays"))
  local text = support.assert_zmq_error("EAGAIN", ctx:term(nil, 10))
  lu.assertStrContains(text, "PUSH (closed, 1 unsent)")
  lu.assertFalse(ctx:closed())
  lu.assertTrue(ctx:term(0, LIMIT))
end

support.finish()
