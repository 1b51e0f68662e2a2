"""The interpreter is free while a call waits, and waiting calls end when their socket does."""

import os
import threading

import pytest
from conftest import Thread, sleeping

from sockery import nnmsg, zmq


def blocked(call):
    """A thread that is inside a blocking call."""
    started = threading.Event()
    numbers = []

    def run():
        numbers.append(threading.get_native_id())
        started.set()
        return call()

    thread = Thread(run)
    started.wait()
    sleeping(os.getpid(), numbers[0])
    return thread


ZMQ_CALLS = {
    "recv": lambda s: s.recv(),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_many": lambda s: s.recv_many(9),
    "send": lambda s: s.send(b"x"),
    "poll": lambda s: s.poll(),
    "wait_for_peers": lambda s: s.wait_for_peers(1),
    "Poller": lambda s: _polled(s),
    "select": lambda s: zmq.select([s], [], []),
}


def _polled(sock):
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    return poller.poll()


@pytest.mark.parametrize("name", ZMQ_CALLS)
def test_close_ends_a_call_of_zmq(name, context):
    sock = context.socket(zmq.PAIR)
    thread = blocked(lambda: ZMQ_CALLS[name](sock))
    sock.close()
    with pytest.raises(zmq.ZMQError) as caught:
        thread.result()
    assert caught.value.errno == zmq.ENOTSOCK


@pytest.mark.parametrize("name", ZMQ_CALLS)
def test_term_ends_a_call_of_zmq(name):
    context = zmq.Context()
    sock = context.socket(zmq.PAIR)
    thread = blocked(lambda: ZMQ_CALLS[name](sock))
    context.shutdown()
    with pytest.raises(zmq.ContextTerminated):
        thread.result()
    sock.close()
    context.term()


NN_CALLS = {
    "recv": lambda s: s.recv(),
    "send": lambda s: s.send("x"),
    "recvTable": lambda s: s.recvTable(),
    "poll": lambda s: nnmsg.poll([{"fd": s, "events": 1}]),
    "waitForPeers": lambda s: s.waitForPeers(),
}


@pytest.mark.parametrize("name", NN_CALLS)
def test_close_ends_a_call_of_nnmsg(name):
    sock = nnmsg.socket.pair()
    thread = blocked(lambda: NN_CALLS[name](sock))
    sock.close()
    with pytest.raises(nnmsg.NNError) as caught:
        thread.result()
    assert caught.value.nn_errno == nnmsg.NN_EBADF


def test_term_waits_without_the_interpreter():
    context = zmq.Context()
    sock = context.socket(zmq.PUSH)
    with pytest.raises(zmq.ZMQError):
        context.term(10)
    thread = blocked(context.term)
    sock.close()
    thread.result()


def test_a_thread_feeds_another(zmq_pair):
    a, b = zmq_pair(zmq.PAIR, zmq.PAIR, "inproc")
    thread = blocked(lambda: [b.recv() for _ in range(1000)])
    for index in range(1000):
        a.send(b"%d" % index)
    assert thread.result() == [b"%d" % index for index in range(1000)]


def test_many_threads_share_a_socket(zmq_pair):
    a, b = zmq_pair(zmq.PAIR, zmq.PAIR)
    senders = [
        Thread(lambda n=n: [a.send_multipart([b"%d" % n, b"%d" % i]) for i in range(300)])
        for n in range(4)
    ]
    receivers = [Thread(lambda: [b.recv_multipart() for _ in range(300)]) for _ in range(4)]
    got = [message for thread in receivers for message in thread.result()]
    for thread in senders:
        thread.result()
    assert sorted(got) == sorted([b"%d" % n, b"%d" % i] for n in range(4) for i in range(300))


def test_a_poller_is_one_threads(context):
    sock = context.socket(zmq.PAIR)
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    thread = blocked(poller.poll)
    with pytest.raises(RuntimeError, match="in use by another thread"):
        poller.poll(0)
    sock.close()
    with pytest.raises(zmq.ZMQError):
        thread.result()


def test_a_message_begun_by_another_thread(zmq_pair):
    a, b = zmq_pair(zmq.PAIR, zmq.PAIR)
    a.send(b"1", zmq.SNDMORE)
    with pytest.raises(zmq.ZMQError) as caught:
        Thread(lambda: a.send(b"2")).result()
    assert caught.value.errno == zmq.EFSM
    Thread(lambda: (a.adopt(), a.send(b"2"))).result()
    assert b.recv_multipart() == [b"1", b"2"]
