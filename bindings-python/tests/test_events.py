"""Monitors beside pyzmq's own, queues of pipe events, steerable proxies, timers, and term's order."""

import ast
import asyncio
import inspect
import os
import socket as plain
import struct
import subprocess
import sys
import threading

import pytest

from sockery import nnmsg, zmq
from sockery.zmq.utils.monitor import parse_monitor_message, recv_monitor_message

LIMIT = 10_000


def story(module, parse):
    """What both ends' monitors of a library tell of one connection's life, in order."""
    context = module.Context()
    pull, push = context.socket(module.PULL), context.socket(module.PUSH)
    sockets = [pull, push, pull.get_monitor_socket(), push.get_monitor_socket()]
    for sock in sockets:
        sock.linger = 0
        sock.rcvtimeo = LIMIT
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    push.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"x")
    assert pull.recv() == b"x"
    told = []

    def up_to(reader, last):
        while not told or told[-1][1:] != last:
            event = parse(reader.recv_multipart())
            number = int(event["event"])
            value = int(event["value"]) if number == module.EVENT_CONNECT_DELAYED else None
            told.append((reader is sockets[2], number, value))

    up_to(sockets[3], (module.EVENT_HANDSHAKE_SUCCEEDED, None))
    up_to(sockets[2], (module.EVENT_HANDSHAKE_SUCCEEDED, None))
    pull.close()
    up_to(sockets[2], (module.EVENT_MONITOR_STOPPED, None))
    up_to(sockets[3], (module.EVENT_CONNECT_RETRIED, None))
    context.destroy(0)
    return told


def test_a_monitor_tells_the_same_in_the_same_order_as_pyzmqs():
    # In a process of its own: nothing of other libraries may be loaded here.
    program = (
        f"import zmq\nfrom zmq.utils.monitor import parse_monitor_message\nLIMIT = {LIMIT}\n"
        f"{inspect.getsource(story)}\nprint(story(zmq, parse_monitor_message))"
    )
    run = [sys.executable, "-c", program]
    theirs = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    assert story(zmq, parse_monitor_message) == ast.literal_eval(theirs.stdout)


def test_messages_of_monitors_are_taken_apart():
    one = parse_monitor_message([struct.pack("=hi", 0x20, 7), b"tcp://x"])
    assert one == {"event": zmq.Event.ACCEPTED, "value": 7, "endpoint": b"tcp://x"}
    two = [struct.pack("=Q", n) for n in (0x10000, 2, 5, 6)] + [b"here", b"there"]
    assert parse_monitor_message(two)["values"] == [5, 6]
    for wrong in ([], [b"x"], [b"123456"], [b"12345", b""], two[:-1]):
        with pytest.raises(RuntimeError):
            parse_monitor_message(wrong)


def test_a_monitor_of_plain_streams_tells_of_no_handshakes(context):
    with context.socket(zmq.STREAM) as stream:
        monitor = stream.get_monitor_socket()
        port = stream.bind_to_random_port("tcp://127.0.0.1")
        plain.create_connection(("127.0.0.1", port), timeout=10).close()
        events = [recv_monitor_message(monitor)["event"] for _ in range(3)]
        assert events == [zmq.EVENT_LISTENING, zmq.EVENT_ACCEPTED, zmq.EVENT_DISCONNECTED]


def test_a_monitor_is_awaited_in_asyncio():
    from sockery.zmq import asyncio as zmq_asyncio

    async def main():
        context = zmq_asyncio.Context()
        sock = context.socket(zmq.PULL)
        monitor = sock.get_monitor_socket()
        assert sock.get_monitor_socket() is monitor
        coming = asyncio.ensure_future(recv_monitor_message(monitor))
        sock.bind("tcp://127.0.0.1:*")
        event = await asyncio.wait_for(coming, 10)
        assert event["event"] == zmq.Event.LISTENING
        sock.disable_monitor()
        event = await asyncio.wait_for(recv_monitor_message(monitor), 10)
        assert event["event"] == zmq.Event.MONITOR_STOPPED
        context.destroy(0)

    asyncio.run(main())


def test_pipe_events_name_the_process_over_ipc(tmp_path):
    address = f"ipc://{tmp_path}/s"
    with nnmsg.socket.pair() as one, nnmsg.socket.pair() as other:
        queue = one.events()
        queue.setopt(nnmsg.NN_RCVTIMEO, LIMIT)
        one.bind(address)
        other.connect(address)
        before, after = queue.recvTable(), queue.recvTable()
        assert [before["event"], after["event"]] == ["add_pre", "add_post"]
        assert (before["uid"], before["gid"], before["pid"]) == (
            os.getuid(),
            os.getgid(),
            os.getpid(),
        )
        assert before["pipe"] == after["pipe"] and before["local"] == address
        queue.close()


def test_events_that_are_none_and_pipes_that_do_not_wait():
    with nnmsg.socket.pair() as sock:
        with pytest.raises(nnmsg.NNError, match="is no event") as caught:
            sock.events("add_pre", "adieu")
        assert caught.value.name == "EINVAL"
        for decide in (sock.accept, sock.refuse):
            with pytest.raises(nnmsg.NNError) as caught:
                decide(1 << 40)
            assert caught.value.name == "ENOENT"
        with pytest.raises(TypeError):
            sock.accept("x")


def test_timers():
    timers, seen = zmq.Timers(), []
    assert timers.timeout() == -1
    often = timers.add(0, seen.append, "often")
    late = timers.add(3_600_000, seen.append, "late")
    timers.execute()
    assert seen == ["often"] and timers.timeout() == 0
    timers.cancel(often)
    assert timers.timeout() > 3_000_000
    timers.set_interval(late, 0)
    timers.execute()
    timers.reset(late)
    assert seen == ["often", "late"]
    for call in (timers.cancel, timers.reset):
        with pytest.raises(zmq.ZMQError) as caught:
            call(often)
        assert caught.value.errno == zmq.EINVAL
    with pytest.raises(ValueError):
        timers.add(-1, print)
    with pytest.raises(TypeError):
        timers.add(1, None)


def test_a_handler_may_end_another_timer():
    timers, seen = zmq.Timers(), []

    def end():
        seen.append("end")
        timers.cancel(other)

    timers.add(0, end)
    other = timers.add(0, seen.append, "other")
    timers.execute()
    assert seen == ["end"]


def test_a_proxy_is_steered():
    context = zmq.Context()
    kinds = (zmq.PULL, zmq.PUSH, zmq.REP, zmq.REQ)
    front, back, control, steer = (context.socket(kind) for kind in kinds)
    front.bind("inproc://front")
    back.bind("inproc://back")
    control.bind("inproc://control")
    steer.connect("inproc://control")
    steer.rcvtimeo = LIMIT
    runs = threading.Thread(target=zmq.proxy_steerable, args=(front, back, None, control))
    runs.start()
    for word in (b"PAUSE", b"RESUME", b"nonsense"):
        steer.send(word)
        assert steer.recv() == b""
    steer.send(b"STATISTICS")
    assert steer.recv_multipart() == [bytes(8)] * 8
    steer.send(b"TERMINATE")
    assert steer.recv() == b""
    runs.join(10)
    assert not runs.is_alive()
    context.destroy(0)


def test_shutdown_ends_calls_and_term_waits_for_close():
    """Document 002: blocked and later calls answer ETERM; term waits until all sockets are closed."""
    context = zmq.Context()
    sock = context.socket(zmq.PULL)
    ended = []

    def blocked():
        with pytest.raises(zmq.ContextTerminated):
            sock.recv()
        ended.append("recv")

    waits = threading.Thread(target=blocked)
    waits.start()
    context.shutdown()
    waits.join(10)
    assert ended == ["recv"]
    with pytest.raises(zmq.ContextTerminated):
        sock.bind("inproc://late")
    with pytest.raises(zmq.ContextTerminated):
        context.socket(zmq.PUSH)
    with pytest.raises(zmq.Again, match="PULL .open, 0 unsent."):
        context.term(0)
    ends = threading.Thread(target=context.term)
    ends.start()
    sock.close()
    ends.join(10)
    assert not ends.is_alive() and context.closed
