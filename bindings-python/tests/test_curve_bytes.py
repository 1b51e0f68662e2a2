"""CURVE with libzmq and somebody between who changes a byte of the handshake: nothing is delivered.

SOCKERY_CURVE_STEP says how many bytes apart those are that are changed; `tests/run curve-full` takes every one.
"""

import contextlib
import os
import socket
import threading

import pytest

from sockery import zmq

libzmq = pytest.importorskip("zmq")
WAIT = 10_000
STEP = int(os.environ.get("SOCKERY_CURVE_STEP", "31"))
#: Bytes of a greeting that may be anything: its padding, a later version, what follows the mechanism.
UNREAD = {*range(1, 9), 10, 11, *range(32, 64)}
#: What a handshake that goes well ends with, and what others do.
ENDS = ("SUCCEEDED", "FAILED_NO_DETAIL", "FAILED_PROTOCOL", "FAILED_AUTH")


class Between(threading.Thread):
    """Carries one connection's bytes, and changes one of them on the way to the server or the client."""

    def __init__(self, port, to_server, at):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server_port, self.to_server, self.at = port, to_server, at

    def run(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.server_port))
        ways = [(client, server, self.to_server), (server, client, not self.to_server)]
        threads = [threading.Thread(target=self.carry, args=way, daemon=True) for way in ways]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for end in (client, server, self.listener):
            end.close()

    def carry(self, source, target, changes):
        passed = 0
        try:
            while data := bytearray(source.recv(4096)):
                if changes and passed <= self.at < passed + len(data):
                    data[self.at - passed] ^= 0xFF
                passed += len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # One of them hung up, which is what the test is after.
            source.close()


def delivered(serves, connects, contexts, at, to_server):
    """How many of two messages, one each way, get through with this byte changed."""
    server = contexts[serves].socket(serves.DEALER)
    client = contexts[connects].socket(connects.DEALER)
    public, secret = zmq.curve_keypair()
    server.curve_server, server.curve_secretkey = 1, secret
    client.curve_serverkey = public
    client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
    monitors = []
    for module, sock in ((serves, server), (connects, client)):
        sock.linger = 0
        # A changed length only makes the other side wait.
        sock.handshake_ivl = 200 if at is not None else WAIT
        sock.reconnect_ivl = -1
        numbers = [int(module.Event[f"HANDSHAKE_{end}"]) for end in ENDS]
        monitors.append((sock.get_monitor_socket(sum(numbers)), numbers[0]))
    port = server.bind_to_random_port("tcp://127.0.0.1")
    between = Between(port, to_server, -1 if at is None else at)
    between.start()
    client.connect(f"tcp://127.0.0.1:{between.port}")
    with contextlib.suppress(connects.Again):
        # The handshake may have failed already, and nobody is dialed again.
        client.send(b"to the server", connects.DONTWAIT)
    good = True
    for monitor, succeeded in monitors:
        assert monitor.poll(WAIT), f"byte {at}: the handshake does not end"
        good &= int.from_bytes(monitor.recv_multipart()[0][:2], "little") == succeeded
    count = 0
    if good:
        server.send(b"to the client")
        count = sum(bool(sock.poll(WAIT)) for sock in (server, client))
    else:
        count = sum(bool(sock.poll(0)) for sock in (server, client))
    for sock, (monitor, _) in zip((server, client), monitors):
        sock.disable_monitor()
        monitor.close()
        sock.close()
    between.join(WAIT / 1000)
    assert not between.is_alive()
    return count


@pytest.mark.parametrize("role", ["server", "client"])
def test_a_changed_byte_of_the_handshake_delivers_nothing(role):
    serves, connects = (zmq, libzmq) if role == "server" else (libzmq, zmq)
    with zmq.Context() as ours, libzmq.Context() as theirs:
        contexts = {zmq: ours, libzmq: theirs}
        to_server = role == "server"
        assert delivered(serves, connects, contexts, None, to_server) == 2
        # Greeting, HELLO and INITIATE with two properties; greeting, WELCOME and READY with two.
        length = 64 + 202 + 2 + 257 + 30 if to_server else 64 + 170 + 2 + 30 + 30
        for at in range(0, length, STEP):
            count = delivered(serves, connects, contexts, at, to_server)
            assert count == (2 if at in UNREAD else 0), f"byte {at}"
