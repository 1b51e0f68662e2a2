"""What bind and connect of zmq say of endpoints, good and bad, beside libzmq (by pyzmq)."""

import pytest

from sockery import zmq

libzmq = pytest.importorskip("zmq")

ENDPOINTS = [
    *("", "nonsense", "tcp", "tcp:", "tcp:/127.0.0.1:5", "://x", "TCP://127.0.0.1:1", "foo://x"),
    *("tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:x", "tcp://127.0.0.1:*"),
    *("tcp://*:*", "tcp://*:0", "tcp://lo:*", "tcp://nosuchif0:5", "tcp://1.2.3.4.5:5"),
    *("tcp://192.0.2.1:*", "ipc://", "ipc:///nosuchdir/x", "ipc:///proc/x"),
    *("inproc://", "inproc://x", "inproc://" + "x" * 300),
    *("norm://127.0.0.1:5", "pgm://eth0;239.1.1.1:5", "epgm://eth0;239.1.1.1:5", "vmci://*:5"),
]
#: What libzmq says, what we say, and why: of bind and connect each.
DIFFERENT = {
    "tcp://127.0.0.1:-1": ("ok EINVAL", "EINVAL EINVAL", "no port"),
    "tcp://127.0.0.1:65536": ("EINVAL ok", "EINVAL EINVAL", "no port"),
    "tcp://127.0.0.1:99999999999": ("ok ok", "EINVAL EINVAL", "no port"),
    "tcp://127.0.0.1:0": ("ok ok", "ok EINVAL", "nobody listens at port 0"),
    "tcp://127.0.0.1:5 ": ("ok EINVAL", "EINVAL EINVAL", "no port"),
    "tcp:// 127.0.0.1:5": ("ENODEV EINVAL", "EINVAL EINVAL", "no host"),
    "tcp://[::1:5": ("ENODEV ok", "EINVAL EINVAL", "a bracket that has no end"),
    "ipc://*": ("ok ok", "ok EINVAL", "no path"),
}


def said(module, endpoint):
    """Of bind and of connect: ok, or the name of the error."""
    outcomes = []
    with module.Context() as context:
        for call in ("bind", "connect"):
            with context.socket(module.PULL) as sock:
                try:
                    getattr(sock, call)(endpoint)
                    outcomes.append("ok")
                except module.ZMQError as error:
                    # pyzmq's enum lacks some; the numbers are the same.
                    outcomes.append(zmq.Errno(error.errno).name)
    return " ".join(outcomes)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_same_answer(endpoint):
    assert said(zmq, endpoint) == said(libzmq, endpoint)


@pytest.mark.parametrize("endpoint", DIFFERENT)
def test_stricter_answers(endpoint):
    theirs, ours, _why = DIFFERENT[endpoint]
    assert (said(libzmq, endpoint), said(zmq, endpoint)) == (theirs, ours)


@pytest.mark.parametrize("endpoint", [one for one in (*ENDPOINTS, *DIFFERENT) if one])
def test_refusals_say_what_was_expected(endpoint):
    """And the socket goes on: it binds a good one."""
    with zmq.Context() as context, context.socket(zmq.PULL) as sock:
        try:
            sock.bind(endpoint)
        except zmq.ZMQError as error:
            text = str(error)
            address = endpoint.removesuffix(":*")
            kinds = ("expected ", "supported are ", "no interface is called", address)
            assert any(words in text for words in kinds), text
        assert sock.bind_to_random_port("tcp://127.0.0.1") > 0
