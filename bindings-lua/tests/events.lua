--- Monitors, queues of pipe events and timers, in lzmq's habits.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, nnmsg, zmq, LIMIT = support.lu, support.nnmsg, support.zmq, support.LIMIT

TestEvents = {}

function TestEvents:test_a_monitor_tells_of_a_listener()
  local ctx = zmq.context()
  local pull = zmq.assert(ctx:socket(zmq.PULL))
  local addr = zmq.assert(pull:monitor(zmq.EVENT_LISTENING + zmq.EVENT_MONITOR_STOPPED))
  local reader = zmq.assert(ctx:socket { zmq.PAIR, connect = addr, rcvtimeo = LIMIT })
  zmq.assert(pull:bind("tcp://127.0.0.1:*"))
  local event, value, endpoint = reader:recv_event()
  lu.assertEquals(event, zmq.EVENT_LISTENING)
  lu.assertIsNumber(value)
  lu.assertStrContains(endpoint, "tcp://127.0.0.1:")
  lu.assertTrue(pull:reset_monitor())
  lu.assertEquals((reader:recv_event()), zmq.EVENT_MONITOR_STOPPED)
  support.assert_zmq_error("EPROTONOSUPPORT", pull:monitor("tcp://127.0.0.1:*"))
  support.assert_zmq_error("EINVAL", pull:monitor_pipes_stats())
  ctx:term(0)
end

function TestEvents:test_the_second_form_counts_what_waits()
  local ctx = zmq.context()
  local pull, push = support.zmq_pair(ctx, zmq.PULL, zmq.PUSH)
  local addr = zmq.assert(pull:monitor(zmq.EVENT_PIPES_STATS, 2))
  local reader = zmq.assert(ctx:socket { zmq.PAIR, connect = addr, rcvtimeo = LIMIT })
  lu.assertTrue(pull:monitor_pipes_stats())
  local event, values, here, there = reader:recv_event()
  lu.assertEquals(event, zmq.EVENT_PIPES_STATS)
  lu.assertEquals(values, { 0, 0 })
  lu.assertStrContains(here, "tcp://127.0.0.1:")
  lu.assertStrContains(there, "tcp://127.0.0.1:")
  push:close()
  ctx:term(0)
end

function TestEvents:test_pipe_events()
  local pull, push = nnmsg.socket.pull(), nnmsg.socket.push()
  local queue = pull:events(nil, true)
  queue:setopt(nnmsg.NN_RCVTIMEO, LIMIT)
  assert(pull:bind("tcp://127.0.0.1:0"))
  assert(push:connect(pull.lastEndpoint))
  local event = assert(queue:recvTable())
  lu.assertEquals(event.event, "add_pre")
  lu.assertTrue(pull:accept(event.pipe))
  lu.assertEquals(assert(queue:recvTable()).event, "add_post")
  local ok, text = pull:refuse(event.pipe)
  lu.assertFalse(ok)
  lu.assertStrContains(text, "waits for a decision")
  lu.assertErrorMsgContains("name of an event", pull.events, pull, { "adieu" })
  for _, socket in ipairs { pull, push, queue } do
    socket:close()
  end
end

function TestEvents:test_timers()
  local timers, seen = zmq.timers(), {}
  lu.assertEquals(timers:timeout(), -1)
  local often
  often = timers:add(0, function(timer) seen[#seen + 1] = timer end)
  timers:execute()
  lu.assertEquals(seen, { often })
  lu.assertEquals(timers:timeout(), 0)
  lu.assertTrue(timers:set_interval(often, 3600000))
  lu.assertTrue(timers:reset(often))
  lu.assertTrue(timers:timeout() > 3000000)
  lu.assertTrue(timers:cancel(often))
  support.assert_zmq_error("EINVAL", timers:cancel(often))
  lu.assertError(timers.add, timers, -1, print)
end

support.finish()
