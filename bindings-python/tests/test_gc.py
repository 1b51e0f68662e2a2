"""Collected sockets are closed, and nothing is kept alive longer than its users hold it."""

import gc
import os
import weakref

import pytest
from conftest import until

from sockery import nnmsg, zmq
from sockery.zmq import asyncio as zmq_asyncio


def test_a_dropped_socket_is_closed():
    sock = nnmsg.socket.pull()
    sock.bind("tcp://127.0.0.1:0")
    address = sock.lastEndpoint
    seen = weakref.ref(sock)
    del sock
    assert seen() is None

    with nnmsg.socket.pull() as again:
        again.bind(address)


def test_a_socket_outlives_its_context_object():
    context = zmq.Context()
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    seen = weakref.ref(context)
    a.bind("inproc://x")
    b.connect("inproc://x")
    del context
    gc.collect()
    a.send(b"x")
    assert b.recv() == b"x"
    del a, b
    gc.collect()
    assert seen() is None


def test_cycles_are_collected(context):
    sock = context.socket(zmq.PUSH)
    sock.me = sock
    seen = weakref.ref(sock)
    del sock
    gc.collect()
    assert seen() is None


def test_an_idle_asyncio_socket_goes_at_once(context):
    sock = zmq_asyncio.Socket(context, zmq.PULL)
    seen = weakref.ref(sock)
    del sock
    assert seen() is None


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors by /proc")
def test_nothing_leaks():
    def round_trip():
        with zmq.Context() as context:
            a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            a.bind("tcp://127.0.0.1:*")
            b.connect(a.last_endpoint.decode())
            poller = zmq.Poller()
            poller.register(b, zmq.POLLIN)
            a.send(b"x")
            assert poller.poll(10_000)
            assert b.fileno() >= 0
            assert b.recv() == b"x"

    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        round_trip()
    gc.collect()
    before = descriptors()
    for _ in range(20):
        round_trip()
    gc.collect()
    # The engine's own thread closes the last ones, after the context is gone.
    until(lambda: descriptors() <= before + 2, "descriptors to be closed")
