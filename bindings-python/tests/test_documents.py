"""What document 002 says of libzmq's calls and no scenario can play, since it takes a context of one's own,
the thread that calls, or a message's memory. tests/documents/libzmq-promises.txt names these tests."""

import os
import time

import pytest
from conftest import LIMIT, Thread, sleeping

from sockery import zmq

WAIT = 10_000


def unsent(context, linger):
    """A closed socket with a message that nobody takes, and where it was to go."""
    probe = context.socket(zmq.PULL)
    address = f"tcp://127.0.0.1:{probe.bind_to_random_port('tcp://127.0.0.1')}"
    probe.close()
    push = context.socket(zmq.PUSH)
    push.linger = linger
    push.connect(address)
    push.send(b"late")
    push.close()
    return address


@pytest.mark.parametrize("linger", [0, 200])
def test_term_waits_for_unsent_messages_as_long_as_linger_says(linger):
    context = zmq.Context()
    unsent(context, linger)
    begin = time.monotonic()
    context.term()
    assert linger / 1000 <= time.monotonic() - begin < LIMIT / 2


def test_term_waits_for_ever_by_default():
    context = zmq.Context()
    address = unsent(context, -1)
    term = Thread(context.term)
    sleeping(os.getpid(), term.native_id)
    with zmq.Context() as other, other.socket(zmq.PULL) as pull:
        pull.rcvtimeo = WAIT
        pull.bind(address)
        assert pull.recv() == b"late"
    term.result()


def test_term_waits_until_every_socket_is_closed():
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    term = Thread(context.term)
    with pytest.raises(zmq.ContextTerminated):
        pull.recv()
    sleeping(os.getpid(), term.native_id)
    assert term.is_alive()
    for call in (lambda: pull.bind("tcp://127.0.0.1:*"), lambda: pull.recv(zmq.DONTWAIT)):
        with pytest.raises(zmq.ContextTerminated):
            call()
    pull.close()
    term.result()


def test_term_and_close_again_are_harmless():
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    pull.close()
    pull.close()
    context.term()
    context.term()
    with pytest.raises(zmq.ZMQError):
        context.socket(zmq.PULL)


def test_a_context_is_shared_by_threads(context):
    def talk(number):
        name = f"inproc://thread-{number}"
        with context.socket(zmq.PAIR) as one, context.socket(zmq.PAIR) as other:
            one.bind(name)
            other.connect(name)
            other.send(b"%d" % number)
            return one.recv()

    threads = [Thread(talk, number) for number in range(8)]
    assert [thread.result() for thread in threads] == [b"%d" % number for number in range(8)]


def test_the_last_error_is_the_threads_own(context):
    pull = context.socket(zmq.PULL)
    with pytest.raises(zmq.Again):
        pull.recv(zmq.DONTWAIT)

    def fail_otherwise():
        with pytest.raises(zmq.ZMQError):
            pull.bind("nonsense")
        return zmq.zmq_errno()

    assert Thread(fail_otherwise).result() == zmq.EINVAL
    assert zmq.zmq_errno() == zmq.EAGAIN
    assert zmq.strerror(zmq.EAGAIN) in str(zmq.Again())
    for name in ("EAGAIN", "EINVAL", "ETERM", "EFSM", "ENOTSOCK", "EADDRINUSE", "ENOCOMPATPROTO"):
        assert len(zmq.strerror(getattr(zmq, name))) > 5


def test_a_frame_goes_to_as_many_sockets_as_wanted(context):
    frame = zmq.Frame(b"x" * 100_000)
    ends = []
    for number in range(3):
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        pull.bind(f"inproc://frame-{number}")
        push.connect(f"inproc://frame-{number}")
        ends.append((push, pull))
    for push, _ in ends:
        push.send(frame)
    assert all(pull.recv() == frame.bytes == b"x" * 100_000 for _, pull in ends)
    assert (zmq.Frame().bytes, len(zmq.Frame())) == (b"", 0)


def test_a_buffer_takes_what_fits_and_the_rest_is_lost(zmq_pair):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL)
    push.send(b"longer")
    push.send(b"next")
    room = bytearray(4)
    assert (pull.recv_into(room), room) == (6, b"long")
    assert pull.recv() == b"next"


def test_a_poll_sees_errors_of_descriptors_too():
    reader, writer = os.pipe()
    os.close(reader)
    poller = zmq.Poller()
    poller.register(writer, zmq.POLLIN | zmq.POLLERR)
    assert dict(poller.poll(WAIT))[writer] & zmq.POLLERR
    os.close(writer)


def test_a_poll_waits_as_long_as_it_is_told(zmq_pair):
    push, pull = zmq_pair(zmq.PUSH, zmq.PULL)
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    begin = time.monotonic()
    assert poller.poll(100) == []
    assert 0.1 <= time.monotonic() - begin < LIMIT / 2
    waiting = Thread(poller.poll, -1)
    sleeping(os.getpid(), waiting.native_id)
    push.send(b"x")
    assert waiting.result() == [(pull, zmq.POLLIN)]
