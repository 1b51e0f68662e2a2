"""Plain sockets whose results are messages: a client, and its server beside it."""

from sockery import rtos, socketcore

server = socketcore.sock_listen(0)
client = socketcore.sock_conn(0, "127.0.0.1", socketcore.sock_port(server))
said, echoed = b"hello, socketcore", b""

while len(echoed) < len(said):
    message = rtos.receive(10_000)
    assert message.id != rtos.WAIT_MSG_TIMEOUT, "nothing came"
    if message.id == rtos.MSG_SOCK_CONN_CNF:
        assert message.result == 0, message.error
        print("connected; sent:", socketcore.sock_send(client, said))
    elif message.id == rtos.MSG_SOCK_ACCEPT_IND:
        print("accepted from", message.addr)
    elif message.id == rtos.MSG_SOCK_SEND_CNF:
        print("confirmed", message.send_len)
    elif message.id == rtos.MSG_SOCK_RECV_IND:
        data = socketcore.sock_recv(message.socket_index, message.recv_len)
        if message.socket_index == client:
            echoed += data
        else:
            socketcore.sock_send(message.socket_index, data)
print("echoed:", echoed)
assert echoed == said

socketcore.sock_close(client)
while rtos.receive(10_000).id != rtos.MSG_SOCK_CLOSE_CNF:
    pass
socketcore.sock_destroy(client)
