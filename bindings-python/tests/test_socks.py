"""Sockets of both libraries through a SOCKS5 proxy, which passes bytes on."""

import contextlib
import socket
import threading

import pytest
from sockery import zmq

libzmq = pytest.importorskip("zmq")
WAIT = 10_000


class Proxy:
    """A proxy that takes every host for this one; it notes what it was asked for."""

    def __init__(self, login=None):
        self.login, self.asked = login, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.server.close()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.server.accept()
                threading.Thread(target=self.talk, args=(near,), daemon=True).start()

    def talk(self, near):
        with near, near.makefile("rb") as said:
            _, count = said.read(2)
            offered = said.read(count)
            wanted = 2 if self.login else 0
            if wanted not in offered:
                return near.sendall(b"\5\xff")
            near.sendall(bytes([5, wanted]))
            if self.login:
                said.read(1)
                given = tuple(said.read(said.read(1)[0]) for _ in range(2))
                refused = given != self.login
                near.sendall(bytes([1, refused]))
                if refused:
                    return None
            _, _, _, kind = said.read(4)
            host = said.read(4) if kind == 1 else said.read(said.read(1)[0])
            port = int.from_bytes(said.read(2), "big")
            self.asked.append((kind, host, port))
            try:
                far = socket.create_connection(("127.0.0.1", port))
            except OSError:
                return near.sendall(b"\5\5\0\1" + bytes(6))
            near.sendall(b"\5\0\0\1" + bytes(6))
            with far:
                back = threading.Thread(target=self.carry, args=(far, near), daemon=True)
                back.start()
                self.carry(near, far)
                back.join()

    @staticmethod
    def carry(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("login", [None, (b"ann", b"secret")])
@pytest.mark.parametrize("library", ["ours", "libzmq"])
def test_messages_go_through_it(login, library):
    """libzmq's released versions know no login."""
    if library == "libzmq" and login:
        pytest.skip("a draft of libzmq's")
    ours = zmq if library == "ours" else libzmq
    with Proxy(login) as proxy, ours.Context() as context, libzmq.Context() as other:
        with context.socket(ours.DEALER) as client, other.socket(libzmq.DEALER) as server:
            client.linger = server.linger = 0
            port = server.bind_to_random_port("tcp://127.0.0.1")
            client.setsockopt(ours.SOCKS_PROXY, f"127.0.0.1:{proxy.port}".encode())
            if login:
                client.setsockopt(zmq.SOCKS_USERNAME, login[0])
                client.setsockopt(zmq.SOCKS_PASSWORD, login[1])
            client.connect(f"tcp://127.0.0.1:{port}")
            for size in (1, 1_000, 1 << 20):
                client.send(b"x" * size)
                assert server.poll(WAIT) and server.recv() == b"x" * size
                server.send(b"y" * size)
                assert client.poll(WAIT) and client.recv() == b"y" * size
            assert proxy.asked == [(1, b"\x7f\0\0\1", port)]


def test_the_proxy_looks_names_up_and_its_refusals_are_tried_again():
    with Proxy((b"ann", b"secret")) as proxy, zmq.Context() as context:
        with context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
            push.linger = 0
            push.reconnect_ivl = 10
            events = push.get_monitor_socket(zmq.EVENT_CLOSED | zmq.EVENT_HANDSHAKE_SUCCEEDED)
            port = pull.bind_to_random_port("tcp://127.0.0.1")
            push.setsockopt(zmq.SOCKS_PROXY, f"127.0.0.1:{proxy.port}".encode())
            push.setsockopt(zmq.SOCKS_USERNAME, b"ann")
            push.setsockopt(zmq.SOCKS_PASSWORD, b"wrong")
            push.connect(f"tcp://only.the.proxy.knows:{port}")
            push.send(b"hello")
            for _ in range(2):
                assert events.poll(WAIT)
                event = int.from_bytes(events.recv_multipart()[0][:2], "little")
                assert event == zmq.EVENT_CLOSED
            assert proxy.asked == []
            proxy.login = (b"ann", b"wrong")
            assert pull.poll(WAIT) and pull.recv() == b"hello"
            assert proxy.asked[0] == (3, b"only.the.proxy.knows", port)
            events.close(0)
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.setsockopt(zmq.SOCKS_PROXY, b"nonsense")
        with pytest.raises(zmq.ZMQError, match="SOCKS_PROXY takes host:port") as caught:
            push.connect("tcp://127.0.0.1:1")
        assert caught.value.errno == zmq.EINVAL
