"""The bridge between both dialects, with the reference libraries at its ends: libzmq by pyzmq on one
side, nanomsg by ctypes on the other.

SOCKERY_BRIDGE_COUNT says how many messages the streams have.
"""

import contextlib
import ctypes
import os
import threading

import pytest
from conftest import LIMIT, Thread, until

from sockery import nnmsg, zmq

libzmq = pytest.importorskip("zmq")

try:
    NN = ctypes.CDLL("libnanomsg.so.5")
except OSError:
    pytest.skip("libnanomsg.so.5 is not installed", allow_module_level=True)

NN.nn_send.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
COUNT = int(os.environ.get("SOCKERY_BRIDGE_COUNT", "20000"))
WAIT = 10_000


class Nanomsg:
    """A socket of nanomsg."""

    def __init__(self, protocol):
        self.buffer = ctypes.create_string_buffer(64)
        self.handle = self.done(NN.nn_socket(nnmsg.AF_SP, protocol))
        limit = ctypes.c_int(WAIT)
        for option in (nnmsg.NN_SNDTIMEO, nnmsg.NN_RCVTIMEO):
            self.done(NN.nn_setsockopt(self.handle, 0, option, ctypes.byref(limit), 4))

    @staticmethod
    def done(result):
        if result < 0:
            raise OSError(NN.nn_errno(), "nanomsg")
        return result

    def connect(self, endpoint):
        self.done(NN.nn_connect(self.handle, endpoint.encode()))

    def subscribe(self, topic):
        self.done(NN.nn_setsockopt(self.handle, nnmsg.NN_SUB, nnmsg.NN_SUB_SUBSCRIBE, topic, len(topic)))

    def send(self, body):
        self.done(NN.nn_send(self.handle, body, len(body), 0))

    def recv(self):
        size = self.done(NN.nn_recv(self.handle, self.buffer, 64, 0))
        return self.buffer.raw[:size]

    def close(self):
        NN.nn_close(self.handle)


@pytest.fixture
def ends():
    """Opens the sockets of the bridge's ends and of both libraries; closes all, the bridge's first."""
    with contextlib.ExitStack() as stack, zmq.Context() as context, libzmq.Context() as foreign:

        def make(ours_nn, nanomsg, ours_zmq, theirs):
            inner = nnmsg.socket(ours_nn, nnmsg.AF_SP_RAW)
            outer = context.socket(ours_zmq)
            inner.bind("tcp://127.0.0.1:0")
            outer.bind("tcp://127.0.0.1:*")
            near, far = Nanomsg(nanomsg), foreign.socket(theirs)
            far.linger, far.sndtimeo, far.rcvtimeo = 0, WAIT, WAIT
            near.connect(inner.lastEndpoint)
            far.connect(outer.last_endpoint.decode())
            inner.waitForPeers(1, WAIT)
            outer.wait_for_peers(1, WAIT)
            for end in (near, far, inner, outer):
                stack.callback(end.close)
            return inner, outer, near, far

        yield make
        stack.close()


@pytest.fixture
def bridge(ends):
    """The same, joined by a device that runs."""
    running = []

    def make(*kinds, topics=None):
        inner, outer, near, far = ends(*kinds)
        running.append((inner, Thread(inner.device, outer, topics)))
        return inner, outer, near, far

    yield make
    for inner, device in running:
        inner.close()
        with pytest.raises(nnmsg.NNError) as ended:
            device.result()
        assert ended.value.name == "EBADF"


def stream(source, target, limit=LIMIT):
    """Sends COUNT numbers on one side and takes them from the other, each in its turn."""

    def feed():
        for number in range(COUNT):
            source.send(b"%d" % number)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    for number in range(COUNT):
        assert target.recv() == b"%d" % number
    feeder.join(limit)
    assert not feeder.is_alive()


def test_a_stream_from_libzmq_to_nanomsg(bridge):
    _, _, near, far = bridge(nnmsg.NN_PUSH, nnmsg.NN_PULL, zmq.PULL, libzmq.PUSH)
    stream(far, near)


def test_a_stream_from_nanomsg_to_libzmq(bridge):
    _, _, near, far = bridge(nnmsg.NN_PULL, nnmsg.NN_PUSH, zmq.PUSH, libzmq.PULL)
    stream(near, far)


def test_pairs(bridge):
    _, _, near, far = bridge(nnmsg.NN_PAIR, nnmsg.NN_PAIR, zmq.PAIR, libzmq.PAIR)
    stream(near, far)
    stream(far, near)


def test_subscribers_of_libzmq_filter_what_nanomsg_publishes(bridge):
    inner, _, near, far = bridge(nnmsg.NN_SUB, nnmsg.NN_PUB, zmq.XPUB, libzmq.SUB)
    far.subscribe(b"a")

    def arrives():
        near.send(b"a")
        return far.poll(0)

    until(arrives, "the subscription")
    before = inner.dropped()["not_subscribed"]
    near.send(b"b unwanted")
    near.send(b"a wanted")
    while far.recv() != b"a wanted":
        pass
    assert inner.dropped()["not_subscribed"] == before + 1


@pytest.mark.parametrize("topics", [None, ["a", b"b"]])
@pytest.mark.parametrize("source", [zmq.XSUB, zmq.SUB])
def test_subscribers_of_nanomsg_get_everything_or_the_topics(bridge, topics, source):
    _, _, near, far = bridge(nnmsg.NN_PUB, nnmsg.NN_SUB, source, libzmq.XPUB, topics=topics)
    near.subscribe(b"")
    expected = [b"\1"] if topics is None else [b"\1a", b"\1b"]
    assert [far.recv() for _ in expected] == expected
    for body in (b"c", b"a", b"b"):
        far.send(body)
    for body in (b"c", b"a", b"b") if topics is None else (b"a", b"b"):
        assert near.recv() == body


def talk(asker, answerer):
    for number in range(100):
        asker.send(b"question %d" % number)
        assert answerer.recv() == b"question %d" % number
        answerer.send(b"answer %d" % number)
        assert asker.recv() == b"answer %d" % number


def test_requests_of_libzmq(bridge):
    _, outer, near, far = bridge(nnmsg.NN_REQ, nnmsg.NN_REP, zmq.ROUTER, libzmq.REQ)
    talk(far, near)
    far.send_multipart([b"two", b"parts"])
    until(lambda: outer.dropped()["malformed"] == 1)


def test_requests_of_nanomsg(bridge):
    _, _, near, far = bridge(nnmsg.NN_REP, nnmsg.NN_REQ, zmq.DEALER, libzmq.REP)
    talk(near, far)


def test_what_does_not_fit(context):
    for inner, outer in [("REQ", zmq.DEALER), ("PUSH", zmq.PUSH), ("BUS", zmq.PAIR)]:
        protocol = getattr(nnmsg, f"NN_{inner}")
        with nnmsg.socket(protocol, nnmsg.AF_SP_RAW) as sock, context.socket(outer) as other:
            with pytest.raises(nnmsg.NNError, match=inner) as refused:
                sock.device(other)
            assert refused.value.name == "EINVAL"
    with nnmsg.socket.pull() as cooked, context.socket(zmq.PUSH) as other:
        with pytest.raises(nnmsg.NNError, match="raw"):
            cooked.device(other)
        with pytest.raises(TypeError):
            cooked.device("a string")
