--- socketcore and rtos, by programs of the device's own shape: calls, and rtos.receive for every result.

package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua;" .. package.path
local lu = require "luaunit"
require "sockery.luat"

local LIMIT = 20000
local HERE = arg[0]:gsub("[^/]*$", "")

-- ---- the far ends

local peers = {}
local peer = io.popen("exec python3 " .. HERE .. "../../tests/socketcore/peer.py", "r")
for name, value in peer:read("*l"):gmatch("(%S+) (%S+)") do
  peers[name] = tonumber(value) or value
end

local function pem(name)
  local file = assert(io.open(peers.folder .. "/" .. name))
  local text = file:read("*a")
  file:close()
  return text
end

-- ---- what such programs have in their libraries

--- Messages that came while another one was waited for.
local early = {}

local function matches(message, id, index)
  return type(message) == "table" and message.id == id and message.socket_index == index
end

--- Waits for one message of a socket.
local function await(id, index)
  for place, message in ipairs(early) do
    if matches(message, id, index) then
      return table.remove(early, place)
    end
  end
  while true do
    local message, param = rtos.receive(LIMIT)
    assert(message ~= rtos.WAIT_MSG_TIMEOUT, "waited too long for message " .. id)
    if matches(message, id, index) then
      return message
    end
    early[#early + 1] = type(message) == "table" and message or { id = message, timer = param }
  end
end

local function connect(kind, port, cert, addr)
  local id = assert(socketcore.sock_conn(kind, addr or "127.0.0.1", port, cert))
  return id, await(rtos.MSG_SOCK_CONN_CNF, id)
end

local function opened(...)
  local id, confirmed = connect(...)
  lu.assertEquals(confirmed.result, 0, confirmed.error)
  return id
end

local function close(id)
  lu.assertEquals(socketcore.sock_close(id), 1)
  lu.assertEquals(await(rtos.MSG_SOCK_CLOSE_CNF, id).result, 0)
  lu.assertEquals(socketcore.sock_destroy(id), 1)
  for place = #early, 1, -1 do
    if early[place].socket_index == id then
      table.remove(early, place)
    end
  end
end

local function send(id, data)
  local accepted, code = socketcore.sock_send(id, data)
  lu.assertEquals({ accepted, code }, { 1, socketcore.ERR_OK })
  local confirmed = await(rtos.MSG_SOCK_SEND_CNF, id)
  lu.assertEquals({ confirmed.result, confirmed.send_len }, { 0, #data })
end

--- One read for each message, as clients do; and there must be all of it.
local function read(id)
  local told = await(rtos.MSG_SOCK_RECV_IND, id)
  lu.assertEquals(told.result, 0)
  local data = socketcore.sock_recv(id, told.recv_len)
  lu.assertEquals(#data, told.recv_len)
  return data
end

local function read_bytes(id, length)
  local parts, have = {}, 0
  while have < length do
    local data = read(id)
    parts[#parts + 1], have = data, have + #data
  end
  return table.concat(parts)
end

--- Nothing is left over: ids, messages, timers.
local function nothing_waits()
  lu.assertEquals(early, {})
  lu.assertEquals(rtos.receive(0), rtos.WAIT_MSG_TIMEOUT)
end

-- ---- tests

TestSockets = {}

function TestSockets:tearDown()
  nothing_waits()
  lu.assertEquals(socketcore.dropped(), 0)
end

function TestSockets:test_tcp_echo_of_30_kb()
  local id = opened(0, peers.echo)
  local data = ("0123456789"):rep(3000)
  send(id, data)
  lu.assertEquals(read_bytes(id, #data), data)
  lu.assertEquals(socketcore.sock_recv(id, 100), "")
  close(id)
end

function TestSockets:test_tcp_echo_of_30_mb_in_pieces()
  local id = opened(0, peers.echo)
  local piece = ("a piece of 100 KB!!!"):rep(5000)
  local pieces, sent, got = 300, 0, 0
  socketcore.sock_send(id, piece)
  while got < pieces * #piece do
    local message = rtos.receive(LIMIT)
    lu.assertEquals(message.socket_index, id)
    if message.id == rtos.MSG_SOCK_SEND_CNF then
      sent = sent + 1
      if sent < pieces then
        lu.assertEquals(socketcore.sock_send(id, piece), 1)
      end
    elseif message.id == rtos.MSG_SOCK_RECV_IND then
      local data = socketcore.sock_recv(id, message.recv_len)
      assert(#data == message.recv_len)
      local from = got % 20
      assert(data == piece:rep(math.ceil((from + #data) / #piece)):sub(from + 1, from + #data))
      got = got + #data
    else
      lu.fail("message " .. message.id)
    end
  end
  while sent < pieces do
    await(rtos.MSG_SOCK_SEND_CNF, id)
    sent = sent + 1
  end
  lu.assertEquals(got, pieces * #piece)
  close(id)
end

function TestSockets:test_one_send_of_30_mb_is_one_confirmation()
  local id = opened(0, peers.echo)
  local data = ("x"):rep(30 * 1024 * 1024)
  lu.assertEquals(socketcore.sock_send(id, data), 1)
  local accepted, code = socketcore.sock_send(id, "more")
  lu.assertEquals({ accepted, code }, { 0, socketcore.ERR_EINPROGRESS })
  lu.assertEquals(#read_bytes(id, #data), #data)
  lu.assertEquals(await(rtos.MSG_SOCK_SEND_CNF, id).send_len, #data)
  close(id)
end

function TestSockets:test_a_refused_connection_and_its_close()
  local id, confirmed = connect(0, peers.refused)
  lu.assertEquals(confirmed.result, 1)
  lu.assertStrContains(confirmed.error, "refused")
  local accepted, code = socketcore.sock_send(id, "x")
  lu.assertEquals({ accepted, code }, { 0, socketcore.ERR_ENOTCONN })
  lu.assertEquals(socketcore.sock_destroy(id), 1)
  -- The clients' order: they close after they have destroyed, and wait for the answer.
  lu.assertEquals(socketcore.sock_close(id), 1)
  lu.assertEquals(await(rtos.MSG_SOCK_CLOSE_CNF, id).result, 0)
end

function TestSockets:test_an_unknown_name_fails_by_message()
  local id, confirmed = connect(0, 80, nil, "no-such-host.invalid")
  lu.assertEquals(confirmed.result, 1)
  close(id)
end

function TestSockets:test_a_peer_that_closes_with_data_unread()
  local id = opened(0, peers.farewell)
  -- Nothing is read until the end was told; all data was told before.
  local told = 0
  while true do
    local message = rtos.receive(LIMIT)
    lu.assertEquals(message.socket_index, id)
    if message.id == rtos.MSG_SOCK_CLOSE_IND then
      break
    end
    lu.assertEquals(message.id, rtos.MSG_SOCK_RECV_IND)
    told = told + message.recv_len
  end
  lu.assertEquals(told, 10000)
  lu.assertEquals(select(2, socketcore.sock_send(id, "late")), socketcore.ERR_ECLSD)
  lu.assertEquals(#socketcore.sock_recv(id, 4000), 4000)
  lu.assertEquals(socketcore.sock_close(id), 1)
  lu.assertEquals(#socketcore.sock_recv(id, 100000), 6000)
  await(rtos.MSG_SOCK_CLOSE_CNF, id)
  socketcore.sock_destroy(id)
end

function TestSockets:test_after_the_own_close_there_is_no_close_of_the_peer()
  local id = opened(0, peers.echo)
  close(id)
  lu.assertEquals(rtos.receive(50), rtos.WAIT_MSG_TIMEOUT)
end

function TestSockets:test_receive_times_out()
  lu.assertEquals(rtos.receive(0), rtos.WAIT_MSG_TIMEOUT)
  local before = rtos.tick()
  lu.assertEquals({ rtos.receive(30) }, { rtos.WAIT_MSG_TIMEOUT })
  lu.assertTrue((rtos.tick() - before) * 5 >= 25)
end

function TestSockets:test_timers_among_sockets()
  local id = opened(0, peers.echo)
  lu.assertEquals(rtos.timer_start(1, 40), 1)
  lu.assertEquals(rtos.timer_start(2, 5), 1)
  lu.assertEquals(rtos.timer_start(3, 10), 1)
  lu.assertEquals(rtos.timer_stop(3), 1)
  lu.assertEquals(rtos.timer_stop(99), 1)
  rtos.timer_start(4, 100000)
  rtos.timer_start(4, 20)
  local due, echoed = {}, 0
  socketcore.sock_send(id, "ping")
  while #due < 3 do
    local message, param = rtos.receive(LIMIT)
    if message == rtos.MSG_TIMER then
      due[#due + 1] = param
    elseif message.id == rtos.MSG_SOCK_RECV_IND then
      echoed = echoed + #socketcore.sock_recv(id, message.recv_len)
      socketcore.sock_send(id, "ping")
    end
  end
  lu.assertEquals(due, { 2, 4, 1 })
  lu.assertTrue(echoed > 0)
  close(id)
  lu.assertEquals(rtos.timer_start(1, -1), 0)
  rtos.timer_start(1, 0)
  lu.assertEquals({ rtos.receive(LIMIT) }, { rtos.MSG_TIMER, 1 })
end

function TestSockets:test_ten_sockets_and_no_more()
  local ids = {}
  for n = 1, 10 do
    ids[n] = assert(socketcore.sock_conn(0, "127.0.0.1", peers.echo))
  end
  local id, why = socketcore.sock_conn(0, "127.0.0.1", peers.echo)
  lu.assertNil(id)
  lu.assertStrContains(why, "in use")
  lu.assertEquals(socketcore.sock_conn_ext(0, "127.0.0.1", peers.echo), -1)
  for _, each in ipairs(ids) do
    lu.assertEquals(await(rtos.MSG_SOCK_CONN_CNF, each).result, 0)
  end
  for n, each in ipairs(ids) do
    send(each, "from " .. n)
  end
  for n, each in ipairs(ids) do
    lu.assertEquals(read_bytes(each, #("from " .. n)), "from " .. n)
  end
  lu.assertEquals(socketcore.limit(), 10)
  lu.assertEquals(socketcore.limit(11), 11)
  ids[11] = opened(0, peers.echo)
  lu.assertEquals(ids[11], 10)
  for _, each in ipairs(ids) do
    close(each)
  end
  lu.assertEquals(socketcore.limit(10), 10)
end

function TestSockets:test_ids_come_in_turn()
  local first = opened(0, peers.echo)
  close(first)
  local second = opened(0, peers.echo)
  lu.assertEquals(second, (first + 1) % 10)
  close(second)
end

function TestSockets:test_udp_question_and_answer()
  local id = opened(1, tostring(peers.udp))
  send(id, "one")
  send(id, "two and more")
  local answers = { read(id), read(id) }
  table.sort(answers)
  lu.assertEquals(answers, { "ONE", "TWO AND MORE" })
  send(id, "cut")
  await(rtos.MSG_SOCK_RECV_IND, id)
  lu.assertEquals(socketcore.sock_recv(id, 2), "CU")
  lu.assertEquals(socketcore.sock_recv(id, 10), "")
  close(id)
end

function TestSockets:test_the_order_of_the_documents_syntax_line()
  local id = assert(socketcore.sock_conn(0, peers.echo, "127.0.0.1"))
  lu.assertEquals(await(rtos.MSG_SOCK_CONN_CNF, id).result, 0)
  close(id)
end

--- ICMP echo over a raw socket: where the process may not, it is told so, and this is skipped.
function TestSockets:test_raw_icmp_echo()
  local id, why = socketcore.sock_conn(4, "127.0.0.1", 1)
  if not id then
    lu.assertStrContains(why, "raw socket")
    lu.skip("no right to raw sockets: " .. why)
  end
  lu.assertEquals(await(rtos.MSG_SOCK_CONN_CNF, id).result, 0)
  local function checksum(bytes)
    local sum = 0
    for at = 1, #bytes, 2 do
      sum = sum + bytes:byte(at) * 256 + (bytes:byte(at + 1) or 0)
    end
    while sum > 0xffff do
      sum = sum % 0x10000 + math.floor(sum / 0x10000)
    end
    sum = 0xffff - sum
    return string.char(math.floor(sum / 256), sum % 256)
  end
  local rest = string.char(0x50, 0xcc, 0, 1) .. "sockery echo"
  local packet = "\8\0" .. checksum("\8\0\0\0" .. rest) .. rest
  send(id, packet)
  local answer
  repeat
    local datagram = read(id)
    -- What comes begins with the IP header, 4 bytes for each of its words.
    local icmp = datagram:sub(datagram:byte(1) % 16 * 4 + 1)
    answer = icmp:byte(1) == 0 and icmp:sub(5) or nil
  until answer == rest
  close(id)
end

function TestSockets:test_a_listener_and_its_connections()
  local server = assert(socketcore.sock_listen(0))
  local port = socketcore.sock_port(server)
  local id = opened(0, port)
  local accepted = await(rtos.MSG_SOCK_ACCEPT_IND, server)
  lu.assertEquals(accepted.addr, "127.0.0.1:" .. socketcore.sock_port(id))
  local other = accepted.accept_index
  send(id, "hello")
  lu.assertEquals(read(other), "hello")
  send(other, "and back")
  lu.assertEquals(read(id), "and back")
  close(id)
  await(rtos.MSG_SOCK_CLOSE_IND, other)
  close(other)
  close(server)
  local refused, why = socketcore.sock_listen(0, "203.0.113.1")
  lu.assertNil(refused)
  lu.assertStrContains(why, "203.0.113.1")
end

function TestSockets:test_connections_wait_for_ids()
  lu.assertEquals(socketcore.limit(2), 2)
  local server = assert(socketcore.sock_listen(0))
  local id = opened(0, socketcore.sock_port(server))
  lu.assertEquals(rtos.receive(30), rtos.WAIT_MSG_TIMEOUT)
  close(id)
  local other = await(rtos.MSG_SOCK_ACCEPT_IND, server).accept_index
  await(rtos.MSG_SOCK_CLOSE_IND, other)
  close(other)
  close(server)
  lu.assertEquals(socketcore.limit(10), 10)
end

function TestSockets:test_use_after_destroy_and_ids_that_are_none()
  local id = opened(0, peers.echo)
  socketcore.sock_send(id, "gone")
  socketcore.sock_destroy(id)
  lu.assertEquals(rtos.receive(50), rtos.WAIT_MSG_TIMEOUT)
  for _, each in ipairs { id, 10, -1, 1e9, 1 / 0, 2.5e300 } do
    lu.assertEquals(socketcore.sock_send(each, "x"), 0)
    lu.assertEquals(socketcore.sock_recv(each, 10), "")
    lu.assertEquals(socketcore.sock_setopt(each, socketcore.SOL_SOCKET, socketcore.SO_KEEPALIVE, 1), -1)
    lu.assertEquals(socketcore.sock_getremainbuf(each), 0)
    lu.assertEquals(socketcore.sock_destroy(each), each == id and 1 or 0)
  end
  nothing_waits()
  for _, each in ipairs { 10, -1, 1e9 } do
    lu.assertEquals(socketcore.sock_close(each), 0)
  end
  nothing_waits()
end

function TestSockets:test_setopt()
  local id = opened(0, peers.echo)
  local s = socketcore
  lu.assertEquals(s.sock_setopt(id, s.SOL_SOCKET, s.SO_KEEPALIVE, 1), 0)
  lu.assertEquals(s.sock_setopt(id, s.SOL_SOCKET, s.SO_REUSEADDR, 1), 0)
  for _, name in ipairs { "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT" } do
    lu.assertEquals(s.sock_setopt(id, s.IPPROTO_TCP, s[name], 5), 0)
    lu.assertEquals(s.sock_setopt(id, s.SOL_SOCKET, s[name], 5), -1)
    lu.assertEquals(s.sock_setopt(id, s.IPPROTO_TCP, s[name], 0), -1)
  end
  for _, bad in ipairs { { 1, 2, 3 }, { 4095, 77, 1 }, { 4095, 8, "1" }, { {}, 8, 1 }, { 4095, true, 1 } } do
    lu.assertEquals(s.sock_setopt(id, bad[1], bad[2], bad[3]), -1)
  end
  lu.assertEquals(s.sock_setopt(id), -1)
  close(id)
end

function TestSockets:test_wrong_types_raise_as_lua_does()
  local s = socketcore
  for _, case in ipairs {
    { s.sock_conn, "sock_conn", "number expected", {}, "a", 1 },
    { s.sock_conn, "sock_conn", "string expected", 0, nil, 1 },
    { s.sock_conn, "sock_conn", "number expected", 0, "a", {} },
    { s.sock_conn, "sock_conn", "table expected", 2, "a", 1, "pem" },
    { s.sock_conn, "sock_conn", "string in caCert expected", 2, "a", 1, { caCert = 5 } },
    { s.sock_send, "sock_send", "number expected", nil, "x" },
    { s.sock_send, "sock_send", "string expected", 0, {} },
    { s.sock_recv, "sock_recv", "number expected", 0, "many" },
    { s.sock_close, "sock_close", "number expected", true },
    { s.sock_destroy, "sock_destroy", "number expected" },
    { rtos.receive, "receive", "number expected" },
    { rtos.timer_start, "timer_start", "number expected", 1, {} },
  } do
    local ok, text = pcall(case[1], (table.unpack or unpack)(case, 4, 7))
    lu.assertFalse(ok)
    lu.assertStrContains(text, case[2])
    lu.assertStrContains(text, case[3])
  end
  for _, bad in ipairs { { 7, "a", 1 }, { 0, "", 1 }, { 0, "a b", 1 }, { 0, "a", 65536 }, { 0, "a", -1 },
    { 0, "a", "many" }, { 0, ("a"):rep(300), 1 }, { 2, "a", 1, { caCert = "no pem" } } } do
    local id, why = s.sock_conn((table.unpack or unpack)(bad, 1, 4))
    lu.assertNil(id)
    lu.assertEquals(why, s.lasterr())
    lu.assertEquals(s.sock_conn_ext((table.unpack or unpack)(bad, 1, 4)), -1)
  end
end

-- ---- TLS

function TestSockets:test_tls_with_an_authority()
  for _, port in ipairs { peers.tls, peers.tls12 } do
    local id = opened(2, port, { hostName = "good.example", caCert = pem "ca.pem" })
    local data = ("secret"):rep(50000)
    lu.assertEquals(socketcore.sock_send(id, data), 1)
    lu.assertEquals(read_bytes(id, #data), data)
    lu.assertEquals(await(rtos.MSG_SOCK_SEND_CNF, id).send_len, #data)
    close(id)
  end
end

function TestSockets:test_tls_says_why_it_fails()
  for _, case in ipairs {
    { peers.tls, { hostName = "bad.example", caCert = pem "ca.pem" }, "not for the name \"bad.example\"" },
    { peers.tls, { caCert = pem "ca.pem" }, "not for the name \"127.0.0.1\"" },
    { peers.tls, { hostName = "good.example", caCert = pem "other.pem" }, "nobody that is trusted" },
    { peers.tls, { hostName = "good.example" }, "TLS" },
    { peers.farewell, { hostName = "good.example", caCert = pem "ca.pem" }, "does not speak TLS" },
    { peers.refused, nil, "refused" },
  } do
    local id, confirmed = connect(2, case[1], case[2])
    lu.assertEquals(confirmed.result, 1)
    lu.assertStrContains(confirmed.error, case[3])
    close(id)
  end
  local id = opened(2, peers.tls, { insecure = true })
  close(id)
end

function TestSockets:test_tls_with_a_clients_certificate()
  local cert = { hostName = "good.example", caCert = pem "ca.pem" }
  local id, confirmed = connect(2, peers.tlsclient, cert)
  lu.assertEquals(confirmed.result, 1)
  lu.assertStrContains(confirmed.error, "the peer ended the connection")
  close(id)
  cert.clientCert, cert.clientKey = pem "client.pem", pem "client.key"
  id = opened(2, peers.tlsclient, cert)
  send(id, "known")
  lu.assertEquals(read(id), "known")
  close(id)
  cert.clientKey = pem "server.key"
  local none, why = socketcore.sock_conn(2, "127.0.0.1", peers.tlsclient, cert)
  lu.assertNil(none)
  lu.assertStrContains(why, "does not belong")
end

function TestSockets:test_a_tls_listener()
  local server = assert(socketcore.sock_listen(0, nil,
    { serverCert = pem "server.pem", serverKey = pem "server.key", caCert = pem "ca.pem" }))
  local port = socketcore.sock_port(server)
  local id = opened(2, port, { hostName = "good.example", caCert = pem "ca.pem",
    clientCert = pem "client.pem", clientKey = pem "client.key" })
  local other = await(rtos.MSG_SOCK_ACCEPT_IND, server).accept_index
  send(id, "hello")
  lu.assertEquals(read(other), "hello")
  -- Nobody is told of one that does not agree, and its id is free again.
  local plain = opened(0, port)
  send(plain, "GET / HTTP/1.0\r\n\r\n")
  await(rtos.MSG_SOCK_CLOSE_IND, plain)
  close(plain)
  close(id)
  await(rtos.MSG_SOCK_CLOSE_IND, other)
  close(other)
  close(server)
end

-- ---- protocols written on these calls alone

function TestSockets:test_an_http_get()
  local id = opened(0, peers.http)
  send(id, "GET /a/page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
  local answer = ""
  repeat
    answer = answer .. read(id)
  until answer:find("you asked for /a/page", 1, true)
  lu.assertEquals(answer:match("^HTTP/1%.%d (%d+)"), "200")
  await(rtos.MSG_SOCK_CLOSE_IND, id)
  close(id)
end

function TestSockets:test_an_mqtt_session()
  if peers.mqtt == 0 then
    lu.skip("mosquitto is not installed")
  end
  local function text(s)
    return string.char(math.floor(#s / 256), #s % 256) .. s
  end
  local function packet(kind, body)
    assert(#body < 128)
    return string.char(kind, #body) .. body
  end
  local id = opened(0, peers.mqtt)
  local buffer = ""
  local function next_packet()
    while #buffer < 2 or #buffer < 2 + buffer:byte(2) do
      buffer = buffer .. read(id)
    end
    local length = buffer:byte(2)
    local kind, body = buffer:byte(1), buffer:sub(3, 2 + length)
    buffer = buffer:sub(3 + length)
    return kind, body
  end
  send(id, packet(0x10, text "MQTT" .. "\4\2\0\60" .. text "sockery"))
  lu.assertEquals({ next_packet() }, { 0x20, "\0\0" })
  send(id, packet(0x82, "\0\1" .. text "sockery/#" .. "\1"))
  lu.assertEquals({ next_packet() }, { 0x90, "\0\1\1" })
  send(id, packet(0x32, text "sockery/test" .. "\0\2" .. "a payload"))
  local seen = {}
  for _ = 1, 2 do
    local kind, body = next_packet()
    seen[kind - kind % 16] = body
  end
  lu.assertEquals(seen[0x40], "\0\2")
  lu.assertEquals(seen[0x30]:sub(1, 14), text "sockery/test")
  lu.assertEquals(seen[0x30]:sub(17), "a payload")
  send(id, packet(0x40, seen[0x30]:sub(15, 16)))
  send(id, packet(0xc0, ""))
  lu.assertEquals({ next_packet() }, { 0xd0, "" })
  send(id, packet(0xe0, ""))
  close(id)
end

-- ---- nothing is left behind

local function descriptors()
  local pipe = io.popen("ls /proc/$PPID/fd | wc -l")
  local count = tonumber(pipe:read("*a"))
  pipe:close()
  return count
end

local function memory()
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^VmRSS:%s+(%d+)")
    if kb then
      return tonumber(kb)
    end
  end
end

function TestSockets:test_a_thousand_connections_leave_nothing()
  local before, size
  for n = 1, 1000 do
    local id = opened(0, peers.echo)
    send(id, "x")
    lu.assertEquals(read(id), "x")
    close(id)
    if n == 100 then
      collectgarbage()
      size = memory()
      before = descriptors()
    end
  end
  collectgarbage()
  -- The last ones may still be told by their peers that they are closed.
  local after, tries = descriptors(), 0
  while after > before and tries < 1000 do
    after, tries = descriptors(), tries + 1
  end
  lu.assertTrue(after <= before, ("%d descriptors, %d before"):format(after, before))
  lu.assertTrue(memory() < size + 4096, ("%d KB, %d before"):format(memory(), size))
end

-- ---- the document itself

TestDocument = {}

function TestDocument:test_every_name_of_the_document_is_there()
  local file = assert(io.open(HERE .. "../../tests/documents/socketcore.txt"))
  local text = file:read("*a")
  file:close()
  local functions, seen = {}, 0
  -- The last section is a table of four columns; without its signs and gaps it is text again.
  local whole = text:gsub("[%s|\\`+=~-]+", "")
  for name in whole:gmatch("socketcore%.([%w_]+)") do
    functions[name] = true
  end
  for name in pairs(functions) do
    local found = socketcore[name]
    -- Words run together where the table broke them: then a known name begins them.
    for known in pairs(socketcore) do
      found = found or (name:sub(1, #known) == known and socketcore[known])
    end
    lu.assertNotNil(found, name)
    seen = seen + 1
  end
  for _, name in ipairs { "sock_conn", "sock_conn_ext", "sock_send", "sock_close", "sock_destroy", "sock_setopt" } do
    lu.assertStrContains(whole:gsub("_", ""), "socketcore." .. name:gsub("_", ""))
    lu.assertIsFunction(socketcore[name])
  end
  for _, name in ipairs { "SOL_SOCKET", "IPPROTO_TCP", "SO_KEEPALIVE", "SO_REUSEADDR", "TCP_KEEPIDLE",
    "TCP_KEEPINTVL", "TCP_KEEPCNT" } do
    lu.assertStrContains(whole, name)
    lu.assertIsNumber(socketcore[name])
  end
  lu.assertTrue(seen >= 10)
  lu.assertStrContains(whole, "rtos.recv")
  lu.assertEquals(rtos.recv, rtos.receive)
end

function TestDocument:test_the_device_finds_what_it_calls_at_its_start()
  lu.assertIs(require "socketcore", socketcore)
  lu.assertIs(require "rtos", rtos)
  lu.assertIsString(rtos.get_version())
  lu.assertEquals(rtos.poweron_reason(), rtos.POWERON_KEY)
  rtos.poweron(1)
  rtos.restart()
  local handlers = {}
  rtos.on = function(id, handler)
    handlers[id] = handler
  end
  for _, name in ipairs { "MSG_UART_RXDATA", "MSG_UART_TX_DONE", "MSG_PDP_DEACT_IND", "MSG_PDP_ACT_CNF", "MSG_TIMER",
    "MSG_SOCK_CONN_CNF", "MSG_SOCK_SEND_CNF", "MSG_SOCK_RECV_IND", "MSG_SOCK_CLOSE_CNF", "MSG_SOCK_CLOSE_IND" } do
    rtos.on(rtos[name], name)
  end
  local count = 0
  for _ in pairs(handlers) do
    count = count + 1
  end
  lu.assertEquals(count, 10)
  for _, name in ipairs { "ERR_UNKOWN", "ERR_ENOTCONN", "ERR_SSL_EHANDESHAK", "ERR_SSL_EINVALID" } do
    lu.assertIsNumber(socketcore[name])
  end
end

local failed = lu.LuaUnit.run("-o", "text")
peer:close()
os.exit(failed == 0 and 0 or 1, true)
