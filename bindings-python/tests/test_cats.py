"""nanocat and nngcat, the command lines of nanomsg and nng, as live peers of nnmsg's sockets."""

import queue
import shutil
import subprocess
import threading

import pytest
from sockery import nnmsg

TOOLS = [tool for tool in ("nanocat", "nngcat") if shutil.which(tool)]
LIMIT = 20_000

pytestmark = pytest.mark.skipif(not TOOLS, reason="neither nanocat nor nngcat is installed")


@pytest.fixture(params=["tcp://127.0.0.1:0", "ipc"])
def bound(request, tmp_path):
    """Opens a bound socket of ours; closes it."""
    made = []

    def make(kind):
        sock = getattr(nnmsg.socket, kind)()
        made.append(sock)
        sock.setopt(nnmsg.NN_RCVTIMEO, LIMIT)
        sock.setopt(nnmsg.NN_SNDTIMEO, LIMIT)
        sock.bind(f"ipc://{tmp_path}/cat" if request.param == "ipc" else request.param)
        return sock

    yield make
    for sock in made:
        sock.close()


class Cat:
    """A running tool, connected to a socket of ours; what it prints comes line by line."""

    def __init__(self, tool, sock, *args):
        line = [tool, *args, "--connect", sock.lastEndpoint]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


@pytest.mark.parametrize("tool", TOOLS)
def test_it_asks(tool, bound):
    rep = bound("rep")
    with Cat(tool, rep, "--req", "--data", "question", "--quoted") as cat:
        assert rep.recv() == b"question"
        rep.send("answer")
        assert cat.lines.get(timeout=LIMIT / 1000) == '"answer"'


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("ours, its", [("req", "--rep"), ("surveyor", "--respondent")])
def test_it_answers(tool, ours, its, bound):
    sock = bound(ours)
    if ours == "surveyor":
        sock.setopt(nnmsg.NN_SURVEYOR_DEADLINE, LIMIT, nnmsg.NN_SURVEYOR)
    with Cat(tool, sock, its, "--data", "answer"):
        sock.waitForPeers(1, LIMIT)
        sock.send("question")
        assert sock.recv() == b"answer"


@pytest.mark.parametrize("tool", TOOLS)
def test_it_surveys(tool, bound):
    respondent = bound("respondent")
    with Cat(tool, respondent, "--surveyor", "--data", "?", "--quoted", "--interval", "1") as cat:
        assert respondent.recv() == b"?"
        respondent.send("!")
        assert cat.lines.get(timeout=LIMIT / 1000) == '"!"'


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("ours", ["pull", "pair", "pair1", "sub", "bus"])
def test_it_sends(tool, ours, bound):
    its = {"pull": "push", "sub": "pub"}.get(ours, ours)
    if (tool, its) in (("nngcat", "bus"), ("nanocat", "pair1")):
        pytest.skip(f"{tool} has no {its}")
    sock = bound(ours)
    if ours == "sub":
        sock.subscribe()
    its = "pair0" if (tool, its) == ("nngcat", "pair") else its
    with Cat(tool, sock, f"--{its}", "--data", "hello", "--interval", "1"):
        assert sock.recv() == b"hello"


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("ours, its", [("push", "pull"), ("pub", "sub")])
def test_it_receives(tool, ours, its, bound):
    sock = bound(ours)
    with Cat(tool, sock, f"--{its}", "--quoted") as cat:
        sock.waitForPeers(1, LIMIT)
        for _ in range(LIMIT // 20):
            # A subscriber may subscribe only after it is connected.
            sock.send("hello")
            try:
                line = cat.lines.get(timeout=0.02)
            except queue.Empty:
                continue
            assert line == '"hello"'
            return
        pytest.fail(f"{tool} printed nothing")
