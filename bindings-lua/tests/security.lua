--- Keys and Z85, and CURVE between two sockets.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, zmq, LIMIT = support.lu, support.zmq, support.LIMIT

TestSecurity = {}

function TestSecurity:test_keys_and_z85()
  local public, secret = zmq.curve_keypair()
  lu.assertEquals({ #public, #secret }, { 40, 40 })
  lu.assertEquals(zmq.curve_public(secret), public)
  lu.assertEquals(zmq.z85_encode(zmq.z85_decode(public)), public)
  lu.assertTrue(zmq.has "curve")
  for _, wrong in ipairs { "", "short", (" "):rep(40) } do
    local value, err = zmq.curve_public(wrong)
    lu.assertNil(value)
    lu.assertEquals(err:name(), "EINVAL")
  end
  lu.assertEquals(select(2, zmq.z85_encode "12345"):name(), "EINVAL")
end

function TestSecurity:test_curve()
  local ctx = zmq.context()
  local public, secret = zmq.curve_keypair()
  local ours, theirs = zmq.curve_keypair()
  local server = zmq.assert(ctx:socket { zmq.PULL, curve_server = 1, curve_secretkey = secret,
    rcvtimeo = LIMIT, bind = "tcp://127.0.0.1:*" })
  local endpoint = server:last_endpoint():gsub("%z", "")
  local client = zmq.assert(ctx:socket { zmq.PUSH, curve_serverkey = public, curve_publickey = ours,
    curve_secretkey = theirs, connect = endpoint })
  lu.assertTrue(client:send "hello")
  lu.assertEquals(server:recv(), "hello")
  server:close()
  client:close()
  ctx:term()
end

function TestSecurity:test_lists_of_who_may_connect()
  local ctx = zmq.context()
  local server = zmq.assert(ctx:socket { zmq.PULL, plain_server = 1, rcvtimeo = LIMIT })
  lu.assertTrue(server:allow_plain { ann = "secret" })
  lu.assertTrue(server:bind "tcp://127.0.0.1:*")
  local endpoint = server:last_endpoint():gsub("%z", "")
  local client = zmq.assert(ctx:socket { zmq.PUSH, plain_username = "ann", plain_password = "secret",
    connect = endpoint })
  lu.assertTrue(client:send "hello")
  local msg = server:recv_new_msg()
  lu.assertEquals({ msg:data(), msg:gets "User-Id" }, { "hello", "ann" })
  lu.assertTrue(server:allow_plain(nil))
  lu.assertTrue(server:allow_curve { (zmq.curve_keypair()) })
  support.assert_zmq_error("EINVAL", server:allow_curve { "short" })
  server:close()
  client:close()
  ctx:term()
end

support.finish()
