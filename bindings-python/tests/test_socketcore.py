"""socketcore and rtos: the same calls, named tuples, asyncio by fileno(), fork."""

import asyncio
import os
import subprocess
import sys

import pytest
from conftest import ROOT, python, until

from sockery import rtos, socketcore

LIMIT = 20_000
_early = []


@pytest.fixture(scope="module")
def peers():
    program = ROOT / "tests" / "socketcore" / "peer.py"
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as peer:
        words = peer.stdout.readline().split()
        told = dict(zip(words[::2], words[1::2]))
        yield {name: int(value) if value.isdigit() else value for name, value in told.items()}
        peer.stdout.close()


def awaited(id, index):
    """One message of a socket; others are kept for whoever waits for them."""
    for message in _early:
        if (message.id, message.socket_index) == (id, index):
            _early.remove(message)
            return message
    while True:
        message = rtos.receive(LIMIT)
        assert message.id != rtos.WAIT_MSG_TIMEOUT
        if (message.id, message.socket_index) == (id, index):
            return message
        _early.append(message)


def opened(kind, port, cert=None):
    id = socketcore.sock_conn(kind, "127.0.0.1", port, cert)
    confirmed = awaited(rtos.MSG_SOCK_CONN_CNF, id)
    assert confirmed.result == 0, confirmed.error
    return id


def close(id):
    assert socketcore.sock_close(id) == 1
    assert awaited(rtos.MSG_SOCK_CLOSE_CNF, id).result == 0
    assert socketcore.sock_destroy(id) == 1
    _early[:] = [message for message in _early if message.socket_index != id]


def read(id, length):
    got = b""
    while len(got) < length:
        told = awaited(rtos.MSG_SOCK_RECV_IND, id)
        data = socketcore.sock_recv(id, told.recv_len)
        assert len(data) == told.recv_len
        got += data
    return got


@pytest.mark.parametrize("length", [30_000, 30_000_000])
def test_tcp_echo(peers, length):
    id = opened(0, peers["echo"])
    data = bytes(range(250)) * (length // 250)
    assert socketcore.sock_send(id, data) == (1, socketcore.ERR_OK)
    assert read(id, length) == data
    assert awaited(rtos.MSG_SOCK_SEND_CNF, id).send_len == length
    close(id)


def test_strings_buffers_and_both_orders(peers):
    id = socketcore.sock_conn(0, str(peers["echo"]), "127.0.0.1")
    assert id is None and "port" in socketcore.lasterr()
    id = socketcore.sock_conn(0, peers["echo"], "127.0.0.1")
    assert awaited(rtos.MSG_SOCK_CONN_CNF, id).result == 0
    for data in ("größer", bytearray(b"bytes"), memoryview(b"view")):
        socketcore.sock_send(id, data)
        sent = data.encode() if isinstance(data, str) else bytes(data)
        assert read(id, len(sent)) == sent
        awaited(rtos.MSG_SOCK_SEND_CNF, id)
    close(id)


def test_failures_are_messages_and_never_raise(peers):
    id = socketcore.sock_conn(0, "127.0.0.1", peers["refused"])
    failed = awaited(rtos.MSG_SOCK_CONN_CNF, id)
    assert failed.result == 1 and "refused" in failed.error
    assert socketcore.sock_send(id, b"x") == (0, socketcore.ERR_ENOTCONN)
    close(id)
    for id in (id, 10, -1, 10**30):
        assert socketcore.sock_send(id, b"x")[0] == 0
        assert socketcore.sock_recv(id, 5) == b""
        assert socketcore.sock_setopt(id, socketcore.SOL_SOCKET, socketcore.SO_KEEPALIVE, 1) == -1
    assert socketcore.sock_close(10) == 0
    assert socketcore.sock_conn(0, "", 1) is None
    assert socketcore.sock_conn_ext(9, "127.0.0.1", 1) == -1
    assert "type" in socketcore.lasterr()
    assert rtos.receive(0).id == rtos.WAIT_MSG_TIMEOUT


def test_a_thousand_connections_leave_nothing(peers):
    def held():
        with open("/proc/self/statm") as memory:
            pages = int(memory.read().split()[1])
        return len(os.listdir("/proc/self/fd")), pages * os.sysconf("SC_PAGE_SIZE")

    for count in range(1000):
        id = opened(0, peers["echo"])
        socketcore.sock_send(id, b"x")
        assert read(id, 1) == b"x"
        awaited(rtos.MSG_SOCK_SEND_CNF, id)
        close(id)
        if count == 99:
            before, size = held()
    # The last ones may still be told by their peers that they are closed.
    until(lambda: held()[0] <= before, "descriptors to be closed")
    assert held()[1] < size + (4 << 20)
    assert not _early
    ids = [opened(0, peers["echo"]) for _ in range(10)]
    assert sorted(ids) == list(range(10))
    assert socketcore.sock_conn(0, "127.0.0.1", peers["echo"]) is None
    assert socketcore.sock_conn_ext(0, "127.0.0.1", peers["echo"]) == -1
    for id in ids:
        close(id)


def test_wrong_types_raise():
    for call in (
        lambda: socketcore.sock_conn("0", "a", 1),
        lambda: socketcore.sock_conn(0, None, 1),
        lambda: socketcore.sock_conn(2, "a", 1, "pem"),
        lambda: socketcore.sock_conn(2, "a", 1, {"caCert": 5}),
        lambda: socketcore.sock_send(0, 5),
        lambda: socketcore.sock_send("0", b""),
        lambda: socketcore.sock_close(None),
        lambda: rtos.receive("soon"),
    ):
        with pytest.raises(TypeError):
            call()


def test_udp_tls_and_a_listener(peers):
    id = opened(1, peers["udp"])
    socketcore.sock_send(id, "question")
    assert read(id, 8) == b"QUESTION"
    close(id)
    with open(os.path.join(peers["folder"], "ca.pem")) as file:
        cert = {"hostName": "good.example", "caCert": file.read()}
    id = opened(2, peers["tls"], cert)
    socketcore.sock_send(id, "secret")
    assert read(id, 6) == b"secret"
    close(id)
    id = socketcore.sock_conn(2, "127.0.0.1", peers["tls"], {**cert, "hostName": "bad.example"})
    assert "bad.example" in awaited(rtos.MSG_SOCK_CONN_CNF, id).error
    close(id)
    server = socketcore.sock_listen(0)
    id = opened(0, socketcore.sock_port(server))
    other = awaited(rtos.MSG_SOCK_ACCEPT_IND, server).accept_index
    socketcore.sock_send(other, "from the server")
    assert read(id, 15) == b"from the server"
    for each in (id, other, server):
        close(each)


def test_asyncio(peers):
    async def main():
        id = socketcore.sock_conn(0, "127.0.0.1", peers["echo"])
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        other = asyncio.ensure_future(tick())
        assert (await rtos.receive_async(LIMIT)).id == rtos.MSG_SOCK_CONN_CNF
        socketcore.sock_send(id, "async")
        kinds = {(await rtos.receive_async()).id for _ in range(2)}
        assert kinds == {rtos.MSG_SOCK_SEND_CNF, rtos.MSG_SOCK_RECV_IND}
        assert socketcore.sock_recv(id, 100) == b"async"
        assert (await rtos.receive_async(20)).id == rtos.WAIT_MSG_TIMEOUT
        rtos.timer_start(5, 10)
        assert (await rtos.receive_async()).timer_id == 5
        assert ticks > 10
        other.cancel()
        return id

    close(asyncio.run(main()))
    ready = []
    loop = asyncio.new_event_loop()
    loop.add_reader(rtos.fileno(), lambda: (ready.append(rtos.receive(0)), loop.stop()))
    rtos.timer_start(6, 1)
    loop.run_forever()
    loop.remove_reader(rtos.fileno())
    loop.close()
    assert ready[0] == rtos.Message(rtos.MSG_TIMER, timer_id=6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_of_a_fork_has_sockets_of_its_own():
    program = """
import os
from sockery import rtos, socketcore
server = socketcore.sock_listen(0)
port = socketcore.sock_port(server)
def talk():
    id = socketcore.sock_conn(0, "127.0.0.1", port)
    assert rtos.receive(20000).result == 0
    return id
child = os.fork()
if child == 0:
    assert socketcore.sock_port(server) is None and talk() == 0
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert rtos.receive(20000).id == rtos.MSG_SOCK_ACCEPT_IND
"""
    child = python(program)
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, "")


def test_unsent_bytes_are_flushed_at_exit(peers):
    program = f"""
from sockery import rtos, socketcore
id = socketcore.sock_conn(0, "127.0.0.1", {peers["silent"]})
assert rtos.receive(20000).result == 0
assert socketcore.sock_send(id, bytes(20_000_000)) == (1, 0)
"""
    child = python(program)
    output = child.communicate(timeout=60)
    assert (child.returncode, output) == (0, ("", ""))
