--- Plain sockets whose results are messages: a program of the device's shape, and its server beside it.

require "sockery.luat" -- makes socketcore and rtos global, as on the device

local server = assert(socketcore.sock_listen(0))
local client = assert(socketcore.sock_conn(0, "127.0.0.1", socketcore.sock_port(server)))
local said, echoed = "hello, socketcore", ""

while #echoed < #said do
  local msg = rtos.receive(10000)
  assert(msg ~= rtos.WAIT_MSG_TIMEOUT, "nothing came")
  if msg.id == rtos.MSG_SOCK_CONN_CNF then
    assert(msg.result == 0, msg.error)
    print("connected; sent:", socketcore.sock_send(client, said))
  elseif msg.id == rtos.MSG_SOCK_ACCEPT_IND then
    print("accepted from", msg.addr)
  elseif msg.id == rtos.MSG_SOCK_SEND_CNF then
    print("confirmed", msg.send_len)
  elseif msg.id == rtos.MSG_SOCK_RECV_IND then
    local data = socketcore.sock_recv(msg.socket_index, msg.recv_len)
    if msg.socket_index == client then
      echoed = echoed .. data
    else
      socketcore.sock_send(msg.socket_index, data)
    end
  end
end
print("echoed:", echoed)
assert(echoed == said)

socketcore.sock_close(client)
repeat
  local msg = rtos.receive(10000)
  assert(msg ~= rtos.WAIT_MSG_TIMEOUT)
until msg.id == rtos.MSG_SOCK_CLOSE_CNF
socketcore.sock_destroy(client)
