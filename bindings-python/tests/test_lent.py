"""Large bytes are lent to the engine, not copied: they arrive whole, and are let go of in time."""

import os
import sys

import pytest
from conftest import until

from sockery import zmq

SIZES = [511, 512, 4095, 4096, 100_000]


class Bytes(bytes):
    """Not what `recv` may answer."""


def holders(objects):
    return [sys.getrefcount(each) for each in objects]


@pytest.fixture
def bodies():
    return [os.urandom(size) for size in SIZES]


def test_inproc_gives_back_the_object(zmq_pair, bodies):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL, "inproc")
    before = holders(bodies)
    assert push.send_many(bodies * 2) == len(bodies) * 2
    assert [pull.recv() for _ in bodies * 2] == bodies * 2
    push.send_multipart(bodies)
    got = pull.recv_multipart()
    assert [each is body for each, body in zip(got, bodies)] == [False] * 3 + [True] * 2
    del got
    assert holders(bodies) == before


def test_each_subscriber_gets_the_object(context):
    pub = context.socket(zmq.PUB)
    pub.bind("inproc://all")
    subs = [context.socket(zmq.SUB) for _ in range(3)]
    for sub in subs:
        sub.subscribe(b"")
        sub.connect("inproc://all")
    pub.wait_for_subscribers(b"", 3, 10_000)
    body = os.urandom(5000)
    before = sys.getrefcount(body)
    pub.send(body)
    assert all(sub.recv() is body for sub in subs)
    assert sys.getrefcount(body) == before


def test_what_could_change_is_copied(zmq_pair):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL, "inproc")
    body = bytearray(b"a" * 5000)
    push.send(body)
    body[:] = b"b" * 5000
    assert pull.recv() == b"a" * 5000
    push.send(Bytes(5000))
    got = pull.recv()
    assert type(got) is bytes and got == bytes(5000)


def test_a_stream_lets_go_of_what_it_sent(zmq_pair, bodies):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL)
    before = holders(bodies)
    for _ in range(20):
        push.send_multipart(bodies)
    for _ in range(20):
        assert pull.recv_multipart() == bodies

    def is_let_go_of():
        # What the engine's threads let go of waits for a call into the module.
        assert push.peers == 1
        return holders(bodies) == before

    until(is_let_go_of, "the engine to let go")


def test_a_socket_that_goes_lets_go_of_what_is_unsent(context, bodies):
    before = holders(bodies)
    push = context.socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    push.send_multipart(bodies)
    assert holders(bodies) > before
    push.close(linger=0)
    del push

    def is_let_go_of():
        assert not context.closed
        return holders(bodies) == before

    until(is_let_go_of, "the engine to let go")


def test_a_refused_message_is_let_go_of(context, bodies):
    push = context.socket(zmq.PUSH)
    before = holders(bodies)
    with pytest.raises(zmq.Again):
        push.send_multipart(bodies, zmq.DONTWAIT)
    assert holders(bodies) == before
