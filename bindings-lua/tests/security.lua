--- Keys and Z85, CURVE between two sockets, and TLS in both dialects.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local support = require "support"
local lu, zmq, nnmsg, LIMIT = support.lu, support.zmq, support.nnmsg, support.LIMIT

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

-- ---- TLS

local function certificates()
  local folder = os.tmpname()
  os.remove(folder)
  local key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
  local script = ([[
    mkdir FOLDER && cd FOLDER && exec 2>/dev/null
    openssl req -x509 KEY -keyout ca.key -out ca.pem -days 2 -subj /CN=authority \
      -addext basicConstraints=critical,CA:TRUE
    openssl req KEY -keyout own.key -out own.csr -subj /CN=own
    echo subjectAltName=IP:127.0.0.1 > ext
    openssl x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out own.pem
  ]]):gsub("FOLDER", folder):gsub("KEY", key)
  os.execute(script)
  return folder
end

function TestSecurity:test_tls()
  local folder = certificates()
  local large = ("large"):rep(6000000)
  for _, scheme in ipairs { "tls+tcp", "wss" } do
    local ctx = zmq.context()
    local server = zmq.assert(ctx:socket { zmq.PULL, tls_cert = folder .. "/own.pem",
      tls_key = folder .. "/own.key", rcvtimeo = LIMIT, bind = scheme .. "://127.0.0.1:*" })
    local address = server:last_endpoint():gsub("%z", "")
    local client =
      zmq.assert(ctx:socket { zmq.PUSH, tls_ca = folder .. "/ca.pem", connect = address })
    lu.assertTrue(client:send(large))
    lu.assertTrue(server:recv() == large)
    server:close()
    client:close()
    local bare = ctx:socket { zmq.PULL }
    local bound, err = bare:bind(scheme .. "://127.0.0.1:*")
    lu.assertNil(bound)
    lu.assertStrContains(tostring(err), "TLS_CERT, TLS_KEY")
    bare:close()
    ctx:term()

    local one, other = nnmsg.socket.pair(), nnmsg.socket.pair()
    one:setopt(nnmsg.NN_TLS_CERT, folder .. "/own.pem")
    one:setopt(nnmsg.NN_TLS_KEY, folder .. "/own.key")
    other:setopt(nnmsg.NN_TLS_CA, folder .. "/ca.pem")
    one:bind(scheme .. "://127.0.0.1:0")
    other:connect(one.lastEndpoint)
    lu.assertTrue(other:send "hello" ~= nil)
    lu.assertEquals(one:recv(), "hello")
    one:close()
    other:close()
  end
  os.execute("rm -r " .. folder)
end

support.finish()
