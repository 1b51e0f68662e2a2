"""After a fork the child touches nothing that it inherited, and can begin anew."""

import os

import pytest
from conftest import python

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

CODE = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from sockery import zmq, nnmsg
context = zmq.Context.instance()
a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
a.bind("tcp://127.0.0.1:*")
b.connect(a.last_endpoint.decode())
old = nnmsg.socket.pair()
a.send(b"1")
assert b.recv() == b"1"
child = os.fork()
if not child:
    for call in (b.recv, lambda: a.send(b"x"), lambda: context.socket(zmq.SUB)):
        try:
            call()
            print("no error")
        except zmq.ContextTerminated:
            print("ETERM")
    try:
        old.recv()
    except nnmsg.NNError as error:
        print(error.name)
    a.close(); b.close(); old.close()
    fresh = zmq.Context.instance()
    assert fresh is not context
    c, d = fresh.socket(zmq.PAIR), fresh.socket(zmq.PAIR)
    c.bind("tcp://127.0.0.1:*")
    d.connect(c.last_endpoint.decode())
    c.send(b"new")
    print(d.recv().decode())
    sys.stdout.flush()
    sys.exit(0)
_, status = os.waitpid(child, 0)
print("status", status)
a.send(b"2")
print(b.recv().decode())
"""


def test_fork():
    with python(CODE) as process:
        out, errors = process.communicate(timeout=30)
    assert out.split("\n") == ["ETERM"] * 4 + ["new", "status 0", "2", ""], errors


def test_the_end_of_a_child_ends_no_connection_of_its_parent():
    code = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from sockery import nnmsg
a, b = nnmsg.socket.pair(), nnmsg.socket.pair()
a.bind("tcp://127.0.0.1:0")
b.connect(a.lastEndpoint)
a.send(b"1")
assert b.recv() == b"1"
events = a.events("rem_post", "accepted")
child = os.fork()
if not child:
    sys.exit(0)
print(os.waitpid(child, 0)[1])
for text in (b"2", b"3"):
    a.send(text)
    assert b.recv() == text
events.setopt(nnmsg.NN_RCVTIMEO, 100)
try:
    print(events.recvTable())
except nnmsg.NNError as error:
    print(error.name)
c = nnmsg.socket.pair()
b.close()
c.connect(a.lastEndpoint)
c.send(b"4")
print(a.recv().decode())
"""
    with python(code) as process:
        out, errors = process.communicate(timeout=30)
    assert out.split("\n") == ["0", "ETIMEDOUT", "4", ""], errors


def test_multiprocessing():
    code = """
import multiprocessing
from sockery import zmq

def work(address):
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.connect(address)
        push.send(b"from the child")

if __name__ == "__main__":
    pull = zmq.Context.instance().socket(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    child = multiprocessing.get_context("fork").Process(
        target=work, args=(pull.last_endpoint.decode(),))
    child.start()
    print(pull.recv().decode())
    child.join()
    print(child.exitcode)
"""
    with python(code) as process:
        out, errors = process.communicate(timeout=30)
    assert out == "from the child\n0\n", errors
