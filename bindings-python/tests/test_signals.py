"""Signals end blocking calls with KeyboardInterrupt, or leave them the rest of their time."""

import os
import signal
import sys
import threading
import time

import pytest
from conftest import python, sleeping

from sockery import nnmsg, zmq

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

HEAD = """
from sockery import zmq, nnmsg
context = zmq.Context()
sock = context.socket(zmq.PAIR)
other = context.socket(zmq.PAIR)
pair = nnmsg.socket.pair()
poller = zmq.Poller()
poller.register(sock, zmq.POLLIN)
print("ready")
try:
    {call}
except KeyboardInterrupt:
    print("interrupted")
other.close()
sock.close()
context.term()
"""

CALLS = [
    "sock.recv()",
    "sock.recv_multipart()",
    "sock.recv(copy=False)",
    "sock.send(b'')",
    "sock.send_multipart([b'', b''])",
    "sock.recv_many(2)",
    "sock.send_many([b''])",
    "sock.poll()",
    "poller.poll()",
    "zmq.select([sock], [], [])",
    "sock.wait_for_peers(1)",
    "context.term()",
    "zmq.proxy(sock, other)",
    "pair.recv()",
    "pair.send('')",
    "pair.recvTable()",
    "pair.sendTable([])",
    "pair.recvBuffer(bytearray(1))",
    "nnmsg.poll([{'fd': pair, 'events': 1}])",
    "list(nnmsg.eachIn([pair]))",
]


@pytest.mark.parametrize("call", CALLS)
def test_control_c(call):
    with python(HEAD.replace("{call}", call)) as process:
        assert process.stdout.readline() == "ready\n"
        sleeping(process.pid)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert (out, errors, process.returncode) == ("interrupted\n", "", 0)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("wait", [lambda sock: sock.recv(), lambda sock: sock.poll()])
def test_a_signal_that_ends_no_sleep(wait, context):
    """As one that comes just before the sleep; here another thread catches it."""
    sock = context.socket(zmq.PULL)
    sock.bind("tcp://127.0.0.1:*")

    def interrupt():
        sleeping(os.getpid())
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    catcher = threading.Thread(target=interrupt)
    catcher.start()
    with pytest.raises(KeyboardInterrupt):
        wait(sock)
    catcher.join()


@pytest.fixture
def alarms():
    """A signal every 20 ms, whose handler counts and returns."""
    seen = []
    before = signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    yield seen
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_the_deadline_stays(alarms, context):
    sock = context.socket(zmq.PAIR)
    sock.rcvtimeo = 300
    began = time.monotonic()
    with pytest.raises(zmq.Again):
        sock.recv()
    assert 0.3 <= time.monotonic() - began < 1.5
    assert len(alarms) > 3
    began = time.monotonic()
    assert sock.poll(200) == 0
    assert 0.2 <= time.monotonic() - began < 1
    with nnmsg.socket.pair() as pair:
        pair.setopt(nnmsg.NN_SNDTIMEO, 200)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            pair.send("x")
        assert 0.2 <= time.monotonic() - began < 1


def test_a_handler_that_raises_leaves_the_socket_usable(zmq_pair):
    a, b = zmq_pair(zmq.PAIR, zmq.PAIR)

    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Stop):
            b.recv()
    finally:
        signal.signal(signal.SIGALRM, before)
    a.send(b"x")
    assert b.recv() == b"x"
