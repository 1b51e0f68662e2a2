"""Fixtures of the idiom tests. A test that hangs is ended with a traceback of all threads."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "bindings-python" / "python"
sys.path.insert(0, str(PACKAGES))

from sockery import nnmsg, zmq  # noqa: E402

#: The longest that a test may take, in seconds.
LIMIT = int(os.environ.get("SOCKERY_TEST_LIMIT", "60"))


@pytest.fixture(autouse=True)
def limit():
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def context():
    with zmq.Context() as context:
        yield context


@pytest.fixture
def zmq_pair(context):
    """Builds two connected zmq sockets of given types."""

    def make(bound, connected, transport="tcp", **options):
        a, b = context.socket(bound), context.socket(connected)
        for name, value in options.items():
            setattr(a, name, value)
            setattr(b, name, value)
        a.bind({"tcp": "tcp://127.0.0.1:*", "inproc": f"inproc://{os.urandom(6).hex()}"}[transport])
        b.connect(a.last_endpoint.decode())
        a.wait_for_peers(1, 10_000)
        b.wait_for_peers(1, 10_000)
        return a, b

    return make


@pytest.fixture
def nn_pair():
    """Builds two connected nnmsg sockets of given short forms; closes them."""
    made = []

    def make(bound, connected):
        a, b = getattr(nnmsg.socket, bound)(), getattr(nnmsg.socket, connected)()
        made.extend((a, b))
        a.bind("tcp://127.0.0.1:0")
        b.connect(a.lastEndpoint)
        a.waitForPeers(1, 10_000)
        b.waitForPeers(1, 10_000)
        return a, b

    yield make
    for sock in made:
        sock.close()


class Thread(threading.Thread):
    """A thread whose result or exception `result` gives."""

    def __init__(self, call, *args):
        super().__init__(daemon=True)
        self.call, self.args = call, args
        self.outcome = None
        self.start()

    def run(self):
        try:
            self.outcome = self.call(*self.args), None
        except BaseException as error:
            self.outcome = None, error

    def result(self):
        self.join(LIMIT / 2)
        assert self.outcome is not None, "the thread hangs"
        value, error = self.outcome
        if error is not None:
            raise error
        return value


def until(holds, what="the condition"):
    """Waits for what only /proc shows, and nothing tells when it changes: so it looks again and again."""
    end = time.monotonic() + LIMIT / 2
    while not holds():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(0.001)


def sleeping(pid, thread=None):
    """Waits until a process, or one thread of it, sleeps: it is in the call it was to block in."""
    stat = Path(f"/proc/{pid}/task/{thread or pid}/stat")
    seen = 0

    def sleeps():
        nonlocal seen
        seen = seen + 1 if stat.read_text().rpartition(")")[2].split()[0] == "S" else 0
        return seen > 20

    if stat.exists():
        until(sleeps, "a blocking call")


def python(code, **options):
    """Starts Python on a program."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES), **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )
