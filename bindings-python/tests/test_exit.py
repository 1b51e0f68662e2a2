"""Leaving without closing: at once when nothing is unsent, else within SOCKERY_EXIT_MS."""

import time

import pytest
from conftest import python

OPEN = """
from sockery import zmq, nnmsg
context = zmq.Context()
pull = context.socket(zmq.PULL)
pull.bind("tcp://127.0.0.1:*")
rep = nnmsg.socket.rep()
rep.bind("tcp://127.0.0.1:0")
"""
UNSENT = OPEN + """
push = context.socket(zmq.PUSH)
push.connect("tcp://127.0.0.1:1")
for _ in range(3):
    push.send(b"x" * 100)
"""
THREADS = OPEN + """
import threading
for call in (pull.recv, rep.recv):
    threading.Thread(target=call, daemon=True).start()
"""
TERM = OPEN + """
pull.close()
context.term()
nnmsg.term()
"""
RAISES = OPEN + "raise SystemExit(3)\n"


@pytest.mark.parametrize(
    "name, code, environment, at_least, at_most, status",
    [
        ("nothing unsent", OPEN, {}, 0, 5, 0),
        ("unsent", UNSENT, {}, 0.9, 6, 0),
        ("unsent, short", UNSENT, {"SOCKERY_EXIT_MS": "100"}, 0.1, 3, 0),
        ("daemon threads", THREADS, {}, 0, 5, 0),
        ("term", TERM, {}, 0, 5, 0),
        ("status", RAISES, {}, 0, 5, 3),
    ],
)
def test_exit(name, code, environment, at_least, at_most, status):
    with python(code + "\nprint('done')" * (status == 0), env=environment) as process:
        if status == 0:
            assert process.stdout.readline() == "done\n"
        began = time.monotonic()
        _, errors = process.communicate(timeout=30)
        took = time.monotonic() - began
    assert process.returncode == status, errors
    assert at_least <= took < at_most
    said = "sockery" in errors
    assert said == (name.startswith("unsent")), errors
    assert "Traceback" not in errors


def test_what_can_be_sent_is():
    """A message that was sent just before the end arrives."""
    receiver = """
from sockery import zmq
pull = zmq.Context.instance().socket(zmq.PULL)
pull.bind("tcp://127.0.0.1:*")
print(pull.last_endpoint.decode())
print(len(pull.recv()))
"""
    with python(receiver) as process:
        address = process.stdout.readline().strip()
        sender = f"""
from sockery import zmq
push = zmq.Context.instance().socket(zmq.PUSH)
push.connect({address!r})
push.send(bytes(5_000_000))
"""
        with python(sender) as other:
            _, errors = other.communicate(timeout=20)
            assert (other.returncode, errors) == (0, "")
        assert process.stdout.readline() == "5000000\n"


def test_nnmsg_term_is_for_ever():
    code = """
from sockery import nnmsg
sock = nnmsg.socket.pair()
nnmsg.term()
for call in (lambda: sock.recv(), lambda: nnmsg.socket.pair(), lambda: sock.send("x")):
    try:
        call()
    except nnmsg.NNError as error:
        print(error.name)
"""
    with python(code) as process:
        out, errors = process.communicate(timeout=20)
    assert (out, errors) == ("ETERM\n" * 3, "")
