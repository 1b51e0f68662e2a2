"""Endpoints that nnmsg binds and connects, beside nanomsg's own answers (libnanomsg5, by ctypes).

`OURS` lists what differs, and why.
"""

import ctypes
import socket as sockets
import subprocess
import sys

import pytest

from sockery import nnmsg

try:
    ctypes.CDLL("libnanomsg.so.5")
except OSError:
    pytest.skip("libnanomsg.so.5 is not installed", allow_module_level=True)

ENDPOINTS = """
tcp://127.0.0.1:0 tcp://*:0 tcp://lo:0 tcp://nosuch:0 tcp://127.0.0.1:PORT tcp://*:PORT tcp://lo:PORT
tcp://127.0.0.1 tcp://127.0.0.1: tcp://127.0.0.1:65536 tcp://127.0.0.1:-1 tcp://127.0.0.1:x
tcp://127.0.0.1:0x50 tcp://:PORT tcp:// tcp: tcp ://x bogus://x TCP://127.0.0.1:PORT
tcp://lo;127.0.0.1:PORT tcp://127.0.0.1;127.0.0.1:PORT tcp://*;127.0.0.1:PORT tcp://nosuch;127.0.0.1:PORT
tcp://lo;localhost:PORT tcp://localhost:PORT tcp://a..b:PORT tcp://-a:PORT tcp://a_b:PORT tcp://[::1]:PORT
tcp://[::1:PORT tcp://127.0.0.1:00PORT
ipc://relative ipc://none/relative ipc:///nosuch/path ipc://@name ipc://* ipc:///tmp ipc://
inproc:// inproc://name inproc://a/b
ws://127.0.0.1:PORT ws://*:PORT ws://lo:PORT ws://127.0.0.1:x ws://localhost:PORT/a?b
""".split()
ENDPOINTS += [f"ipc://{'p' * 100}", f"inproc://{'i' * 118}", f"inproc://{'i' * 119}", f"inproc://{'i' * 200}"]

PORT_0 = "the system chooses a port, which nanomsg cannot tell"
IPV6 = "an address of IPv6 is one, even where names are looked up for IPv4 only (NN_IPV4ONLY)"
EMPTY = "says what is missing"
NAMED = "Debian's build knows no interfaces by their names"
#: What we answer where nanomsg answers otherwise, by call and endpoint.
OURS = {
    ("bind", "tcp://127.0.0.1:0"): ("ok", PORT_0),
    ("bind", "tcp://*:0"): ("ok", PORT_0),
    ("bind", "tcp://lo:0"): ("ok", PORT_0),
    ("bind", "tcp://nosuch:0"): ("ENODEV", PORT_0),
    ("bind", "tcp://lo:PORT"): ("ok", NAMED),
    ("bind", "ws://lo:PORT"): ("ok", NAMED),
    ("connect", "tcp://lo;127.0.0.1:PORT"): ("ok", NAMED),
    ("connect", "tcp://lo;localhost:PORT"): ("ok", NAMED),
    ("connect", "tcp://a_b:PORT"): ("ok", "such names are in use"),
    ("bind", "ws://localhost:PORT/a?b"): ("ENODEV", "a path may be bound; localhost is no interface"),
    ("bind", "tcp://:PORT"): ("EINVAL", EMPTY),
    ("bind", "tcp://[::1]:PORT"): ("ok", IPV6),
    ("connect", "tcp://[::1]:PORT"): ("ok", IPV6),
    ("bind", "tcp://[::1:PORT"): ("EINVAL", "a bracket is open; no interface is called so"),
    ("bind", "://x"): ("EINVAL", EMPTY),
    ("connect", "://x"): ("EINVAL", EMPTY),
    ("bind", "ipc://"): ("EINVAL", EMPTY),
    ("connect", "ipc://"): ("EINVAL", EMPTY),
    ("bind", "inproc://"): ("EINVAL", EMPTY),
    ("connect", "inproc://"): ("EINVAL", EMPTY),
}
OURS |= {
    ("bind", endpoint): ("EINVAL", "there is nothing to come from when binding")
    for endpoint in ENDPOINTS
    if ";" in endpoint
}


#: In a process of its own, since nanomsg ends it for some of these.
THEIRS = f"""
import ctypes, errno, sys
NN = ctypes.CDLL("libnanomsg.so.5")
handle = NN.nn_socket({nnmsg.AF_SP}, {nnmsg.NN_PAIR})
done = getattr(NN, "nn_" + sys.argv[1])(handle, sys.argv[2].encode())
print("ok" if done >= 0 else errno.errorcode[NN.nn_errno()], flush=True)
"""


def theirs(call, endpoint):
    command = [sys.executable, "-S", "-c", THEIRS, call, endpoint]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "crash"


def ours(call, endpoint):
    with nnmsg.socket.pair() as sock:
        try:
            getattr(sock, call)(endpoint)
        except nnmsg.NNError as error:
            return error.name
        return "ok"


@pytest.fixture
def port():
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("call", ["bind", "connect"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_same_answer(call, endpoint, port, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = endpoint.replace("PORT", port)
    own, known = ours(call, text), OURS.get((call, endpoint))
    expected = theirs(call, text)
    if expected == "crash":
        pytest.skip(f"nanomsg ends the process; we answer {own}")
    if known is not None:
        assert expected != known[0], "no longer a difference"
        expected = known[0]
    assert own == expected
